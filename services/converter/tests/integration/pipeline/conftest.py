"""The converter between a real NATS and a real S3: in this process with any engine, or as the real process."""

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pikepdf
import pytest
from pydantic import SecretStr
from support.nats_users import as_user
from support.until import until

from infoscreen.common.events import (
    ConversionFailed,
    ConversionProgressed,
    ConversionSucceeded,
    Event,
    MediaUploaded,
    decode,
    event_id,
    new_media_id,
    subjects,
)
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.consumer import WorkConsumer
from infoscreen.common.messaging.outcome import Delivery, Outcome
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.page_sheets import is_sheet, stem
from infoscreen.common.settings import NatsSettings, S3Settings
from infoscreen.converter.__main__ import wire
from infoscreen.converter.consumer import ConversionHandler
from infoscreen.converter.document import DocumentConverter
from infoscreen.converter.settings import ConverterSettings

Step = Callable[[], Awaitable[None]]


def a_pdf() -> bytes:
    """Of two pages, the first with something drawn on it: a document with text does not end as blank pages alone."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.pages[0].Contents = pdf.make_stream(b"10 10 50 50 re f")
        pdf.add_blank_page()
        buffer = BytesIO()
        pdf.save(buffer)
        return buffer.getvalue()


@dataclass
class ScriptedEngine:
    """Does what its script says, then succeeds."""

    name: str = "scripted"
    slots: int = 2
    spares: int = 0
    script: deque[Step] = field(default_factory=deque)
    conversions: int = 0
    cancelled: int = 0

    async def start(self) -> None: ...

    async def check(self) -> str | None: ...

    async def close(self) -> None: ...

    async def ready(self) -> None: ...

    async def convert(self, source, destination, document_type, options, deadline_seconds, *, progress=None) -> None:
        self.conversions += 1
        try:
            if self.script:
                await self.script.popleft()()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        await asyncio.to_thread(destination.write_bytes, a_pdf())


@dataclass
class World:
    """What surrounds the converters: uploads go in, results come out."""

    nats_url: str
    s3: S3Settings
    connection: Connection
    store: ObjectStore
    publisher: Publisher
    reader: StreamReader
    renditions: RenditionRegistry

    async def upload(
        self, content: bytes, *, media_id: UUID | None = None, filename: str = "deck.fodp", **facts: object
    ) -> tuple[MediaUploaded, int]:
        media_id = media_id or new_media_id()
        key = f"originals/{media_id}/{uuid4()}"
        if facts.pop("stored", True):
            await self.store.put(key, content, "application/octet-stream")
        event = MediaUploaded.model_validate(
            {
                "media_id": media_id,
                "filename": filename,
                "media_type": "application/octet-stream",
                "extension": filename.rpartition(".")[2],
                "size_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "object_key": key,
                "uploaded_by": "tests",
                **facts,
            }
        )
        return event, await self.publisher.publish(event, event_id(event.type, media_id, key))

    async def result(self, media_id: UUID, seconds: float = 60) -> ConversionSucceeded | ConversionFailed:
        """The first result of a medium."""
        return await until(lambda: self._result(media_id), f"a result of {media_id}", seconds)

    async def _result(self, media_id: UUID) -> ConversionSucceeded | ConversionFailed | None:
        for kind in (ConversionSucceeded, ConversionFailed):
            stored = await self.reader.last(f"{kind.type}.{media_id}")
            if stored is not None:
                return decode(stored.headers, stored.data).event
        return None

    async def objects_beside(self, result: ConversionSucceeded) -> list[str]:
        """The keys of what is stored of the document, but is not of this result."""
        own = {result.pdf_key, result.thumbnail_key, result.report_key}
        stored = [found.key for found in await self.store.list(result.pdf_key.rpartition("/")[0] + "/")]
        assert own <= set(stored)
        sheets = {key for key in stored if is_sheet(key) and stem(key) == stem(result.pdf_key)}
        return sorted(set(stored) - own - sheets)

    async def started(self, media_id: UUID, seconds: float = 60) -> None:
        """Until a converter has begun with a medium."""
        await until(lambda: self.reader.last(subjects.starts_of(media_id)), f"a start of {media_id}", seconds)

    async def settled(self, *durables: str, seconds: float = 60) -> None:
        """Until no durable has anything waiting or in hand."""
        chosen = durables or [lane.durable for lane in subjects.LANES]
        await until(lambda: self._settled(chosen), f"{', '.join(chosen)} have nothing left to do", seconds)

    async def _settled(self, durables) -> bool:
        infos = [await self.connection.js.consumer_info(topology.STREAM, durable) for durable in durables]
        return not any(info.num_pending or info.num_ack_pending for info in infos)

    async def events(self) -> list[Event]:
        """All of them, in order."""
        return [decode(m.headers, m.data).event for m in await self.reader.read_batch(1, 1000)]

    async def count(self, kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in await self.events())

    async def events_of(self, media_id: UUID) -> list[str]:
        """What happened to a medium, without how far its conversion was, which only a slow machine tells."""
        events = [event for event in await self.events() if event.media_id == media_id]
        return [event.type for event in events if not isinstance(event, ConversionProgressed)]

    async def delivery(self, sequence: int, count: int = 1) -> Delivery:
        """A stored message as a consumer would hand it to a handler."""
        stored = await self.reader.at(sequence)
        return Delivery(stored.subject, stored.headers, stored.data, sequence, count, "converter")

    @asynccontextmanager
    async def short_leases(self, seconds: float = 1.0) -> AsyncIterator[None]:
        """Within the block, what a converter has in hand is redelivered after this time instead of a minute."""
        info = await self.connection.js.consumer_info(topology.STREAM, "converter")
        await self.connection.js.add_consumer(topology.STREAM, replace(info.config, ack_wait=seconds))
        yield
        await self.connection.js.add_consumer(topology.STREAM, info.config)


@dataclass
class InProcessConverter:
    """A converter in the test's own process."""

    engine: DocumentConverter
    handler: ConversionHandler
    work_dir: Path
    outcomes: list[Outcome] = field(default_factory=list)

    def handle(self, delivery: Delivery) -> Coroutine[None, None, Outcome]:
        """As the handler, and note the outcome."""
        work = self.handler(delivery)

        async def noted() -> Outcome:
            self.outcomes.append(await work)
            return self.outcomes[-1]

        return noted()


