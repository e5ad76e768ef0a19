"""Tasks from message to published result, on a real NATS and a real S3, with an engine that does as it is told."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest
from support.until import until

from infoscreen.common.clock import utc_now
from infoscreen.common.deck_report import DeckReport, FindingKind
from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.events import (
    ConversionFailed,
    ConversionRequested,
    ConversionStarted,
    ConversionSucceeded,
    MediaDeleted,
    Priority,
    RequestReason,
    decode,
    event_id,
    new_media_id,
    subjects,
    to_headers,
)
from infoscreen.common.events.envelope import Envelope
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.outcome import Acknowledge
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.observability import MESSAGES
from infoscreen.common.page_sheets import sheet_key
from infoscreen.converter.engine_slots import CrowdedOutError
from infoscreen.converter.pdf import PdfInspector

FODP = (
    b'<?xml version="1.0" encoding="UTF-8"?><office:document '
    b'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.3" '
    b'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    b'office:mimetype="application/vnd.oasis.opendocument.presentation"><!-- %d --><office:body><office:presentation>'
    b"<draw:page/></office:presentation></office:body></office:document>"
)
TIMED_FODP = FODP.replace(
    b"<office:body>",
    b'<office:automatic-styles xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">'
    b'<style:style style:name="timed"><style:drawing-page-properties '
    b'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" '
    b'presentation:transition-type="automatic" presentation:duration="PT7.5S"/></style:style>'
    b"</office:automatic-styles><office:body>",
).replace(b"<draw:page/>", b'<draw:page/><draw:page draw:style-name="timed"/>')


def raises(error: Exception):
    async def step() -> None:
        raise error

    return step


@pytest.fixture
async def converter(start_converter):
    return await start_converter()


@pytest.fixture
async def idle_converter(start_converter):
    """One that consumes nothing: the test calls the handler itself."""
    return await start_converter(consume=False)


async def test_a_document_becomes_one_stored_verified_registered_pdf(world, converter, tmp_path):
    uploaded, generation = await world.upload(FODP % 1)
    result = await world.result(uploaded.media_id)

    assert isinstance(result, ConversionSucceeded)
    assert (result.generation, result.pages, result.cached, result.attempt) == (generation, 2, False, 1)
    arrived = await world.store.get_file(result.pdf_key, tmp_path / "result.pdf")
    assert (arrived.sha256, arrived.size_bytes) == (result.pdf_sha256, result.pdf_size_bytes)
    assert (await world.store.get(result.thumbnail_key)).startswith(b"RIFF")
    report = DeckReport.model_validate_json(await world.store.get(result.report_key))
    assert [finding.kind for finding in report.findings] == [FindingKind.EMPTY_PAGE]  # the engine's pages are blank
    assert (result.findings, result.finding_counts) == (report.findings, {FindingKind.EMPTY_PAGE: 1})
    await world.settled()
    assert await world.events_of(uploaded.media_id) == [
        "media.uploaded",
        "conversion.started",
        "conversion.succeeded",
    ]
    assert list(tmp_path.glob("job-*")) == []


async def test_all_pages_are_pictured_after_the_result(world, converter):
    uploaded, _ = await world.upload(FODP % 21)
    result = await world.result(uploaded.media_id)
    await world.settled()
    sheet = sheet_key(result.pdf_key, 0)
    assert (await world.store.get(sheet)).startswith(b"RIFF")
    await world.store.delete(sheet)
    await world.upload(FODP % 21)  # the same bytes again: what is missing is made
    await world.settled()
    assert await world.store.stat(sheet) is not None


async def test_a_sheet_that_cannot_be_made_hinders_nothing(world, converter, monkeypatch):
    async def fails(*_: object) -> None:
        raise PermanentError(FailureReason.TIMEOUT, "drawing")

    monkeypatch.setattr(PdfInspector, "draw_sheet", fails)
    uploaded, _ = await world.upload(FODP % 22)
    assert isinstance(await world.result(uploaded.media_id), ConversionSucceeded)
    await world.settled()
    assert converter.outcomes == [Acknowledge()]
    assert (await world.events_of(uploaded.media_id))[1:] == ["conversion.started", "conversion.succeeded"]


async def test_the_engine_does_not_wait_for_the_broker_and_the_result_comes_after_the_start(
    world, converter, monkeypatch
):
    in_engine, publish = asyncio.Event(), Publisher.publish

    async def publish_slowly(self, event, *args, **kwargs):
        if isinstance(event, ConversionStarted):
            await in_engine.wait()
        return await publish(self, event, *args, **kwargs)

    async def begin():
        in_engine.set()

    monkeypatch.setattr(Publisher, "publish", publish_slowly)
    converter.engine.script.append(begin)
    uploaded, _ = await world.upload(FODP % 20)
    await world.result(uploaded.media_id)
    assert (await world.events_of(uploaded.media_id))[1:] == ["conversion.started", "conversion.succeeded"]


async def test_the_same_bytes_uploaded_twice_convert_once(world, converter):
    first, _ = await world.upload(TIMED_FODP % 2)
    first_result = await world.result(first.media_id)
    second, _ = await world.upload(TIMED_FODP % 2)
    second_result = await world.result(second.media_id)

    assert second_result.cached
    assert second_result.pdf_key == first_result.pdf_key
    assert second_result.report_key == first_result.report_key is not None
    assert second_result.findings == first_result.findings != ()
    assert second_result.page_seconds == first_result.page_seconds == (None, 7.5)
    assert converter.engine.conversions == 1


async def test_of_two_converters_at_the_same_document_one_wins_and_the_other_leaves_nothing(world, idle_converter):
    uploaded, generation = await world.upload(FODP % 3)
    both_in_engine = asyncio.Barrier(2)
    idle_converter.engine.script.extend([both_in_engine.wait, both_in_engine.wait])
    delivery = await world.delivery(generation)

    outcomes = await asyncio.gather(idle_converter.handler(delivery), idle_converter.handler(delivery))

    assert outcomes == [Acknowledge(), Acknowledge()]
    assert idle_converter.engine.conversions == 2
    objects = await world.store.list(f"converted/{uploaded.sha256}/")
    result = await world.result(uploaded.media_id)
    kept = (result.pdf_key, result.thumbnail_key, result.report_key, sheet_key(result.pdf_key, 0))
    assert {o.key for o in objects} == set(kept)
    assert (await world.events_of(uploaded.media_id)).count("conversion.succeeded") == 1


async def test_an_engine_that_is_away_is_waited_for_and_does_not_count(world, converter):
    converter.engine.script.extend(
        [raises(TransientError("engine away", 0.01)), raises(TransientError("engine away", 0.01))]
    )
    uploaded, _ = await world.upload(FODP % 4)
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert result.attempt == 1


async def test_when_patience_ends_the_work_is_handed_back_as_a_new_request(world, converter):
    converter.engine.script.append(raises(TransientError("engine away", retry_after_seconds=3600)))
    uploaded, generation = await world.upload(FODP % 5)
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert result.attempt == 1
    request = await world.reader.last(f"conversion.requested.{uploaded.media_id}")
    event = decode(request.headers, request.data).event
    assert (event.reason, event.generation) == (RequestReason.HANDED_BACK, generation)


async def test_a_document_that_crashes_the_engine_every_time_fails_after_three_attempts(world, converter):
    crash = PermanentError(FailureReason.ENGINE_CRASHED, "soffice died", attempts_allowed=3)
    converter.engine.script.extend([raises(crash)] * 3)
    uploaded, _ = await world.upload(FODP % 6)
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionFailed)
    assert (result.reason, result.attempts, result.retryable) == (FailureReason.ENGINE_CRASHED, 3, True)
    assert converter.engine.conversions == 3


async def test_a_document_that_crashes_the_engine_once_is_ready_on_the_next_attempt(world, converter):
    converter.engine.script.append(raises(PermanentError(FailureReason.ENGINE_CRASHED, "died", attempts_allowed=3)))
    uploaded, _ = await world.upload(FODP % 7)
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert result.attempt == 2


@pytest.mark.parametrize("error", [CrowdedOutError("slow"), TransientError("no engine", retry_after_seconds=1000)])
async def test_attempts_are_kept_where_a_document_is_handed_back(world, idle_converter, error):
    crash = PermanentError(FailureReason.ENGINE_CRASHED, "died", attempts_allowed=3)
    idle_converter.engine.script.extend([raises(crash), raises(error)])
    uploaded, generation = await world.upload(FODP % 70)
    for count in (1, 2):
        await idle_converter.handler(await world.delivery(generation, count))
    [request] = [event for event in await world.events() if isinstance(event, ConversionRequested)]
    assert (request.reason, request.attempts) == (RequestReason.HANDED_BACK, 1)
    stored = await world.reader.newest([subjects.subject_of(request)])
    await idle_converter.handler(await world.delivery(stored[0].sequence))
    result = await world.result(uploaded.media_id)
    assert (result.type, result.attempt) == ("conversion.succeeded", 2)


async def test_a_document_begun_three_times_without_a_result_fails_untouched(world, idle_converter):
    uploaded, generation = await world.upload(FODP % 8)
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
        await world.publisher.publish(started, event_id(started.type, uploaded.media_id, attempt))

    outcome = await idle_converter.handler(await world.delivery(generation, 4))

    assert outcome == Acknowledge()
    assert idle_converter.engine.conversions == 0
    result = await world.result(uploaded.media_id)
    assert (result.reason, result.attempts) == (FailureReason.ENGINE_CRASHED, 4)


async def test_deliveries_that_never_began_the_document_are_not_held_against_it(world, idle_converter):
    uploaded, generation = await world.upload(FODP % 9)
    await idle_converter.handler(await world.delivery(generation, 7))
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    assert result.attempt == 1


@pytest.mark.parametrize("change", ["replaced", "deleted"])
async def test_a_medium_replaced_or_deleted_during_conversion_leaves_nothing_visible(world, converter, change):
    in_engine = asyncio.Event()

    async def hang() -> None:
        in_engine.set()
        await asyncio.Event().wait()

    converter.engine.script.append(hang)
    uploaded, generation = await world.upload(FODP % 10)
    async with asyncio.timeout(10):
        await in_engine.wait()

    if change == "deleted":
        event = MediaDeleted(media_id=uploaded.media_id, deleted_by="tests")
        await world.publisher.publish(event, event_id(event.type, uploaded.media_id, generation))
    else:
        await world.upload(FODP % 11, media_id=uploaded.media_id, replaces=generation)
        assert (await world.result(uploaded.media_id)).generation > generation
    await world.settled()

    assert converter.engine.cancelled == 1
    assert await world.store.list(f"converted/{uploaded.sha256}/") == []
    assert "conversion.failed" not in await world.events_of(uploaded.media_id)


@pytest.mark.parametrize("change", ["replaced", "deleted"])
@pytest.mark.parametrize("failing", [False, True], ids=["ready", "failed"])
async def test_a_result_that_a_change_overtook_is_not_stored(*, world, idle_converter, monkeypatch, change, failing):
    """The change comes at the last moment: after everything was asked, right before the result is published."""
    if failing:
        idle_converter.engine.script.append(raises(PermanentError(FailureReason.CORRUPT, "broken")))
    uploaded, generation = await world.upload(FODP % 30)
    delivery, publish = await world.delivery(generation), Publisher.publish

    async def overtaken(publisher, event, identity, **options):
        if event.type in {"conversion.succeeded", "conversion.failed"}:
            if change == "deleted":
                first = MediaDeleted(media_id=uploaded.media_id, deleted_by="tests", generation=generation)
            else:
                first = uploaded.model_copy(update={"object_key": "originals/other"})
            await publish(publisher, first, uuid4())
        return await publish(publisher, event, identity, **options)

    monkeypatch.setattr(Publisher, "publish", overtaken)
    await idle_converter.handler(delivery)
    events = await world.events_of(uploaded.media_id)
    assert not {"conversion.succeeded", "conversion.failed"} & {*events}


async def test_a_deletion_of_another_generation_does_not_keep_a_document_from_being_converted(world, idle_converter):
    uploaded, generation = await world.upload(FODP % 31)
    event = MediaDeleted(media_id=uploaded.media_id, deleted_by="tests", generation=generation + 1000)
    await world.publisher.publish(event, uuid4())
    await idle_converter.handler(await world.delivery(generation))
    assert (await world.events_of(uploaded.media_id))[-1] == "conversion.succeeded"


async def test_an_obsolete_upload_is_no_work(world, idle_converter):
    uploaded, generation = await world.upload(FODP % 32, obsolete=True)
    assert await idle_converter.handler(await world.delivery(generation)) == Acknowledge()
    assert await world.events_of(uploaded.media_id) == ["media.uploaded"]


async def test_an_upload_that_is_not_normal_goes_through_its_own_lane(world, converter):
    uploaded, generation = await world.upload(FODP % 12, priority=Priority.BULK)
    result = await world.result(uploaded.media_id)
    assert isinstance(result, ConversionSucceeded)
    request = await world.reader.last(f"conversion.requested.{uploaded.media_id}.bulk")
    assert decode(request.headers, request.data).event.generation == generation
    await world.settled()
    assert converter.engine.conversions == 1


async def test_an_original_that_is_not_stored_fails_with_what_to_do(world, converter):
    uploaded, _ = await world.upload(FODP % 13, stored=False)
    result = await world.result(uploaded.media_id)
    assert (result.reason, result.message) == (FailureReason.SOURCE_MISSING, FailureReason.SOURCE_MISSING.sentence)


async def test_an_original_that_is_not_what_was_uploaded_is_never_converted(world, converter):
    uploaded, _ = await world.upload(FODP % 14, sha256="0" * 64)
    result = await world.result(uploaded.media_id)
    assert result.reason == FailureReason.SOURCE_MISSING
    assert converter.engine.conversions == 0


async def test_an_original_that_is_cut_short_is_not_the_documents_fault(world, start_converter):
    converter = await start_converter(consume=False, patience_seconds=0.01)
    uploaded, generation = await world.upload(FODP % 14, size_bytes=1_000_000, sha256="0" * 64)
    await converter.handler(await world.delivery(generation))
    assert converter.engine.conversions == 0
    assert await world.events_of(uploaded.media_id) == ["media.uploaded", "conversion.requested"]


async def test_a_registered_pdf_whose_object_is_gone_is_made_again(world, converter):
    first, _ = await world.upload(FODP % 15)
    gone = await world.result(first.media_id)
    await world.store.delete(gone.pdf_key)
    second, _ = await world.upload(FODP % 15)
    result = await world.result(second.media_id)
    assert not result.cached
    assert result.pdf_key != gone.pdf_key
    assert await world.store.stat(result.pdf_key)


async def test_a_request_of_a_newer_release_is_left_for_it(world, converter):
    request = ConversionRequested(media_id=new_media_id(), generation=1, reason=RequestReason.ENSURE)
    headers = to_headers(Envelope(str(uuid4()), "tests", utc_now(), request))
    headers["ce-dataschema"] = "urn:infoscreen:conversion.requested:v2"
    put_back = MESSAGES.labels("converter", "retry")._value.get
    before = put_back()
    await world.connection.js.publish(f"conversion.requested.{request.media_id}", b"{}", headers=headers)
    await until(lambda: put_back() > before, "a converter has put it back")
    assert not await StreamReader(world.connection, topology.DEAD_LETTERS).read_batch(1, 10)
    assert converter.engine.conversions == 0


async def test_a_message_that_no_version_understands_is_kept_as_a_dead_letter(world, converter):
    media_id = new_media_id()
    await world.connection.js.publish(f"media.uploaded.{media_id}", b"{}", headers={"ce-type": "media.uploaded"})
    request = ConversionRequested(media_id=media_id, generation=1, reason=RequestReason.ENSURE)
    envelope = Envelope(str(uuid4()), "tests", utc_now(), request)
    await world.connection.js.publish(
        f"conversion.requested.{media_id}", request.model_dump_json().encode(), headers=to_headers(envelope)
    )
    await world.settled()
    dead = await StreamReader(world.connection, topology.DEAD_LETTERS).read_batch(1, 10)
    assert len(dead) == 2
    assert {m.headers["Infoscreen-Dead-Reason"] for m in dead} == {"not_understood"}
    assert converter.engine.conversions == 0


@pytest.mark.parametrize("finished", [True, False], ids=["ready", "failed"])
async def test_a_request_that_a_later_result_answers_is_acknowledged_without_work(world, idle_converter, finished):
    """As when a message is redelivered after its result was published, however long ago that was."""
    if not finished:
        idle_converter.engine.script.append(raises(PermanentError(FailureReason.CORRUPT, "broken")))
    uploaded, generation = await world.upload(FODP % 16)
    delivery = await world.delivery(generation)
    await idle_converter.handler(delivery)
    events = await world.events_of(uploaded.media_id)
    assert await idle_converter.handler(replace(delivery, count=2)) == Acknowledge()
    assert await world.events_of(uploaded.media_id) == events
    assert idle_converter.engine.conversions == 1


async def test_a_new_request_after_a_failure_is_worked_on(world, converter):
    converter.engine.script.append(raises(PermanentError(FailureReason.CORRUPT, "broken")))
    uploaded, generation = await world.upload(FODP % 17)
    assert isinstance(await world.result(uploaded.media_id), ConversionFailed)
    request = ConversionRequested(media_id=uploaded.media_id, generation=generation, reason=RequestReason.RETRY)
    await world.publisher.publish(request, event_id(request.type, uploaded.media_id, "again"))
    await world.settled()
    assert (await world.events_of(uploaded.media_id))[-1] == "conversion.succeeded"


async def test_a_result_that_cannot_be_decoded_is_no_answer(world, idle_converter):
    uploaded, generation = await world.upload(FODP % 18)
    await world.connection.js.publish(f"conversion.failed.{uploaded.media_id}", b"{}")
    await idle_converter.handler(await world.delivery(generation))
    assert idle_converter.engine.conversions == 1
    assert await world.reader.last(f"conversion.succeeded.{uploaded.media_id}")
