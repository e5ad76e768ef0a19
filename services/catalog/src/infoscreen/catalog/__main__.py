"""Composition root of the catalog: settings, adapters, run. The only place that wires.

`python -m infoscreen.catalog` serves. Its jobs: `migrate [REVISION]` brings the schema up to date, `rebuild` makes the
projected tables anew from the stream, `cleanup` runs the scheduled cleanup now, `openapi` prints the API's document.
"""

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial

import asyncpg

from infoscreen.catalog.api import Dependencies, create_app
from infoscreen.catalog.api.change_feed import ChangeFeed
from infoscreen.catalog.api.notification_listener import NotificationListener
from infoscreen.catalog.api.sign_outs import SignOuts
from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.cleanup import Cleanup, Retention
from infoscreen.catalog.maintenance.rebuild import rebuild
from infoscreen.catalog.maintenance.sweeper import Deadlines, Sweeper
from infoscreen.catalog.media.versions import KeptVersions
from infoscreen.catalog.operations.lanes import JetStreamLanes
from infoscreen.catalog.operations.stream_metrics import StreamMetrics
from infoscreen.catalog.operations.table_metrics import TableMetrics
from infoscreen.catalog.projection.catch_up import CatchUp
from infoscreen.catalog.projection.projector import Projector
from infoscreen.catalog.screens.screen_watch import ScreenWatch
from infoscreen.catalog.settings import CatalogSettings
from infoscreen.catalog.wake_up import WakeUpSignal
from infoscreen.common.auth import Authenticator, TokenFile
from infoscreen.common.clock import utc_now
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import NewerEventError
from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging.access import Access, authenticator
from infoscreen.common.messaging.connection import Connection, connect
from infoscreen.common.messaging.dead_letter import DeadLetters
from infoscreen.common.messaging.fact_purge import FactPurge
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.observability import configure_logging
from infoscreen.common.open_limit import OpenLimit
from infoscreen.common.openapi import document
from infoscreen.common.process import run_main, run_service
from infoscreen.common.rate_limit import RateLimit, parse_limit
from infoscreen.common.settings import AuthSettings, LogSettings, NatsSettings, S3Settings
from infoscreen.common.version import VERSION

SOURCE = "infoscreen/catalog"
_CLEANUP_CATCH_UP_SECONDS = 60


@dataclass(frozen=True)
class _Adapters:
    """The adapters of the servers that the service and its jobs use."""

    settings: CatalogSettings
    database: Database
    connection: Connection
    reader: StreamReader
    publisher: Publisher
    store: ObjectStore

    def cleanup(self) -> Cleanup:
        settings = self.settings
        return Cleanup(
            database=self.database,
            store=self.store,
            renditions=RenditionRegistry(self.connection),
            publisher=self.publisher,
            media=MediaLog(self.reader),
            # Without wake-ups: the clean-up also runs as a job of its own, and polling is quick enough for it.
            facts=FactPurge(self.connection),
            catch_up=CatchUp(self.database, self.reader, WakeUpSignal(), _CLEANUP_CATCH_UP_SECONDS),
            retention=Retention(
                failed=timedelta(seconds=settings.failed_retention_seconds),
                trash=timedelta(seconds=settings.trash_seconds),
                deleted=timedelta(seconds=settings.deleted_retention_seconds),
                versions=self.kept_versions(),
                orphans=timedelta(seconds=settings.orphan_grace_seconds),
                plays=timedelta(seconds=settings.plays_retention_seconds),
            ),
            clock=utc_now,
            interval_seconds=settings.cleanup_interval_seconds,
        )

    def kept_versions(self) -> KeptVersions:
        return KeptVersions(self.settings.versions, timedelta(seconds=self.settings.version_seconds))

    def sweeper(self) -> Sweeper:
        settings = self.settings
        return Sweeper(
            database=self.database,
            lanes=JetStreamLanes(self.connection),
            publisher=self.publisher,
            deadlines=Deadlines(
                processing=timedelta(seconds=settings.processing_deadline_seconds),
                pending=timedelta(seconds=settings.pending_deadline_seconds),
                overdue_requests=settings.overdue_requests,
            ),
            clock=utc_now,
            interval_seconds=settings.sweep_interval_seconds,
        )

    def screen_watch(self) -> ScreenWatch:
        settings = self.settings
        return ScreenWatch(
            database=self.database,
            reader=self.reader,
            publisher=self.publisher,
            clock=utc_now,
            dark_after=timedelta(seconds=settings.dark_screen_seconds),
            interval_seconds=settings.screen_watch_interval_seconds,
        )

    def api(
        self,
        authenticate: Authenticator,
        sign_outs: SignOuts,
        listener: NotificationListener,
        feed: ChangeFeed,
        stop: asyncio.Event,
    ) -> Dependencies:
        settings = self.settings
        return Dependencies(
            database=self.database,
            catch_up=CatchUp(self.database, self.reader, listener.changes, settings.catch_up_seconds),
            publisher=self.publisher,
            authenticate=authenticate,
            feed=feed,
            edits=listener.edits,
            streams=OpenLimit("event streams", settings.event_streams_per_token, settings.event_streams),
            sign_outs=sign_outs,
            rate_limit=RateLimit(parse_limit(settings.rate_limit)),
            dead_letters=DeadLetters(self.connection, self.publisher),
            store=self.store,
            clock=utc_now,
            stop=stop,
            media_log=MediaLog(self.reader),
            versions=self.kept_versions(),
            trash_time=timedelta(seconds=settings.trash_seconds),
        )


