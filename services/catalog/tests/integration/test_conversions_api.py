"""POST /api/conversions/{id}/pdf, GET …/status and /api/admin/conversions/status."""

from uuid import uuid4

import pytest

from infoscreen.common.errors import FailureReason
from infoscreen.common.events import ConversionRequested, Priority, RequestReason, decode
from infoscreen.common.messaging.stream_reader import StreamReader


@pytest.fixture
async def requests(connection):
    """Reads the conversion requests in the stream."""

    async def read() -> list[ConversionRequested]:
        messages = await StreamReader(connection).read_batch(1, 100)
        facts = [decode(message.headers, message.data).event for message in messages]
        return [fact for fact in facts if isinstance(fact, ConversionRequested)]

    return read


async def test_the_status_is_pending_right_after_the_upload(stream, operator):
    deck = await stream.upload()
    state = (await operator.get(f"/api/conversions/{deck.id}/status")).json()
    assert (state["status"], state["queue_position"], state["attempts"]) == ("pending", 1, 0)
    assert state["eta_seconds"] > 0


async def test_the_status_of_a_failed_conversion_has_reason_and_advice(stream, catalog, operator):
    deck = await stream.upload()
    await catalog.projected(await stream.fail(deck, FailureReason.PASSWORD_PROTECTED, attempt=1))
    state = (await operator.get(f"/api/conversions/{deck.id}/status")).json()
    assert (state["status"], state["reason"], state["retryable"]) == ("failed", "password_protected", False)
    assert "password" in state["message"]
    assert state["finished_at"] is not None


async def test_the_queue_position_counts_earlier_requests_and_faster_lanes(stream, catalog, operator):
    first, second = await stream.upload(), await stream.upload()
    bulk = await stream.upload(priority=Priority.BULK)
    urgent = await stream.upload(priority=Priority.URGENT)
    await catalog.projected(urgent.generation)
    positions = [
        (await operator.get(f"/api/conversions/{deck.id}/status")).json()["queue_position"]
        for deck in (urgent, first, second, bulk)
    ]
    assert positions == [1, 2, 3, 4]


async def test_the_estimate_follows_earlier_durations(stream, catalog, operator):
    done, waiting = await stream.upload(content="done"), await stream.upload(content="waiting")
    await catalog.projected(await stream.succeed(done, duration_seconds=40))
    assert (await operator.get(f"/api/conversions/{waiting.id}/status")).json()["eta_seconds"] == 40


async def test_ensuring_a_pdf_that_is_ready_or_not_needed_requests_nothing(stream, catalog, operator, requests):
    ready, picture = await stream.upload(), await stream.upload(convertible=False)
    await catalog.projected(await stream.succeed(ready))
    answers = [await operator.post(f"/api/conversions/{medium.id}/pdf") for medium in (ready, picture)]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [
        (200, "ready"),
        (200, "not_needed"),
    ]
    assert await requests() == []


async def test_an_original_that_failed_is_looked_at_again_when_asked_for(stream, catalog, operator, requests):
    pdf = await stream.upload(convertible=False, preview=True)
    await catalog.projected(await stream.fail(pdf, target_format="preview"))
    answer = await operator.post(f"/api/conversions/{pdf.id}/pdf", params={"pages": "1"})
    assert (answer.status_code, answer.json()["target_format"]) == (202, "preview")
    [request] = await requests()
    assert (request.target_format, request.reason, request.profile) == ("preview", "retry", "default")


async def test_ensuring_a_pdf_that_is_pending_or_processing_requests_nothing(stream, catalog, operator, requests):
    deck = await stream.upload()
    assert (await operator.post(f"/api/conversions/{deck.id}/pdf")).status_code == 202
    await catalog.projected(await stream.start(deck))
    answer = await operator.post(f"/api/conversions/{deck.id}/pdf?priority=urgent")
    assert (answer.status_code, answer.json()["status"]) == (202, "processing")
    assert await requests() == []


async def test_new_options_queue_a_ready_conversion_once_and_equal_options_do_not(stream, catalog, operator, requests):
    deck = await stream.upload()
    await catalog.projected(await stream.succeed(deck, pages=7))
    wanted = {"pages": "1-3,7", "image_quality": 60, "archival": True}
    for _ in range(2):
        answer = await operator.post(f"/api/conversions/{deck.id}/pdf", params=wanted)
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")
        assert answer.json()["profile"] == "pdfa__p1-3_7__q60"
    assert [(fact.reason, fact.profile) for fact in await requests()] == [(RequestReason.ENSURE, "pdfa__p1-3_7__q60")]
    answer = await operator.post(f"/api/conversions/{deck.id}/pdf", params={"pages": "all"})
    assert answer.json()["profile"] == "default"


@pytest.mark.parametrize(
    "options", [{"pages": "0"}, {"pages": "3-1"}, {"pages": "one"}, {"image_quality": 0}, {"image_quality": 101}]
)
async def test_invalid_options_are_refused(stream, operator, requests, options):
    deck = await stream.upload()
    answer = await operator.post(f"/api/conversions/{deck.id}/pdf", params=options)
    assert answer.status_code == 422
    assert next(iter(options)).replace("pages", "page") in answer.text
    assert await requests() == []