@pytest.fixture
async def world(nats_url, s3) -> AsyncIterator[World]:
    nats_settings = NatsSettings(url=SecretStr(nats_url))
    s3_settings = S3Settings(
        endpoint=s3.endpoint,
        public_endpoint=s3.endpoint,
        access_key=SecretStr(s3.access_key),
        secret_key=SecretStr(s3.secret_key),
        region=s3.region,
        bucket=s3.bucket,
    )
    connection, store = Connection(), ObjectStore(s3_settings)
    await connection.open(nats_settings, "tests")
    await topology.apply(connection.js, nats_settings)
    await store.ensure_bucket()
    publisher, reader = Publisher(connection, "tests"), StreamReader(connection)
    yield World(nats_url, s3_settings, connection, store, publisher, reader, RenditionRegistry(connection))
    await connection.close()
    store.close()


@pytest.fixture
async def start_converter(world, tmp_path):
    """Starts converters in this process; they stop after the test."""
    async with AsyncExitStack() as running:

        async def start(
            engine: DocumentConverter | None = None,
            *,
            name: str = "converter-test",
            nats_url: str | None = None,
            consume: bool = True,
            lanes: Sequence[subjects.Lane] = subjects.LANES,
            ack_wait_seconds: float = topology.ACK_WAIT_SECONDS,
            **settings,
        ) -> InProcessConverter:
            work_dir, engine = tmp_path / name, engine or ScriptedEngine()
            defaults = {"patience_seconds": 10, "shutdown_grace_seconds": 5}
            wiring = wire(
                ConverterSettings(**{"name": name, "work_dir": work_dir, **defaults, **settings}),
                NatsSettings(url=SecretStr(nats_url or world.nats_url)),
                world.s3,
                engine=engine,
                lanes=lanes,
                retry_delays_seconds=(0.05, 0.05),
            )
            wired = await running.enter_async_context(wiring)
            converter = InProcessConverter(engine, wired.handler, work_dir)
            if consume:
                consumer = wired.consumer(converter.handle, ack_wait_seconds=ack_wait_seconds)
                await running.enter_async_context(consuming(consumer))
            return converter

        yield start


@asynccontextmanager
async def consuming(consumer: WorkConsumer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(consumer.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


@dataclass
class ConverterProcess:
    """`python -m infoscreen.converter`, with its own work_dir."""

    process: "subprocess.Popen[bytes]"
    work_dir: Path
    log: Path

    def signal(self, signum: signal.Signals) -> None:
        self.process.send_signal(signum)

    async def ended(self, seconds: float = 60) -> int:
        """Its exit status, once it has ended."""
        return await asyncio.to_thread(self.process.wait, seconds)

    def documents_in_office(self) -> int:
        return len(list(self.work_dir.glob("office-*/source")))


@pytest.fixture
async def start_process(world, tmp_path, unused_port):
    """Starts real converters; they are killed after the test."""
    started: list[ConverterProcess] = []

    async def start(*, wait: bool = True, before: tuple[str, ...] = (), **settings: str) -> ConverterProcess:
        work_dir, log = tmp_path / "process", tmp_path / "process.log"
        environment = {
            **os.environ,
            "NATS_URL": as_user(world.nats_url, "converter"),
            "S3_ENDPOINT": world.s3.endpoint,
            "S3_PUBLIC_ENDPOINT": world.s3.endpoint,
            "S3_ACCESS_KEY": world.s3.access_key.get_secret_value(),
            "S3_SECRET_KEY": world.s3.secret_key.get_secret_value(),
            "S3_REGION": world.s3.region,
            "S3_BUCKET": world.s3.bucket,
            "CONVERTER_NAME": "victim",
            "CONVERTER_OPS_PORT": str(unused_port),
            "CONVERTER_SPARES": "0",
            "CONVERTER_WORK_DIR": str(work_dir),
            **settings,
        }
        with log.open("wb") as output:
            command = [*before, sys.executable, "-m", "infoscreen.converter"]
            process = subprocess.Popen(command, env=environment, stdout=output)
        started.append(ConverterProcess(process, work_dir, log))
        if wait:
            async with httpx.AsyncClient() as client:
                await until_ready(client, f"http://127.0.0.1:{unused_port}/readyz")
        return started[-1]

    yield start
    for converter in started:
        converter.process.kill()
        converter.process.wait()


async def until_ready(client: httpx.AsyncClient, url: str) -> None:
    async def ready() -> bool:
        return (await client.get(url)).status_code == httpx.codes.OK

    # On a busy machine two offices, and the processes beside them, take more than a minute to start.
    await until(ready, f"{url} answers", 180, ignoring=(httpx.TransportError,))


@pytest.fixture(scope="session")
def pdf_bytes() -> bytes:
    return a_pdf()


@pytest.fixture(scope="session")
def engines() -> Callable[[int, int], ScriptedEngine]:
    """Makes engines that do as they are told: `engines(slots, spares)`."""
    return lambda slots, spares: ScriptedEngine(slots=slots, spares=spares)


@pytest.fixture
def one_slot_and_a_spare(engines) -> ScriptedEngine:
    return engines(1, 1)