@contextlib.asynccontextmanager
async def _adapters() -> AsyncIterator[_Adapters]:
    settings = CatalogSettings()
    database, store = Database(settings.database_url.get_secret_value()), ObjectStore(S3Settings(), max_threads=4)
    connection = await connect(NatsSettings(), "catalog")
    try:
        publisher = Publisher(connection, SOURCE)
        yield _Adapters(settings, database, connection, StreamReader(connection), publisher, store)
    finally:
        await connection.close()
        await database.close()
        store.close()


async def serve() -> None:
    """Run the catalog until the process is told to stop."""
    stop, tokens = asyncio.Event(), TokenFile(AuthSettings().tokens_file)
    async with _adapters() as adapters:
        settings, database, connection = adapters.settings, adapters.database, adapters.connection
        listener = NotificationListener(settings.database_url.get_secret_value())
        metrics = TableMetrics(database, utc_now, settings.figures_interval_seconds)
        stream_metrics = StreamMetrics(connection, settings.figures_interval_seconds)
        leader_tasks = [adapters.sweeper().run, adapters.cleanup().run, adapters.screen_watch().run]
        leader_tasks += [metrics.run, stream_metrics.run]
        projector = Projector(database, connection, adapters.reader, settings.batch_events, leader_tasks)
        feed = ChangeFeed(database, listener.changes)
        sign_outs = SignOuts()
        access = Access(connection, sign_outs.note)
        api = create_app(adapters.api(authenticator(tokens, access), sign_outs, listener, feed, stop))
        ops = create_ops_app({}, {"database": database.check}, reported={"nats": connection.check})
        await run_service(
            host=settings.host,
            apps=[(api, settings.http_port), (ops, settings.ops_port)],
            background=[projector.run, listener.run, feed.run, access.run, connection.watch],
            grace_seconds=settings.shutdown_grace_seconds,
            stop=stop,
        )


async def _rebuild() -> None:
    async with _adapters() as adapters:
        offset = await rebuild(adapters.database, adapters.reader, adapters.settings.batch_events)
        sys.stdout.write(f"rebuilt up to {offset}\n")


async def _cleanup() -> None:
    async with _adapters() as adapters:
        sys.stdout.write(json.dumps(asdict(await adapters.cleanup().clean())) + "\n")


async def _migrate(revision: str) -> None:
    from infoscreen.catalog.maintenance.migrate import migrate_as_configured  # noqa: PLC0415 - spares the service 11 MiB

    await migrate_as_configured(revision)


async def _print_openapi() -> None:
    sys.stdout.write(document(create_app))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infoscreen.catalog", description=__doc__)
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(dest="command")
    migrating = commands.add_parser("migrate", help="bring the database's schema to a revision")
    migrating.add_argument("revision", nargs="?", default="head")
    jobs = {"rebuild": _rebuild, "cleanup": _cleanup, "openapi": _print_openapi, None: serve}
    for name in filter(None, jobs):
        commands.add_parser(name)
    arguments = parser.parse_args()
    configure_logging("catalog", LogSettings())
    job = partial(_migrate, arguments.revision) if arguments.command == "migrate" else jobs[arguments.command]
    run_main("catalog", job, UnavailableError, NewerEventError, asyncpg.PostgresError, OSError)


if __name__ == "__main__":
    main()
