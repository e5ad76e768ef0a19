"""Composition root of the converter: settings, adapters, run. The only place that wires."""

import asyncio

from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging.connection import connect
from infoscreen.common.messaging.consumer import WorkConsumer
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.observability import configure_logging
from infoscreen.common.process import run_main, run_service
from infoscreen.common.settings import LogSettings, NatsSettings, S3Settings
from infoscreen.converter.consumer import ConversionHandler
from infoscreen.converter.convert import Conversions
from infoscreen.converter.currency import StreamCurrency
from infoscreen.converter.document import DocumentConverter, EngineUnavailableError
from infoscreen.converter.engines.gotenberg import GotenbergConverter
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.pdf import PdfInspector
from infoscreen.converter.settings import ConverterSettings

SOURCE = "infoscreen/converter"


def create_engine(settings: ConverterSettings) -> DocumentConverter:
    """The engine that the settings choose."""
    if settings.engine == "gotenberg":
        return GotenbergConverter(str(settings.gotenberg_url), settings.slots)
    return LibreOfficeConverter(settings.slots, settings.work_dir)


async def run() -> None:
    """Run a converter until told to stop."""
    settings = ConverterSettings()
    configure_logging(settings.name, LogSettings())
    settings.work_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = ObjectStore(S3Settings())
    engine, pdfs = create_engine(settings), PdfInspector(settings.work_dir)
    connection = await connect(NatsSettings(), settings.name)
    reader = StreamReader(connection)
    currency = StreamCurrency(connection, reader)
    conversions = Conversions(
        store=store,
        publisher=Publisher(connection, f"{SOURCE}/{settings.name}"),
        renditions=RenditionRegistry(connection),
        currency=currency,
        engine=engine,
        pdfs=pdfs,
        settings=settings,
    )
    handler = ConversionHandler(conversions, currency, reader, settings.patience_seconds)
    consumer = WorkConsumer(connection, handler, slots=engine.slots, grace_seconds=settings.shutdown_grace_seconds)
    ops = create_ops_app({}, {"nats": connection.check, "s3": store.check, "engine": engine.check})
    try:
        await asyncio.gather(engine.start(), pdfs.start(), currency.start())
        await run_service(
            host=settings.host,
            apps=[(ops, settings.ops_port)],
            background=[consumer.run],
            grace_seconds=settings.shutdown_grace_seconds,
        )
    finally:
        await engine.close()
        await pdfs.close()
        await connection.close()
        store.close()


if __name__ == "__main__":
    run_main("converter", run, EngineUnavailableError)
