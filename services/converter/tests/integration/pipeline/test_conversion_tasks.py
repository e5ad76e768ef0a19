"""Tasks from message to published result, on a real NATS and a real S3, with an engine that does as it is told."""

import asyncio
import hashlib
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pikepdf
import pytest
from pydantic import SecretStr

from infoscreen.common.clock import utc_now
from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.events import (
    ConversionFailed,
    ConversionRequested,
    ConversionStarted,
    ConversionSucceeded,
    MediaDeleted,
    MediaUploaded,
    Priority,
    RequestReason,
    decode,
    event_id,
    new_media_id,
    to_headers,
)
from infoscreen.common.events.envelope import Envelope
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.consumer import Acknowledge, Delivery, WorkConsumer
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.settings import NatsSettings, S3Settings
from infoscreen.converter.consumer import ConversionHandler
from infoscreen.converter.convert import Conversions
from infoscreen.converter.currency import StreamCurrency
from infoscreen.converter.pdf import PdfInspector
from infoscreen.converter.settings import ConverterSettings

FODP = (
    b'<?xml version="1.0" encoding="UTF-8"?><office:document '
    b'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.3" '
    b'office:mimetype="application/vnd.oasis.opendocument.presentation"><!-- %d --></office:document>'
)


def a_pdf() -> bytes:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.add_blank_page()
        buffer = BytesIO()
        pdf.save(buffer)
        return buffer.getvalue()


@dataclass
class ScriptedEngine:
    """Does what its script says, then succeeds."""

    name: str = "scripted"
    slots: int = 2
    script: deque[Callable[[], Awaitable[None]]] = field(default_factory=deque)
    conversions: int = 0
    cancelled: int = 0

    async def start(self) -> None: ...

    async def check(self) -> str | None: ...

    async def close(self) -> None: ...

    async def convert(self, source, destination, document_type, options, deadline_seconds) -> None:
        self.conversions += 1
        try:
            if self.script:
                await self.script.popleft()()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        await asyncio.to_thread(destination.write_bytes, a_pdf())


def raises(error: Exception) -> Callable[[], Awaitable[None]]:
    async def step() -> None:
        raise error

    return step


@dataclass
class Stack:
    connection: Connection
    store: ObjectStore
    publisher: Publisher
    reader: StreamReader
    renditions: RenditionRegistry
    engine: ScriptedEngine
    handler: ConversionHandler

    async def upload(
        self, content: bytes, *, media_id: UUID | None = None, **facts: object
    ) -> tuple[MediaUploaded, int]:
        media_id = media_id or new_media_id()
        key = f"originals/{media_id}/{uuid4()}.fodp"
        if facts.pop("stored", True):
            await self.store.put(key, content, "application/octet-stream")
        event = MediaUploaded.model_validate(
            {
                "media_id": media_id,
                "filename": "deck.fodp",
                "media_type": "application/vnd.oasis.opendocument.presentation-flat-xml",
                "extension": "fodp",
                "size_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "object_key": key,
                "uploaded_by": "tests",
                **facts,
            }
        )
        return event, await self.publisher.publish(event, event_id(event.type, media_id, key))

    async def result(self, media_id: UUID, seconds: float = 20) -> ConversionSucceeded | ConversionFailed:
        async with asyncio.timeout(seconds):
            while True:
                for kind in (ConversionSucceeded, ConversionFailed):
                    stored = await self.reader.last(f"{kind.type}.{media_id}")
                    if stored is not None:
                        return decode(stored.headers, stored.data).event
                await asyncio.sleep(0.02)

    async def settled(self, seconds: float = 20) -> None:
        """Until no durable has anything waiting or in hand."""
        async with asyncio.timeout(seconds):
            while True:
                infos = [
                    await self.connection.js.consumer_info(topology.STREAM, lane.durable) for lane in topology.LANES
                ]
                if all(info.num_pending == 0 and info.num_ack_pending == 0 for info in infos):
                    return
                await asyncio.sleep(0.02)

    async def events_of(self, media_id: UUID) -> list[str]:
        batch = await self.reader.read_batch(1, 1000)
        return [m.subject.split(f".{media_id}")[0] for m in batch if str(media_id) in m.subject]


def s3_settings(s3) -> S3Settings:
    return S3Settings(
        endpoint=s3.endpoint,
        public_endpoint=s3.endpoint,
        access_key=SecretStr(s3.access_key),
        secret_key=SecretStr(s3.secret_key),
        region=s3.region,
        bucket=s3.bucket,
    )


