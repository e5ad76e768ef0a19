"""Composition root of accounts: settings, adapters, run. The only place that wires.

`python -m infoscreen.accounts` serves. Its jobs: `migrate [REVISION]` brings the schema up to date, `openapi` prints
the API's document.
"""

import argparse
import sys
from datetime import timedelta
from functools import partial

import asyncpg

from infoscreen.accounts.api import Dependencies, create_app
from infoscreen.accounts.credentials import Credentials
from infoscreen.accounts.database import Database
from infoscreen.accounts.invites import Invites
from infoscreen.accounts.passwords import Passwords
from infoscreen.accounts.people import People
from infoscreen.accounts.projection import Projection
from infoscreen.accounts.settings import AccountsSettings
from infoscreen.accounts.slowing import Slowing
from infoscreen.common.auth import TokenFile
from infoscreen.common.client_address import parse_networks
from infoscreen.common.clock import utc_now
from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging.access import Access, AccessBucket, authenticator
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.observability import configure_logging
from infoscreen.common.openapi import document
from infoscreen.common.process import run_main, run_service
from infoscreen.common.rate_limit import RateLimit, parse_limit
from infoscreen.common.settings import AuthSettings, LogSettings, NatsSettings
from infoscreen.common.version import VERSION


async def serve() -> None:
    """Run accounts until told to stop."""
    settings, connection = AccountsSettings(), Connection()
    tokens, passwords = TokenFile(AuthSettings().tokens_file), Passwords()
    database = Database(settings.database_url.get_secret_value())
    await database.open()
    access, bucket = Access(connection), AccessBucket(connection)
    projection = Projection(database, bucket)
    session_lifetime = timedelta(seconds=settings.session_seconds)
    credentials = Credentials(database, projection, session_lifetime, utc_now)
    people = People(
        database=database,
        projection=projection,
        credentials=credentials,
        passwords=passwords,
        slowing=Slowing(),
        clock=utc_now,
    )
    invites = Invites(
        database=database,
        projection=projection,
        people=people,
        credentials=credentials,
        passwords=passwords,
        lifetime=timedelta(seconds=settings.invite_seconds),
        clock=utc_now,
    )
    api = create_app(
        Dependencies(
            people=people,
            invites=invites,
            credentials=credentials,
            authenticate=authenticator(tokens, access),
            bucket=bucket,
            rate_limit=RateLimit(parse_limit(settings.rate_limit)),
            proxies=parse_networks(settings.trusted_proxies),
            public_url=settings.public_url.rstrip("/"),
        )
    )
    # Tokens of the token file sign in without Postgres and NATS: the break-glass must not depend on what is broken.
    ops = create_ops_app(
        {}, {}, reported={"database": database.check, "nats": connection.check, "access": projection.check}
    )
    try:
        await run_service(
            host=settings.host,
            apps=[(api, settings.http_port), (ops, settings.ops_port)],
            background=[
                partial(connection.keep, NatsSettings(), "accounts"),
                access.run,
                partial(projection.run, settings.sync_interval_seconds),
            ],
            grace_seconds=settings.shutdown_grace_seconds,
        )
    finally:
        passwords.close()
        await connection.close()
        await database.close()


async def _migrate(revision: str) -> None:
    from infoscreen.accounts.migrate import migrate_as_configured  # noqa: PLC0415 - spares the service 28 MiB

    await migrate_as_configured(revision)


async def _print_openapi() -> None:
    sys.stdout.write(document(create_app))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infoscreen.accounts", description=__doc__)
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(dest="job")
    migrating = commands.add_parser("migrate", help="bring the database's schema to a revision")
    migrating.add_argument("revision", nargs="?", default="head")
    commands.add_parser("openapi")
    arguments = parser.parse_args()
    configure_logging("accounts", LogSettings())
    jobs = {"openapi": _print_openapi, None: serve}
    job = partial(_migrate, arguments.revision) if arguments.job == "migrate" else jobs[arguments.job]
    run_main("accounts", job, asyncpg.PostgresError, OSError)


if __name__ == "__main__":
    main()
