"""Composition root of the notifier: settings, adapters, run. The only place that wires.

`python -m infoscreen.notifier` serves; `… migrate` brings its schema up to date, `… openapi` prints the API's document.
"""

import argparse
import asyncio
import sys
from datetime import timedelta

import asyncpg

from infoscreen.common.auth import TokenFile
from infoscreen.common.client_address import parse_networks
from infoscreen.common.clock import utc_now
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import subjects
from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.access import Access, authenticator
from infoscreen.common.messaging.connection import Connection, connect
from infoscreen.common.messaging.consumer import Handler, WorkConsumer
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.observability import configure_logging
from infoscreen.common.openapi import document
from infoscreen.common.process import Background, run_main, run_service
from infoscreen.common.rate_limit import RateLimit, parse_limit
from infoscreen.common.settings import AuthSettings, LogSettings, NatsSettings
from infoscreen.common.version import VERSION
from infoscreen.notifier.api import Dependencies, create_app
from infoscreen.notifier.channels import Channels
from infoscreen.notifier.conditions import Conditions
from infoscreen.notifier.consumer import DeadLetterFacts, Facts
from infoscreen.notifier.database import Database
from infoscreen.notifier.deliveries import Deliveries
from infoscreen.notifier.room import RoomWatch
from infoscreen.notifier.senders import EmailSender, Sender, WebhookSender, webhook_client
from infoscreen.notifier.settings import NotifierSettings, SmtpSettings


async def serve(stop: asyncio.Event | None = None) -> None:
    """Run the notifier until told to stop, by a signal or by this event."""
    settings, smtp, tokens = NotifierSettings(), SmtpSettings(), TokenFile(AuthSettings().tokens_file)
    database = Database(settings.database_url.get_secret_value())
    await database.open()
    allowed = parse_networks(settings.allowed_networks)
    connection, client = await connect(NatsSettings(), "notifier"), webhook_client(settings.attempt_seconds)
    conditions = Conditions(
        database, utc_now, timedelta(seconds=settings.hold_seconds), timedelta(seconds=settings.settle_seconds)
    )
    senders: dict[str, Sender] = {
        "webhook": WebhookSender(client, allowed, utc_now),
        "email": EmailSender(smtp, utc_now, settings.attempt_seconds),
    }
    give_up = timedelta(seconds=settings.give_up_seconds)
    deliveries = Deliveries(database, senders, utc_now, settings.attempt_seconds, give_up)
    channels = Channels(database, deliveries, utc_now, allowed, bool(smtp.host))

    access = Access(connection)
    api = create_app(Dependencies(channels, authenticator(tokens, access), RateLimit(parse_limit(settings.rate_limit))))
    ops = create_ops_app({}, {"database": database.check}, reported={"nats": connection.check})
    room = RoomWatch(conditions, connection, settings.watched_paths, settings.full_share)
    try:
        await run_service(
            host=settings.host,
            apps=[(api, settings.http_port), (ops, settings.ops_port)],
            background=[
                *_consumers(connection, conditions, settings.shutdown_grace_seconds),
                conditions.run,
                deliveries.run,
                room.run,
                access.run,
                connection.watch,
            ],
            grace_seconds=settings.shutdown_grace_seconds,
            stop=stop,
        )
    finally:
        await client.aclose()
        await connection.close()
        await database.close()


def _consumers(connection: Connection, conditions: Conditions, grace_seconds: float) -> list[Background]:
    """One slot for each stream, so that what happens to one thing is handled in order."""
    facts = Facts(conditions, StreamReader(connection))
    letters = DeadLetterFacts(conditions, topology.DEAD_LETTER_SUBJECT.format(durable=subjects.NOTICES.durable))
    streams: list[tuple[str, Handler, subjects.Lane]] = [
        (topology.STREAM, facts, subjects.NOTICES),
        (topology.DEAD_LETTERS, letters, subjects.DEATHS),
    ]
    return [
        WorkConsumer(connection, handler, slots=1, grace_seconds=grace_seconds, lanes=[lane], stream=stream).run
        for stream, handler, lane in streams
    ]


async def _migrate() -> None:
    from infoscreen.notifier.migrate import migrate_as_configured  # noqa: PLC0415 - spares the service 28 MiB

    await migrate_as_configured("head")


async def _print_openapi() -> None:
    sys.stdout.write(document(create_app))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infoscreen.notifier", description=__doc__)
    parser.add_argument("--version", action="version", version=VERSION)
    parser.add_argument("command", nargs="?", choices=["migrate", "openapi"])
    arguments = parser.parse_args()
    configure_logging("notifier", LogSettings())
    jobs = {"migrate": _migrate, "openapi": _print_openapi, None: serve}
    run_main("notifier", jobs[arguments.command], UnavailableError, asyncpg.PostgresError, OSError)


if __name__ == "__main__":
    main()
