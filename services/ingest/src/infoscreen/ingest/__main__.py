"""Composition root of ingest: settings, adapters, run. The only place that wires.

`python -m infoscreen.ingest` serves. Its jobs: `collect` removes the leftovers of failed uploads now,
`openapi` prints the API's document.
"""

import argparse
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial

from infoscreen.common.auth import Authenticator, TokenFile
from infoscreen.common.errors import UnavailableError
from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging.access import Access, authenticator
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.observability import configure_logging
from infoscreen.common.openapi import document
from infoscreen.common.process import run_main, run_service
from infoscreen.common.rate_limit import RateLimit, parse_limit
from infoscreen.common.recognition.recogniser import Recogniser
from infoscreen.common.settings import AuthSettings, LogSettings, NatsSettings, S3Settings
from infoscreen.common.version import VERSION
from infoscreen.ingest.announcer import Announcer
from infoscreen.ingest.api import Dependencies, create_app
from infoscreen.ingest.idempotency import KeyBindings
from infoscreen.ingest.library import Library
from infoscreen.ingest.orphans import OrphanCollector, run_collector
from infoscreen.ingest.outbox import ObjectOutbox, run_relay
from infoscreen.ingest.request_body import BodyLimits
from infoscreen.ingest.resumable.ending import Ender
from infoscreen.ingest.resumable.finish import Finisher, run_finisher
from infoscreen.ingest.resumable.records import ObjectRecords
from infoscreen.ingest.resumable.uploads import ResumableUploads
from infoscreen.ingest.settings import IngestSettings
from infoscreen.ingest.upload import Uploads
from infoscreen.ingest.versions import Versions

SOURCE = "infoscreen/ingest"


@dataclass(frozen=True)
class _Adapters:
    """The adapters of the servers that the service and its jobs use."""

    settings: IngestSettings
    store: ObjectStore
    connection: Connection
    publisher: Publisher
    media: MediaLog
    announcer: Announcer
    keys: KeyBindings
    outbox: ObjectOutbox
    recogniser: Recogniser
    records: ObjectRecords

    def uploads(self) -> Uploads:
        return Uploads(
            store=self.store,
            publisher=self.publisher,
            media=self.media,
            announcer=self.announcer,
            renditions=RenditionRegistry(self.connection),
            keys=self.keys,
            outbox=self.outbox,
            recogniser=self.recogniser,
            source=SOURCE,
            publish_deadline_seconds=self.settings.publish_deadline_seconds,
        )

    def ender(self) -> Ender:
        return Ender(self.store, self.records)

    def finisher(self) -> Finisher:
        return Finisher(self.store, self.records, self.recogniser, self.uploads(), self.ender(), SOURCE)

    def resumable(self, finisher: Finisher) -> ResumableUploads:
        return ResumableUploads(
            store=self.store,
            records=self.records,
            recogniser=self.recogniser,
            media=self.uploads(),
            finisher=finisher,
            ender=self.ender(),
            lifetime=timedelta(seconds=self.settings.upload_lifetime_seconds),
            max_open_bytes=self.settings.max_open_bytes,
        )

    def collector(self) -> OrphanCollector:
        grace = timedelta(seconds=self.settings.orphan_grace_seconds)
        return OrphanCollector(self.store, self.media, self.outbox, self.keys, self.ender(), grace)

    def api(self, authenticate: Authenticator, finisher: Finisher) -> Dependencies:
        settings = self.settings
        limits = BodyLimits(settings.max_upload_bytes, settings.body_idle_seconds)
        rate_limit = RateLimit(parse_limit(settings.rate_limit))
        return Dependencies(
            uploads=self.uploads(),
            resumable=self.resumable(finisher),
            versions=Versions(self.store, self.media, self.outbox, self.uploads(), SOURCE),
            library=Library(self.publisher, self.media, self.outbox, settings.publish_deadline_seconds),
            authenticate=authenticate,
            limits=limits,
            rate_limit=rate_limit,
            room=self.store.reserve_upload,
        )


@contextlib.asynccontextmanager
async def _adapters() -> AsyncIterator[_Adapters]:
    settings, connection = IngestSettings(), Connection()
    store = ObjectStore(S3Settings(), max_uploads=settings.max_concurrent_uploads)
    publisher, recogniser = Publisher(connection, SOURCE), Recogniser()
    media = MediaLog(StreamReader(connection))
    announcer = Announcer(publisher, media, settings.publish_deadline_seconds)
    keys = KeyBindings(store, timedelta(seconds=NatsSettings().stream_duplicate_window_seconds))
    outbox = ObjectOutbox(store, announcer)
    try:
        yield _Adapters(
            settings, store, connection, publisher, media, announcer, keys, outbox, recogniser, ObjectRecords(store)
        )
    finally:
        await recogniser.close()
        await connection.close()
        store.close()


async def serve() -> None:
    """Run ingest until told to stop."""
    tokens, nats = TokenFile(AuthSettings().tokens_file), NatsSettings()
    async with _adapters() as adapters:
        settings, connection, finisher = adapters.settings, adapters.connection, adapters.finisher()
        access = Access(connection)
        api = create_app(adapters.api(authenticator(tokens, access), finisher))
        await adapters.recogniser.start()
        # Without NATS, ingest still takes uploads and parks their events: that is reported, and no reason to stop.
        ops = create_ops_app({}, {"s3": adapters.store.check}, reported={"nats": connection.check})
        await run_service(
            host=settings.host,
            apps=[(api, settings.http_port), (ops, settings.ops_port)],
            background=[
                partial(connection.keep, nats, "ingest"),
                access.run,
                partial(run_relay, adapters.outbox, settings.relay_interval_seconds),
                partial(run_finisher, finisher, settings.relay_interval_seconds),
                partial(run_collector, adapters.collector(), settings.collect_interval_seconds),
            ],
            grace_seconds=settings.shutdown_grace_seconds,
        )


async def _collect() -> None:
    async with _adapters() as adapters:
        await adapters.connection.open(NatsSettings(), "ingest-collect")
        sys.stdout.write(json.dumps(asdict(await adapters.collector().collect())) + "\n")


async def _print_openapi() -> None:
    sys.stdout.write(document(create_app))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infoscreen.ingest", description=__doc__)
    parser.add_argument("--version", action="version", version=VERSION)
    jobs = {"collect": _collect, "openapi": _print_openapi}
    parser.add_argument("job", nargs="?", choices=jobs)
    job = jobs.get(parser.parse_args().job, serve)
    configure_logging("ingest", LogSettings())
    run_main("ingest", job, UnavailableError)


if __name__ == "__main__":
    main()