@pytest.mark.parametrize("pages", ["8", "1-8", "2,99-120,1"])
async def test_pages_that_the_deck_does_not_have_are_refused(stream, catalog, operator, requests, pages):
    deck = await stream.upload()
    await catalog.projected(await stream.succeed(deck, pages=7))
    answer = await operator.post(f"/api/conversions/{deck.id}/pdf", params={"pages": pages})
    last = max(int(page) for page in pages.replace("-", ",").split(","))
    assert answer.status_code == 422
    assert answer.json()["detail"] == (f"The document has 7 pages, so there is no page {last}. Ask for pages up to 7.")
    assert await requests() == []


async def test_pages_are_queued_while_the_number_of_pages_is_unknown(stream, catalog, operator):
    deck = await stream.upload()
    params = {"pages": "99"}
    assert (await operator.post(f"/api/conversions/{deck.id}/pdf", params=params)).status_code == 202
    await catalog.projected(await stream.succeed(deck, pages=1, profile="p99"))
    params = {"pages": "2"}  # one page of it is ready, and how many there are is still unknown
    assert (await operator.post(f"/api/conversions/{deck.id}/pdf", params=params)).status_code == 202


async def test_list_and_detail_tell_what_screens_show_beside_a_profile_that_failed(stream, catalog, operator):
    deck = await stream.upload()
    await catalog.projected(await stream.succeed(deck, pages=7))
    await operator.post(f"/api/conversions/{deck.id}/pdf", params={"image_quality": 40})
    await catalog.projected(await stream.fail(deck, profile="q40"))
    [item] = (await operator.get("/api/media")).json()["items"]
    detail = (await operator.get(f"/api/media/{deck.id}")).json()
    for told in (item, detail):
        assert (told["conversion_status"], told["shown_profile"], told["pages"]) == ("failed", "default", 7)
        assert told["message"]
    state = (await operator.get(f"/api/conversions/{deck.id}/status")).json()
    assert (state["status"], state["profile"], state["shown_profile"]) == ("failed", "q40", "default")


async def test_ensuring_a_failed_conversion_queues_it_once(stream, catalog, operator, requests):
    deck = await stream.upload()
    await catalog.projected(await stream.fail(deck))
    answers = [await operator.post(f"/api/conversions/{deck.id}/pdf") for _ in range(3)]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(202, "pending")] * 3
    assert [(request.reason, request.generation) for request in await requests()] == [
        (RequestReason.RETRY, deck.generation)
    ]


async def test_a_conversion_that_fails_again_can_be_requested_again(stream, catalog, operator, requests):
    deck = await stream.upload()
    for _ in range(2):
        await catalog.projected(await stream.fail(deck))
        await operator.post(f"/api/conversions/{deck.id}/pdf")
    assert len(await requests()) == 2


async def test_a_pending_conversion_can_be_moved_to_a_faster_lane(stream, operator, requests):
    deck = await stream.upload()
    answer = await operator.post(f"/api/conversions/{deck.id}/pdf", params={"priority": "urgent"})
    assert (answer.status_code, answer.json()["priority"]) == (202, "urgent")
    assert [(request.reason, request.priority) for request in await requests()] == [
        (RequestReason.PRIORITY, Priority.URGENT)
    ]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/conversions/{}/status"), ("POST", "/api/conversions/{}/pdf")]
)
async def test_unknown_and_invalid_ids_are_problems(operator, method, path):
    assert (await operator.request(method, path.format(uuid4()))).status_code == 404
    assert (await operator.request(method, path.format("odd"))).status_code == 422


async def test_an_unknown_priority_is_refused(stream, operator):
    deck = await stream.upload()
    assert (await operator.post(f"/api/conversions/{deck.id}/pdf?priority=now")).status_code == 422


async def test_the_statistics_count_current_conversions_only(stream, catalog, operator):
    ready, failed, _ = await stream.upload(), await stream.upload(), await stream.upload(priority=Priority.BULK)
    replaced = await stream.upload(content="old")
    await stream.succeed(replaced, duration_seconds=100)
    await stream.start(await stream.upload(replaced.id, content="new"))
    for seconds in (1, 2, 3):
        await stream.succeed(await stream.upload(content=f"done-{seconds}"), duration_seconds=seconds)
    await stream.succeed(ready, duration_seconds=99, cached=True)
    await catalog.projected(await stream.fail(failed))
    figures = (await operator.get("/api/admin/conversions/status")).json()
    assert {key: figures[key] for key in ("pending", "processing", "ready", "failed")} == {
        "pending": 1,
        "processing": 1,
        "ready": 4,
        "failed": 1,
    }
    assert (figures["avg_duration_seconds"], figures["p50_duration_seconds"]) == (2, 2)
    assert figures["lanes"]["bulk"] == {"pending": 1, "processing": 0}
    assert figures["oldest_pending_seconds"] >= 0


async def test_the_statistics_of_an_empty_system_are_empty(operator):
    figures = (await operator.get("/api/admin/conversions/status")).json()
    assert (figures["pending"], figures["avg_duration_seconds"], figures["oldest_pending_seconds"]) == (0, None, None)


async def test_the_statistics_admit_operators_only(catalog):
    async with catalog.client(role="uploader") as uploader:
        assert (await uploader.get("/api/admin/conversions/status")).status_code == 403