@asynccontextmanager
async def running_stack(nats_url: str, s3, work_dir: Path, *, consume: bool = True):
    nats_settings = NatsSettings(url=SecretStr(nats_url))
    connection, store, pdfs = Connection(), ObjectStore(s3_settings(s3)), PdfInspector(work_dir)
    await connection.open(nats_settings, "tests")
    await topology.apply(connection.js, nats_settings)
    await store.ensure_bucket()
    await pdfs.start()
    reader, publisher, renditions = (
        StreamReader(connection),
        Publisher(connection, "tests"),
        RenditionRegistry(connection),
    )
    currency, engine = StreamCurrency(connection, reader), ScriptedEngine()
    await currency.start()
    settings = ConverterSettings(name="converter-test", work_dir=work_dir)
    conversions = Conversions(store, publisher, renditions, currency, engine, pdfs, settings)
    handler = ConversionHandler(conversions, currency, reader, patience_seconds=10, retry_delays_seconds=(0.05, 0.05))
    stop = asyncio.Event()
    consumer = WorkConsumer(connection, handler, slots=engine.slots, grace_seconds=5)
    running = asyncio.create_task(consumer.run(stop)) if consume else None
    try:
        yield Stack(connection, store, publisher, reader, renditions, engine, handler)
    finally:
        stop.set()
        if running:
            await running
        await pdfs.close()
        await connection.close()
        store.close()


@pytest.fixture
async def stack(nats_url, s3, tmp_path):
    async with running_stack(nats_url, s3, tmp_path) as running:
        yield running


@pytest.fixture
async def idle_stack(nats_url, s3, tmp_path):
    """The same without a consumer: the test calls the handler itself."""
    async with running_stack(nats_url, s3, tmp_path, consume=False) as running:
        yield running


async def test_a_document_becomes_one_stored_verified_registered_pdf(stack, tmp_path):
    uploaded, generation = await stack.upload(FODP % 1)
    result = await stack.result(uploaded.media_id)

    assert isinstance(result, ConversionSucceeded)
    assert (result.generation, result.pages, result.cached, result.attempt) == (generation, 2, False, 1)
    arrived = await stack.store.get_file(result.pdf_key, tmp_path / "result.pdf")
    assert (arrived.sha256, arrived.size_bytes) == (result.pdf_sha256, result.pdf_size_bytes)
    assert (await stack.store.get(result.thumbnail_key)).startswith(b"RIFF")
    await stack.settled()
    assert await stack.events_of(uploaded.media_id) == [
        "media.uploaded",
        "conversion.started",
        "conversion.succeeded",
    ]
    assert list(tmp_path.glob("job-*")) == []


async def test_the_same_bytes_uploaded_twice_convert_once(stack):
    first, _ = await stack.upload(FODP % 2)
    second_result = None
    first_result = await stack.result(first.media_id)
    second, _ = await stack.upload(FODP % 2)
    second_result = await stack.result(second.media_id)

    assert second_result.cached
    assert second_result.pdf_key == first_result.pdf_key
    assert stack.engine.conversions == 1


async def test_of_two_converters_at_the_same_document_one_wins_and_the_other_leaves_nothing(idle_stack):
    uploaded, generation = await idle_stack.upload(FODP % 3)
    both_in_engine = asyncio.Barrier(2)
    idle_stack.engine.script.extend([both_in_engine.wait, both_in_engine.wait])
    stored = await idle_stack.reader.at(generation)
    delivery = Delivery(stored.subject, stored.headers, stored.data, generation, 1, "converter")

    outcomes = await asyncio.gather(idle_stack.handler(delivery), idle_stack.handler(delivery))

    assert outcomes == [Acknowledge(), Acknowledge()]
    assert idle_stack.engine.conversions == 2
    objects = await idle_stack.store.list(f"converted/{uploaded.sha256}/")
    result = await idle_stack.result(uploaded.media_id)
    assert sorted(o.key for o in objects) == sorted([result.pdf_key, result.thumbnail_key])
    assert (await idle_stack.events_of(uploaded.media_id)).count("conversion.succeeded") == 1


async def test_an_engine_that_is_away_is_waited_for_and_does_not_count(stack):
    stack.engine.script.extend(
        [raises(TransientError("engine away", 0.01)), raises(TransientError("engine away", 0.01))]
    )
    uploaded, _ = await stack.upload(FODP % 4)
    result = await stack.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert result.attempt == 1


async def test_when_patience_ends_the_work_is_handed_back_as_a_new_request(stack):
    stack.engine.script.append(raises(TransientError("engine away", retry_after_seconds=3600)))
    uploaded, generation = await stack.upload(FODP % 5)
    result = await stack.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert result.attempt == 1
    request = await stack.reader.last(f"conversion.requested.{uploaded.media_id}")
    event = decode(request.headers, request.data).event
    assert (event.reason, event.generation) == (RequestReason.HANDED_BACK, generation)


async def test_a_document_that_crashes_the_engine_every_time_fails_after_three_attempts(stack):
    crash = PermanentError(FailureReason.ENGINE_CRASHED, "soffice died", attempts_allowed=3)
    stack.engine.script.extend([raises(crash)] * 3)
    uploaded, _ = await stack.upload(FODP % 6)
    result = await stack.result(uploaded.media_id)
    assert isinstance(result, ConversionFailed)
    assert (result.reason, result.attempts, result.retryable) == (FailureReason.ENGINE_CRASHED, 3, True)
    assert stack.engine.conversions == 3


async def test_a_document_that_crashes_the_engine_once_is_ready_on_the_next_attempt(stack):
    stack.engine.script.append(raises(PermanentError(FailureReason.ENGINE_CRASHED, "died", attempts_allowed=3)))
    uploaded, _ = await stack.upload(FODP % 7)
    result = await stack.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert result.attempt == 2


