"""Composition root of the converter: settings, adapters, run. The only place that wires."""

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from infoscreen.common.events.subjects import LANES, Lane
from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection, connect
from infoscreen.common.messaging.consumer import Handler, WorkConsumer
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.observability import configure_logging
from infoscreen.common.process import run_main, run_service
from infoscreen.common.settings import LogSettings, NatsSettings, S3Settings
from infoscreen.common.version import VERSION
from infoscreen.converter.attempts import RETRY_DELAYS_SECONDS, Attempts
from infoscreen.converter.backlog import LaneBacklog
from infoscreen.converter.consumer import ConversionHandler
from infoscreen.converter.convert import Conversions
from infoscreen.converter.document import DocumentConverter, EngineUnavailableError
from infoscreen.converter.engine_slots import EngineSlots
from infoscreen.converter.engines.gotenberg import GotenbergConverter
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.engines.office_process import OfficeSettings
from infoscreen.converter.generation_watch import StreamGenerationWatch
from infoscreen.converter.media import MediaOpener
from infoscreen.converter.page_sheets import PageSheets
from infoscreen.converter.pdf import PdfInspector
from infoscreen.converter.preparation.preparer import DocumentPreparer
from infoscreen.converter.settings import ConverterSettings
from infoscreen.converter.source_inspector import SourceInspector
from infoscreen.converter.workspace import Workspace, WorkspaceInUseError

SOURCE = "infoscreen/converter"


def create_engine(settings: ConverterSettings, work_dir: Path) -> DocumentConverter:
    """The engine that the settings choose."""
    if settings.engine == "gotenberg":
        return GotenbergConverter(str(settings.gotenberg_url), settings.slots)
    return LibreOfficeConverter(
        settings.slots,
        work_dir,
        spares=settings.spares,
        office=OfficeSettings(accept_missing_fences=settings.accept_missing_fences),
        own_fonts=settings.fonts_dir,
    )


@dataclass(frozen=True)
class Converter:
    """A started converter. It consumes once the `WorkConsumer` that it makes runs."""

    settings: ConverterSettings
    connection: Connection
    store: ObjectStore
    engine: DocumentConverter
    engine_slots: EngineSlots
    handler: ConversionHandler
    lanes: Sequence[Lane]

    def consumer(self, handler: Handler, *, ack_wait_seconds: float = topology.ACK_WAIT_SECONDS) -> WorkConsumer:
        """Pulls work as the engine slots say, into the converter's own handler, or one that wraps it."""
        consumer = WorkConsumer(
            self.connection,
            handler,
            slots=self.engine_slots.in_hand,
            grace_seconds=self.settings.shutdown_grace_seconds,
            lanes=self.lanes,
            ack_wait_seconds=ack_wait_seconds,
            admission=self.engine_slots.admit,
        )
        self.engine_slots.on_room = consumer.wake
        return consumer


@asynccontextmanager
async def wire(
    settings: ConverterSettings,
    nats: NatsSettings,
    s3: S3Settings,
    *,
    engine: DocumentConverter | None = None,
    lanes: Sequence[Lane] = LANES,
    retry_delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS,
) -> AsyncIterator[Converter]:
    """A started converter, which ends with the block.

    Args:
        settings: its own.
        nats: where the broker is.
        s3: where the objects are.
        engine: what converts; by default what the settings choose. It is started and closed here.
        lanes: where work comes from.
        retry_delays_seconds: between the attempts at a document.

    Raises:
        EngineUnavailableError, WorkspaceInUseError: something here has to be mended first; the message says what.
    """
    async with AsyncExitStack() as open_things:
        workspace = open_things.enter_context(Workspace(settings.work_dir))
        store = ObjectStore(s3)
        open_things.callback(store.close)
        connection = await connect(nats, settings.name)
        open_things.push_async_callback(connection.close)
        engine = engine or create_engine(settings, workspace.directory)
        open_things.push_async_callback(engine.close)
        sources = SourceInspector(workspace.directory)
        open_things.push_async_callback(sources.close)
        preparer = DocumentPreparer(workspace.directory, accept_missing_fences=settings.accept_missing_fences)
        open_things.push_async_callback(preparer.close)
        pdfs = PdfInspector(workspace.directory)
        open_things.push_async_callback(pdfs.close)
        media = MediaOpener(workspace.directory)
        open_things.push_async_callback(media.close)

        reader = StreamReader(connection)
        generation_watch = StreamGenerationWatch(connection, MediaLog(reader), reader)
        backlog = LaneBacklog(connection, lanes)
        engine_slots = EngineSlots(engine, quick_seconds=settings.quick_seconds, others_wait=backlog.waits, lanes=lanes)
        publisher = Publisher(connection, f"{SOURCE}/{settings.name}")
        conversions = Conversions(
            store=store,
            publisher=publisher,
            renditions=RenditionRegistry(connection),
            generation_watch=generation_watch,
            engine=engine,
            sources=sources,
            preparer=preparer,
            pdfs=pdfs,
            media=media,
            sheets=PageSheets(store, pdfs, workspace),
            workspace=workspace,
            settings=settings,
        )
        attempts = Attempts(conversions, publisher, generation_watch, settings.patience_seconds, retry_delays_seconds)
        handler = ConversionHandler(attempts, reader, engine_slots)
        await asyncio.gather(
            engine.start(), sources.start(), preparer.start(), pdfs.start(), media.start(), generation_watch.start()
        )
        yield Converter(settings, connection, store, engine, engine_slots, handler, lanes)


async def serve() -> None:
    """Run a converter until told to stop."""
    settings = ConverterSettings()
    configure_logging(settings.name, LogSettings())
    async with wire(settings, NatsSettings(), S3Settings()) as converter:
        checks = {"nats": converter.connection.check, "s3": converter.store.check, "engine": converter.engine.check}
        await run_service(
            host=settings.host,
            apps=[(create_ops_app({}, checks), settings.ops_port)],
            background=[converter.consumer(converter.handler).run],
            grace_seconds=settings.shutdown_grace_seconds,
        )


async def serve_until_told() -> None:
    """As `serve`, and SIGTERM also stops a converter that still starts."""
    serving = asyncio.create_task(serve())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    with suppress(asyncio.CancelledError):
        await serving


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infoscreen.converter", description=__doc__)
    parser.add_argument("--version", action="version", version=VERSION)
    parser.parse_args()
    run_main("converter", serve_until_told, EngineUnavailableError, WorkspaceInUseError)


if __name__ == "__main__":
    main()
