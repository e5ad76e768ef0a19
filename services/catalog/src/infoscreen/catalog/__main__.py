"""Composition root of the catalog: settings, adapters, run. The only place that wires.

`python -m infoscreen.catalog` serves; `… migrate [REVISION]` brings the schema up to date.
"""

import argparse
import asyncio

import uvloop

from infoscreen.catalog.api import Dependencies, create_app
from infoscreen.catalog.database import Database, create_engine
from infoscreen.catalog.freshness import Freshness
from infoscreen.catalog.migrate import migrate
from infoscreen.catalog.notifications import ChangeListener
from infoscreen.catalog.projector import Projector
from infoscreen.catalog.settings import CatalogSettings, DatabaseSettings
from infoscreen.common.auth import Principal, TokenFile
from infoscreen.common.clock import utc_now
from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging.connection import connect
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.observability import configure_logging
from infoscreen.common.process import run_service
from infoscreen.common.settings import AuthSettings, LogSettings, NatsSettings, S3Settings

SOURCE = "infoscreen/catalog"


async def serve() -> None:
    """Run the catalog until told to stop."""
    settings, stop = CatalogSettings(), asyncio.Event()
    tokens = TokenFile(AuthSettings().tokens_file)
    url = settings.database_url.get_secret_value()
    database, projecting = Database(create_engine(url)), Database(create_engine(url, command_seconds=60))
    connection = await connect(NatsSettings(), "catalog")
    reader, listener = StreamReader(connection), ChangeListener(url)
    projector = Projector(projecting, connection, reader, settings.batch_events)

    async def authenticate(token: str) -> Principal | None:
        return tokens.find(token)

    api = create_app(
        Dependencies(
            database=database,
            freshness=Freshness(database, reader, listener.bell, settings.catch_up_seconds),
            publisher=Publisher(connection, SOURCE),
            authenticate=authenticate,
            bell=listener.bell,
            clock=utc_now,
            stop=stop,
            secure_cookies=S3Settings().public_endpoint.startswith("https://"),
        )
    )
    ops = create_ops_app({}, {"nats": connection.check, "database": database.check})
    try:
        await run_service(
            host=settings.host,
            apps=[(api, settings.http_port), (ops, settings.ops_port)],
            background=[projector.run, listener.run],
            grace_seconds=settings.shutdown_grace_seconds,
            stop=stop,
        )
    finally:
        await connection.close()
        await database.close()
        await projecting.close()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infoscreen.catalog", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    migrating = commands.add_parser("migrate", help="bring the database's schema to a revision")
    migrating.add_argument("revision", nargs="?", default="head")
    arguments = parser.parse_args()
    configure_logging("catalog", LogSettings())
    if arguments.command == "migrate":
        uvloop.run(migrate(DatabaseSettings(), arguments.revision))
    else:
        uvloop.run(serve())


if __name__ == "__main__":
    main()
