"""Composition root of ingest: settings, adapters, run. The only place that wires."""

from functools import partial

from infoscreen.common.auth import Principal, TokenFile
from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.observability import configure_logging
from infoscreen.common.process import run_main, run_service
from infoscreen.common.settings import AuthSettings, LogSettings, NatsSettings, S3Settings
from infoscreen.ingest.api import Dependencies, create_app
from infoscreen.ingest.media_log import StreamMediaLog
from infoscreen.ingest.outbox import ObjectOutbox, run_relay
from infoscreen.ingest.request_body import BodyLimits
from infoscreen.ingest.settings import IngestSettings
from infoscreen.ingest.upload import Uploads

SOURCE = "infoscreen/ingest"


async def run() -> None:
    """Run ingest until told to stop."""
    settings = IngestSettings()
    configure_logging("ingest", LogSettings())
    tokens = TokenFile(AuthSettings().tokens_file)
    store, connection = ObjectStore(S3Settings()), Connection()
    deadline_seconds = settings.publish_deadline_seconds
    publisher, media = Publisher(connection, SOURCE), StreamMediaLog(StreamReader(connection))
    outbox = ObjectOutbox(store, publisher, media, source=SOURCE, publish_deadline_seconds=deadline_seconds)
    uploads = Uploads(
        store=store,
        publisher=publisher,
        media=media,
        renditions=RenditionRegistry(connection),
        outbox=outbox,
        publish_deadline_seconds=deadline_seconds,
    )

    async def authenticate(token: str) -> Principal | None:
        return tokens.find(token)

    limits = BodyLimits(settings.max_upload_bytes, settings.body_idle_seconds)
    api = create_app(Dependencies(uploads, authenticate, limits))
    # Without NATS, ingest still takes uploads and parks their events, so that is reported and no reason to stop.
    ops = create_ops_app({}, {"s3": store.check}, reported={"nats": connection.check})
    try:
        await run_service(
            host=settings.host,
            apps=[(api, settings.http_port), (ops, settings.ops_port)],
            background=[
                partial(connection.keep, NatsSettings(), "ingest"),
                partial(run_relay, outbox, settings.relay_interval_seconds),
            ],
            grace_seconds=settings.shutdown_grace_seconds,
        )
    finally:
        await connection.close()
        store.close()


if __name__ == "__main__":
    run_main("ingest", run)