async def test_a_document_begun_three_times_without_a_result_fails_untouched(idle_stack):
    uploaded, generation = await idle_stack.upload(FODP % 8)
    for attempt in (1, 2, 3):
        started = ConversionStarted(
            media_id=uploaded.media_id,
            conversion_id=uuid4(),
            generation=generation,
            target_format="pdf",
            file_hash=uploaded.sha256,
            attempt=attempt,
            worker="killed",
            engine="scripted",
        )
        await idle_stack.publisher.publish(started, event_id(started.type, uploaded.media_id, attempt))
    stored = await idle_stack.reader.at(generation)

    outcome = await idle_stack.handler(
        Delivery(stored.subject, stored.headers, stored.data, generation, 4, "converter")
    )

    assert outcome == Acknowledge()
    assert idle_stack.engine.conversions == 0
    result = await idle_stack.result(uploaded.media_id)
    assert (result.reason, result.attempts) == (FailureReason.ENGINE_CRASHED, 4)


async def test_deliveries_that_never_began_the_document_are_not_held_against_it(idle_stack):
    uploaded, generation = await idle_stack.upload(FODP % 9)
    stored = await idle_stack.reader.at(generation)
    await idle_stack.handler(Delivery(stored.subject, stored.headers, stored.data, generation, 7, "converter"))
    result = await idle_stack.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert result.attempt == 1


@pytest.mark.parametrize("change", ["replaced", "deleted"])
async def test_a_medium_replaced_or_deleted_during_conversion_leaves_nothing_visible(stack, change):
    in_engine = asyncio.Event()

    async def hang() -> None:
        in_engine.set()
        await asyncio.Event().wait()

    stack.engine.script.append(hang)
    uploaded, generation = await stack.upload(FODP % 10)
    async with asyncio.timeout(10):
        await in_engine.wait()

    if change == "deleted":
        event = MediaDeleted(media_id=uploaded.media_id, deleted_by="tests")
        await stack.publisher.publish(event, event_id(event.type, uploaded.media_id, generation))
    else:
        await stack.upload(FODP % 11, media_id=uploaded.media_id, replaces=generation)
        assert (await stack.result(uploaded.media_id)).generation > generation
    await stack.settled()

    assert stack.engine.cancelled == 1
    assert await stack.store.list(f"converted/{uploaded.sha256}/") == []
    assert "conversion.failed" not in await stack.events_of(uploaded.media_id)


async def test_an_upload_that_is_not_normal_goes_through_its_own_lane(stack):
    uploaded, generation = await stack.upload(FODP % 12, priority=Priority.BULK)
    result = await stack.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    request = await stack.reader.last(f"conversion.requested.{uploaded.media_id}.bulk")
    assert decode(request.headers, request.data).event.generation == generation
    await stack.settled()
    assert stack.engine.conversions == 1


async def test_an_original_that_is_not_stored_fails_with_what_to_do(stack):
    uploaded, _ = await stack.upload(FODP % 13, stored=False)
    result = await stack.result(uploaded.media_id)
    assert (result.reason, result.message) == (FailureReason.SOURCE_MISSING, FailureReason.SOURCE_MISSING.sentence)


async def test_an_original_that_arrives_damaged_is_never_converted(idle_stack):
    uploaded, generation = await idle_stack.upload(FODP % 14, sha256="0" * 64)
    handler = replace(idle_stack.handler, patience_seconds=0.01)
    stored = await idle_stack.reader.at(generation)
    await handler(Delivery(stored.subject, stored.headers, stored.data, generation, 1, "converter"))
    assert idle_stack.engine.conversions == 0
    assert await idle_stack.events_of(uploaded.media_id) == ["media.uploaded", "conversion.requested"]


async def test_a_registered_pdf_whose_object_is_gone_is_made_again(stack):
    first, _ = await stack.upload(FODP % 15)
    gone = await stack.result(first.media_id)
    await stack.store.delete(gone.pdf_key)
    second, _ = await stack.upload(FODP % 15)
    result = await stack.result(second.media_id)
    assert not result.cached
    assert result.pdf_key != gone.pdf_key
    assert await stack.store.stat(result.pdf_key)


async def test_a_message_that_nobody_understands_is_kept_as_a_dead_letter(stack):
    media_id = new_media_id()
    await stack.connection.js.publish(f"media.uploaded.{media_id}", b"{}", headers={"ce-type": "media.uploaded"})
    request = ConversionRequested(media_id=media_id, generation=1, reason=RequestReason.ENSURE)
    envelope = Envelope(str(uuid4()), "tests", utc_now(), request)
    await stack.connection.js.publish(
        f"conversion.requested.{media_id}", request.model_dump_json().encode(), headers=to_headers(envelope)
    )
    await stack.settled()
    dead = await StreamReader(stack.connection, topology.DEAD_LETTERS).read_batch(1, 10)
    assert len(dead) == 2
    assert {m.headers["Infoscreen-Dead-Reason"] for m in dead} == {"not_understood"}
    assert stack.engine.conversions == 0
