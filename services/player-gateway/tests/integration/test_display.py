"""GET /api/media/{id}/display, …/thumbnail, …/original and /api/files/converted/{path}."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from support.until import until

from infoscreen.common.errors import FailureReason
from infoscreen.common.events import ConversionRequested, RequestReason, decode
from infoscreen.common.messaging.stream_reader import StreamReader

JSON = {"Accept": "application/json"}


@pytest.fixture
def requests(connection):
    """The requests that are in the stream."""

    async def read() -> list[ConversionRequested]:
        messages = await StreamReader(connection).read_batch(1, 200)
        facts = [decode(message.headers, message.data).event for message in messages]
        return [fact for fact in facts if isinstance(fact, ConversionRequested)]

    return read


async def test_an_upload_is_pending_at_once_with_an_estimate(stream, operator):
    deck = await stream.upload()
    answer = await operator.get(f"/api/media/{deck.id}/display")
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert answer.json()["eta"] > 0
    assert int(answer.headers["Retry-After"]) > 0


async def test_an_upload_is_pending_although_the_catalog_stands_still(stream, gateway):
    gateway.display.__dict__["catch_up_seconds"] = 0.1
    deck = await stream.upload()
    async with gateway.client() as client:
        answer = await client.get(f"/api/media/{deck.id}/display")
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")


async def test_a_ready_medium_is_a_redirect_to_its_pdf_for_ten_minutes(ready, operator):
    deck = await ready(filename="Q3 déck.pptx")
    answer = await operator.get(f"/api/media/{deck.id}/display")
    url, query = urlsplit(answer.headers["Location"]), parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (answer.status_code, url.netloc) == (302, "edge.test:8080")
    assert url.path == f"/infoscreen/{deck.pdf_key}"
    assert query["X-Amz-Expires"] == ["600"]
    assert query["response-content-disposition"][0].startswith('inline; filename="Q3 d')
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_deck_stays_ready_until_another_profile_of_it_is(stream, ready, operator):
    deck = await ready()
    request = stream.events.requested(deck.event, deck.generation, RequestReason.ENSURE, profile="p2")
    await stream.publish(request)
    await stream.publish(stream.events.started(deck.event, deck.generation, profile="p2"))
    await stream.fail(deck, FailureReason.EMPTY_RESULT, profile="p2")
    after = await stream.upload(content="after")  # once this one is seen, so is what came before
    assert (await operator.get(f"/api/media/{after.id}/display")).status_code == 202
    body = (await operator.get(f"/api/media/{deck.id}/display", headers=JSON)).json()
    assert (body["status"], body["pages"]) == ("ready", 3)
    await stream.publish(stream.events.requested(deck.event, deck.generation, RequestReason.ENSURE, profile="p2-3"))
    await stream.succeed(deck, profile="p2-3", pages=2, pdf_sha256="b" * 64)

    async def shows_the_new_one() -> bool:
        body = (await operator.get(f"/api/media/{deck.id}/display", headers=JSON)).json()
        assert body["status"] == "ready"
        return (body["pages"], body["sha256"]) == (2, "b" * 64)

    await until(shows_the_new_one, "the new rendition is shown")


async def test_a_program_that_accepts_json_gets_a_description(ready, operator):
    deck = await ready()
    body = (await operator.get(f"/api/media/{deck.id}/display", headers=JSON)).json()
    assert (body["status"], body["pages"], body["size_bytes"]) == ("ready", 3, 2000)
    assert len(body["sha256"]) == 64
    left = datetime.fromisoformat(body["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=8) < left <= timedelta(minutes=10)


async def test_a_medium_that_needs_no_conversion_is_shown_as_uploaded(stream, operator):
    picture = await stream.upload(convertible=False, media_type="image/png", filename="a.png")
    body = (await operator.get(f"/api/media/{picture.id}/display", headers=JSON)).json()
    assert (body["status"], body["media_type"], body["pages"]) == ("ready", "image/png", None)
    assert body["sha256"] == picture.event.sha256
    assert urlsplit(body["url"]).path == f"/infoscreen/{picture.event.object_key}"


async def test_an_original_is_shown_once_it_was_looked_at(stream, operator):
    pdf = await stream.upload(convertible=False, preview=True, media_type="application/pdf", filename="a.pdf")
    assert (await operator.get(f"/api/media/{pdf.id}/display", headers=JSON)).status_code == 202
    preview = f"converted/{pdf.event.sha256}/1.webp"
    await stream.succeed(pdf, target_format="preview", pdf_key=preview, thumbnail_key=preview, pages=4)
    body = (await operator.get(f"/api/media/{pdf.id}/display?wait=20", headers=JSON)).json()
    assert (body["status"], body["media_type"], body["pages"]) == ("ready", "application/pdf", 4)
    assert body["sha256"] == pdf.event.sha256
    assert urlsplit(body["url"]).path == f"/infoscreen/{pdf.event.object_key}"
    answer = await operator.get(f"/api/media/{pdf.id}/thumbnail")
    assert (answer.status_code, preview in answer.headers["Location"]) == (307, True)


async def test_an_original_that_is_not_sound_is_never_shown(stream, operator, requests):
    pdf = await stream.upload(convertible=False, preview=True, media_type="application/pdf")
    await stream.fail(pdf, FailureReason.TIMEOUT, target_format="preview")
    body = (await operator.get(f"/api/media/{pdf.id}/display?wait=20", headers=JSON)).json()
    assert (body["status"], body["reason"]) == ("failed", "timeout")
    [request] = await requests()
    assert request.target_format == "preview"


async def test_a_film_or_a_picture_that_was_made_showable_is_served_as_what_it_became(stream, operator):
    film = await stream.upload(media_type="video/quicktime", filename="a.mov")
    await stream.succeed(film, pdf_key=f"converted/{film.event.sha256}/1.mp4")
    body = (await operator.get(f"/api/media/{film.id}/display?wait=20", headers=JSON)).json()
    assert (body["status"], body["media_type"]) == ("ready", "video/mp4")
    assert "a.mp4" in body["url"]


async def test_a_failure_that_lasts_is_told_and_not_tried_again(stream, operator, requests):
    deck = await stream.upload()
    await stream.fail(deck, FailureReason.PASSWORD_PROTECTED)
    body = (await operator.get(f"/api/media/{deck.id}/display?wait=20")).json()
    assert (body["status"], body["reason"], body["retryable"]) == ("failed", "password_protected", False)
    assert "password" in body["error"]
    assert await requests() == []


async def test_a_failure_that_may_pass_is_asked_for_again_once(stream, operator, requests):
    deck = await stream.upload()
    await stream.fail(deck, FailureReason.TIMEOUT)
    answer = await operator.get(f"/api/media/{deck.id}/display?wait=20")
    assert (answer.status_code, answer.json()["reason"]) == (200, "timeout")
    await stream.fail(deck, FailureReason.TIMEOUT)
    for _ in range(3):
        await operator.get(f"/api/media/{deck.id}/display")
    assert [(request.reason, request.generation) for request in await requests()] == [
        (RequestReason.DISPLAY, deck.generation)
    ]


async def test_a_replacement_is_never_answered_with_the_old_document(stream, ready, operator):
    deck = await ready()
    for number in range(20):
        replacement = await stream.upload(deck.id, content=f"new {number}")
        answer = await operator.get(f"/api/media/{deck.id}/display")
        assert answer.status_code == 202
        await stream.succeed(replacement)
        shown = await operator.get(f"/api/media/{deck.id}/display?wait=20")
        assert replacement.event.sha256 in shown.headers["Location"]


async def test_a_deleted_medium_is_gone_at_once(stream, ready, operator):
    deck = await ready()
    await stream.delete(deck)
    assert (await operator.get(f"/api/media/{deck.id}/display")).status_code == 404


async def test_a_replacement_that_came_after_the_deletion_shows_nothing(stream, gateway):
    """No catalog projects, so the gateway answers from the stream."""
    deck = await stream.upload()
    await stream.publish(stream.events.deleted(deck.event, deck.generation))
    await stream.upload(deck.id, "late", obsolete=True)
    async with gateway.client() as client:
        assert (await client.get(f"/api/media/{deck.id}/display")).status_code == 404


async def test_a_deletion_of_an_earlier_generation_hides_nothing(stream, gateway):
    old = await stream.upload()
    await stream.upload(old.id, "new")
    await stream.publish(stream.events.deleted(old.event, old.generation))
    async with gateway.client() as client:
        assert (await client.get(f"/api/media/{old.id}/display")).status_code == 202


async def test_five_hundred_long_polls_are_answered_when_the_medium_is_ready(stream, gateway, projector):
    deck = await stream.upload()
    headers = "Host: gateway\r\nAuthorization: Bearer operator-token\r\n"
    request = f"GET /api/media/{deck.id}/display?wait=60 HTTP/1.1\r\n{headers}\r\n"
    address = urlsplit(gateway.url)

    async def wait_for_it() -> bytes:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(request.encode())
        status = await reader.readline()
        writer.close()
        return status

    waiting = [asyncio.create_task(wait_for_it()) for _ in range(500)]

    def all_wait():
        early = [task.result() for task in waiting if task.done()]
        assert not early
        return REGISTRY.get_sample_value("infoscreen_gateway_long_polls") == 500

    await until(all_wait, "500 requests wait")
    await stream.succeed(deck)
    assert set(await asyncio.gather(*waiting)) == {b"HTTP/1.1 302 Found\r\n"}


async def test_a_long_poll_that_times_out_is_answered_pending(stream, operator):
    deck = await stream.upload()
    await stream.start(deck)

    async def answered():
        """What it says at last; on a busy machine it may say first that the database took too long."""
        answer = await operator.get(f"/api/media/{deck.id}/display?wait=0.3")
        return answer if answer.status_code != 503 else None

    answer = await until(answered, "an answer about the medium")
    assert (answer.status_code, answer.json()["status"]) in {(202, "pending"), (202, "processing")}


async def test_thumbnails_are_redirects_and_images_are_their_own(stream, ready, operator):
    deck = await ready()
    picture = await stream.upload(convertible=False, media_type="image/png")
    waiting = await stream.upload()
    answer = await operator.get(f"/api/media/{deck.id}/thumbnail")
    assert (answer.status_code, urlsplit(answer.headers["Location"]).path[-5:]) == (307, ".webp")
    answer = await operator.get(f"/api/media/{picture.id}/thumbnail")
    assert (answer.status_code, picture.event.object_key in answer.headers["Location"]) == (307, True)
    assert (await operator.get(f"/api/media/{waiting.id}/thumbnail")).status_code == 404


async def test_people_get_sheets_of_page_pictures_as_many_as_the_pages_take(gateway, stream, operator):
    deck, waiting = await stream.upload(), await stream.upload()
    await stream.succeed(deck, pages=25)
    await operator.get(f"/api/media/{deck.id}/display?wait=20", headers=JSON)
    for number in (0, 1):
        answer = await operator.get(f"/api/media/{deck.id}/sheets/{number}")
        sheet = f"converted/{deck.event.sha256}/{deck.id}.sheet-{number}.webp"
        assert (answer.status_code, sheet in answer.headers["Location"]) == (307, True)
    assert (await operator.get(f"/api/media/{deck.id}/sheets/2")).status_code == 404
    assert (await operator.get(f"/api/media/{waiting.id}/sheets/0")).status_code == 404
    async with gateway.client("player-token") as screen:
        assert (await screen.get(f"/api/media/{deck.id}/sheets/0")).status_code == 403


async def test_people_get_the_original_in_every_state_and_players_never_do(gateway, stream, ready, operator):
    for deck in (await ready(), await stream.upload()):
        answer = await operator.get(f"/api/media/{deck.id}/original")
        assert (answer.status_code, deck.event.object_key in answer.headers["Location"]) == (307, True)
    async with gateway.client("player-token") as screen:
        assert (await screen.get(f"/api/media/{deck.id}/original")).status_code == 403


async def test_converted_files_are_found_by_their_path_while_they_are_current(stream, ready, operator):
    deck = await ready()
    path = f"/api/files/{deck.pdf_key}"
    assert (await operator.get(path)).status_code == 307
    assert (await operator.get(path.replace(".pdf", ".webp"))).status_code == 307
    await stream.upload(deck.id, content="new")
    await operator.get(f"/api/media/{deck.id}/display")
    assert (await operator.get(path)).status_code == 404


async def test_invalid_requests_are_answered_with_problems(operator):
    paths = {
        f"/api/media/{uuid4()}/display": 404,
        f"/api/media/{uuid4()}/thumbnail": 404,
        f"/api/media/{uuid4()}/original": 404,
        f"/api/files/converted/{'a' * 64}/{uuid4()}.pdf": 404,
        f"/api/media/{uuid4()}/sheets/0": 404,
        f"/api/media/{uuid4()}/sheets/-1": 422,
        "/api/media/odd/display": 422,
        f"/api/media/{uuid4()}/display?wait=1000": 422,
        f"/api/media/{uuid4()}/display?wait=nan": 422,
        "/api/files/converted/odd": 422,
        f"/api/files/converted/..%2F..%2Foriginals/{uuid4()}.pdf": 422,
        "/api/nothing": 404,
    }
    for path, status in paths.items():
        answer = await operator.get(path)
        assert (path, answer.status_code, answer.headers["content-type"]) == (path, status, "application/problem+json")


async def test_a_request_without_a_valid_token_is_refused(gateway, ready):
    deck = await ready()
    async with gateway.client(token=None) as stranger, gateway.client(token="wrong") as liar:
        for client in (stranger, liar):
            for path in (
                f"media/{deck.id}/display",
                f"media/{deck.id}/thumbnail",
                f"media/{deck.id}/original",
                f"files/{deck.pdf_key}",
            ):
                assert (await client.get(f"/api/{path}")).status_code == 401
