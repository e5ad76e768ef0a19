"""Composition root of the converter: settings, adapters, run. The only place that wires."""

import argparse
import asyncio
import signal
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging.connection import connect
from infoscreen.common.messaging.consumer import WorkConsumer
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.observability import configure_logging
from infoscreen.common.process import run_main, run_service
from infoscreen.common.settings import LogSettings, NatsSettings, S3Settings
from infoscreen.common.version import VERSION
from infoscreen.converter.backlog import LaneBacklog
from infoscreen.converter.consumer import ConversionHandler
from infoscreen.converter.convert import Conversions
from infoscreen.converter.document import DocumentConverter, EngineUnavailableError
from infoscreen.converter.engine_slots import EngineSlots
from infoscreen.converter.engines.gotenberg import GotenbergConverter
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.engines.office_process import OfficeSettings
from infoscreen.converter.generation_watch import StreamGenerationWatch
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


async def run() -> None:
    """Run a converter until told to stop."""
    settings = ConverterSettings()
    configure_logging(settings.name, LogSettings())
    async with AsyncExitStack() as open_things:
        workspace = open_things.enter_context(Workspace(settings.work_dir))
        store = ObjectStore(S3Settings())
        open_things.callback(store.close)
        connection = await connect(NatsSettings(), settings.name)
        open_things.push_async_callback(connection.close)
        engine = create_engine(settings, workspace.directory)
        open_things.push_async_callback(engine.close)
        workers = engine.slots + engine.spares
        sources = SourceInspector(workspace.directory, workers)
        open_things.push_async_callback(sources.close)
        preparer = DocumentPreparer(workspace.directory, workers, accept_missing_fences=settings.accept_missing_fences)
        open_things.push_async_callback(preparer.close)
        pdfs = PdfInspector(workspace.directory, workers)
        open_things.push_async_callback(pdfs.close)

        reader = StreamReader(connection)
        generation_watch = StreamGenerationWatch(connection, MediaLog(reader))
        engine_slots = EngineSlots(
            engine, quick_seconds=settings.quick_seconds, others_wait=LaneBacklog(connection).waits
        )
        conversions = Conversions(
            store=store,
            publisher=Publisher(connection, f"{SOURCE}/{settings.name}"),
            renditions=RenditionRegistry(connection),
            generation_watch=generation_watch,
            engine=engine,
            sources=sources,
            preparer=preparer,
            pdfs=pdfs,
            workspace=workspace,
            settings=settings,
        )
        consumer = WorkConsumer(
            connection,
            ConversionHandler(conversions, generation_watch, reader, engine_slots, settings.patience_seconds),
            slots=engine_slots.in_hand,
            grace_seconds=settings.shutdown_grace_seconds,
            admission=engine_slots.admit,
        )
        engine_slots.on_room = consumer.wake
        await asyncio.gather(engine.start(), sources.start(), preparer.start(), pdfs.start(), generation_watch.start())
        ops = create_ops_app({}, {"nats": connection.check, "s3": store.check, "engine": engine.check})
        await run_service(
            host=settings.host,
            apps=[(ops, settings.ops_port)],
            background=[consumer.run],
            grace_seconds=settings.shutdown_grace_seconds,
        )


async def run_until_told() -> None:
    """As `run`, but being told to stop while it starts ends it as well as afterwards."""
    running = asyncio.create_task(run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    with suppress(asyncio.CancelledError):
        await running


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infoscreen.converter", description=__doc__)
    parser.add_argument("--version", action="version", version=VERSION)
    parser.parse_args()
    run_main("converter", run_until_told, EngineUnavailableError, WorkspaceInUseError)


if __name__ == "__main__":
    main()
