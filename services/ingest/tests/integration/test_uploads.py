"""POST, PUT and DELETE on a real ingest: what is answered, what is stored, what is announced."""

import asyncio
import hashlib
from uuid import UUID

import httpx
import pytest
from support.until import until

from infoscreen.common.events import ConversionRequested, MediaTrashed, MediaUploaded, Priority, new_media_id
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import PART_SIZE_BYTES
from infoscreen.common.rendition import Rendition, rendition_key

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def as_form(content, filename="menu.pptx"):
    return {"files": {"file": (filename, content, "application/octet-stream")}}


async def upload(client, content, filename="menu.pptx", **headers):
    return await client.post("/api/media", **as_form(content, filename), headers=headers)


async def test_the_answer_to_an_upload_describes_the_medium(client, deck):
    response = await upload(client, deck, "Menü für heute.pptx")
    answer = response.json()
    media_id = answer.pop("media_id")
    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/media/{media_id}"
    assert UUID(media_id).version == 7
    assert answer == {
        "filename": "Menü für heute.pptx",
        "media_type": PPTX,
        "size_bytes": len(deck),
        "sha256": hashlib.sha256(deck).hexdigest(),
        "status": "uploaded",
        "conversion_status": "pending",
        "links": {
            "self": f"/api/media/{media_id}",
            "status": f"/api/conversions/{media_id}/status",
            "display": f"/api/media/{media_id}/display",
        },
    }


async def test_an_upload_is_in_the_stream_and_in_the_bucket_when_it_is_answered(client, stream, bucket, deck):
    answer = (await upload(client, deck)).json()
    [event] = await stream.events()
    assert event == MediaUploaded(
        media_id=answer["media_id"],
        filename="menu.pptx",
        media_type=PPTX,
        extension="pptx",
        size_bytes=len(deck),
        sha256=answer["sha256"],
        object_key=event.object_key,
        uploaded_by="bob",
        owner="bob",
    )
    assert event.object_key.startswith(f"originals/{answer['media_id']}/")
    assert event.object_key.endswith(".pptx")
    assert await bucket.get(event.object_key) == deck


async def test_the_body_may_be_the_file_itself(client, stream, bucket, deck):
    response = await client.post("/api/media", params={"filename": "menu.pptx"}, content=deck)
    assert response.status_code == 201
    [event] = await stream.events()
    assert (event.filename, await bucket.get(event.object_key)) == ("menu.pptx", deck)


async def test_a_file_of_several_parts_is_stored_whole_and_told_by_its_content(client, stream, bucket, make_deck):
    deck = make_deck(padding_bytes=PART_SIZE_BYTES + 1)
    response = await upload(client, deck, "menu.bin")
    assert response.status_code == 201
    assert response.json()["media_type"] == PPTX
    [event] = await stream.events()
    assert await bucket.get(event.object_key) == deck


@pytest.mark.parametrize("size", [0, PART_SIZE_BYTES])
async def test_content_that_cannot_be_shown_is_refused_whatever_its_name(client, stream, bucket, size):
    response = await upload(client, b"<html></html>" + b" " * size, "menu.pptx")
    assert response.status_code == 415
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.json()["code"], response.json()["kind"]) == ("unsupported_type", "web_page")
    assert await stream.events() == []
    assert await bucket.list("") == []


async def test_a_damaged_file_is_another_problem_than_an_unsupported_one(client, deck):
    damaged, unsupported = (await upload(client, deck[:-30])).json(), (await upload(client, b"plain")).json()
    assert damaged["type"] == "urn:infoscreen:problem:damaged_file"
    assert unsupported["type"] == "urn:infoscreen:problem:unsupported_type"


@pytest.mark.parametrize("as_raw", [True, False])
async def test_a_name_arrives_the_same_both_ways(client, deck, as_raw):
    name = "会議　資料\u202f2.pptx"
    raw = {"params": {"filename": name}, "content": deck}
    answer = await client.post("/api/media", **(raw if as_raw else as_form(deck, name)))
    assert answer.json()["filename"] == "会議 資料 2.pptx"


async def test_a_pdf_needs_no_conversion_and_is_looked_at_before_others_are_converted(client, stream):
    answer = (await upload(client, b"%PDF-1.7\n%%EOF", "menu.pdf")).json()
    assert answer["conversion_status"] == "not_needed"
    uploaded, requested = await stream.events()
    assert (uploaded.convertible, uploaded.preview, uploaded.priority) == (False, True, "normal")
    assert (requested.target_format, requested.priority, requested.reason) == ("preview", "urgent", "priority")


async def test_bytes_that_were_converted_before_are_ready(client, stream, deck):
    registry = RenditionRegistry(stream.connection)
    rendition = Rendition(
        pdf_key="converted/x.pdf",
        pdf_sha256="1" * 64,
        pdf_size_bytes=1,
        pages=1,
        thumbnail_key=None,
        duration_seconds=1,
    )
    await registry.register(rendition_key(hashlib.sha256(deck).hexdigest(), "pdf", "default"), rendition)
    assert (await upload(client, deck)).json()["conversion_status"] == "ready"


@pytest.mark.parametrize("priority", [Priority.URGENT, Priority.BULK])
async def test_an_upload_takes_the_lane_of_its_priority_at_once(client, stream, deck, priority):
    response = await client.post("/api/media", params={"priority": priority}, **as_form(deck))
    assert response.status_code == 201
    uploaded, requested = await stream.events()
    assert uploaded.priority == priority
    assert isinstance(requested, ConversionRequested)
    assert (requested.media_id, requested.generation, requested.priority) == (uploaded.media_id, 1, priority)


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"params": {"priority": "now"}, **as_form(b"x")}, 422, "invalid_request"),
        ({"headers": {"Idempotency-Key": "k" * 256}, **as_form(b"x")}, 422, "invalid_request"),
        ({"content": b"x"}, 400, "filename_missing"),
        ({"content": b"x", "params": {"filename": "x" * 256}}, 400, "filename_too_long"),
        ({"content": b"x", "params": {"filename": ""}}, 400, "filename_invalid"),
        ({"content": b"", "params": {"filename": "a.pdf"}}, 400, "empty_file"),
        (as_form(b""), 400, "empty_file"),
        ({"files": {"other": ("a.pdf", b"x")}}, 400, "file_missing"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "form_invalid"),
    ],
    ids=lambda value: str(value) if isinstance(value, str | int) else "",
)
async def test_an_invalid_request_is_answered_with_its_mistake(*, client, stream, bucket, request_, status, code):
    response = await client.post("/api/media", **request_)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert await stream.events() == []
    assert await bucket.list("") == []


A_MEDIUM = f"/api/media/{UUID(int=1)}"


@pytest.mark.parametrize(("name", "status"), [(None, 401), ("unknown", 401), ("pi", 403)])
@pytest.mark.parametrize(("method", "path"), [("POST", "/api/media"), ("PUT", A_MEDIUM), ("DELETE", A_MEDIUM)])
async def test_only_uploaders_and_operators_are_let_in(ingest, name, status, method, path):
    async with httpx.AsyncClient(base_url=ingest.url, trust_env=False) as client:
        headers = {"Authorization": f"Bearer {name}"} if name else {}
        response = await client.request(method, path, headers=headers, content=b"x" if method != "DELETE" else None)
    assert response.status_code == status


async def test_operators_may_upload(ingest, stream, deck):
    async with ingest.client("ann") as client:
        assert (await upload(client, deck)).status_code == 201
    assert [event.uploaded_by for event in await stream.events()] == ["ann"]


# Replacing and deleting


async def test_a_replacement_is_a_new_generation_of_the_same_medium(client, stream, make_deck):
    first = (await upload(client, make_deck(title="first"))).json()
    second = await client.put(first["links"]["self"], **as_form(make_deck(title="second"), "second.pptx"))
    assert (second.status_code, second.headers["Location"]) == (200, first["links"]["self"])
    assert second.json()["media_id"] == first["media_id"]
    assert second.json()["sha256"] != first["sha256"]
    events = await stream.events()
    assert [(event.filename, event.replaces) for event in events] == [("menu.pptx", None), ("second.pptx", 1)]
    assert events[0].object_key != events[1].object_key


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_an_unknown_medium_is_not_found(client, stream, bucket, deck, method):
    body = as_form(deck) if method == "PUT" else {}
    response = await client.request(method, f"/api/media/{new_media_id()}", **body)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert await stream.events() == []
    assert await bucket.list("") == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_path_that_is_no_id_is_an_invalid_request(client, method):
    response = await client.request(method, "/api/media/not-an-id")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


async def test_a_deleted_medium_is_gone_for_every_further_request(client, stream, deck):
    path = (await upload(client, deck)).json()["links"]["self"]
    response = await client.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert (await client.delete(path)).status_code == 404
    assert (await client.put(path, **as_form(deck))).status_code == 404
    uploaded, trashed = await stream.events()
    assert trashed == MediaTrashed(media_id=uploaded.media_id, trashed_by="bob", generation=1)


async def test_deleting_twice_at_once_is_one_deletion(client, stream, deck):
    path = (await upload(client, deck)).json()["links"]["self"]
    statuses = [r.status_code for r in await asyncio.gather(*(client.delete(path) for _ in range(8)))]
    assert set(statuses) <= {204, 404}
    assert 204 in statuses
    assert len(await stream.events("media.trashed")) == 1


async def test_a_medium_that_is_deleted_while_its_replacement_comes_stays_deleted(
    *, client, stream, bucket, deck, make_deck, unfinished
):
    path = (await upload(client, deck)).json()["links"]["self"]
    large, deleted = make_deck(padding_bytes=PART_SIZE_BYTES), asyncio.Event()

    async def slowly():
        yield large[:-100]
        await deleted.wait()
        yield large[-100:]

    replacing = asyncio.create_task(client.put(path, params={"filename": "a.pptx"}, content=slowly()))
    await unfinished(1)
    assert (await client.delete(path)).status_code == 204
    deleted.set()
    assert (await replacing).status_code == 404
    assert [type(event) for event in await stream.events()] == [MediaUploaded, MediaTrashed]
    assert len(await bucket.list("originals/")) == 1


# Idempotency


async def test_the_same_key_again_is_the_same_upload(client, stream, bucket, deck):
    first, second = [await upload(client, deck, **{"Idempotency-Key": "key-1"}) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(await stream.events()) == 1
    assert len(await bucket.list("originals/")) == 1


async def test_the_same_key_from_many_requests_at_once_is_one_upload(client, stream, bucket, deck):
    responses = await asyncio.gather(*(upload(client, deck, **{"Idempotency-Key": "key-1"}) for _ in range(8)))
    assert {response.status_code for response in responses} == {201}
    assert len({response.json()["media_id"] for response in responses}) == 1
    [event] = await stream.events()
    assert [stored.key for stored in await bucket.list("originals/")] == [event.object_key]


async def test_the_same_key_with_other_content_is_refused(client, stream, bucket, make_deck):
    await upload(client, make_deck(title="one"), **{"Idempotency-Key": "key-1"})
    response = await upload(client, make_deck(title="other"), **{"Idempotency-Key": "key-1"})
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await stream.events()) == 1
    assert len(await bucket.list("originals/")) == 1


async def test_a_key_belongs_to_the_token_that_uses_it(client, ingest, stream, deck):
    await upload(client, deck, **{"Idempotency-Key": "key-1"})
    async with ingest.client("ann") as other:
        await upload(other, deck, **{"Idempotency-Key": "key-1"})
    assert [event.uploaded_by for event in await stream.events()] == ["bob", "ann"]


async def test_without_a_key_the_same_file_again_is_another_medium(client, stream, deck):
    first, second = (await upload(client, deck)).json(), (await upload(client, deck)).json()
    assert first["media_id"] != second["media_id"]
    assert len(await stream.events()) == 2


async def test_a_replacement_under_the_same_key_again_is_one_generation(client, stream, deck):
    headers = {"Idempotency-Key": "key-1"}
    path = (await upload(client, deck, **headers)).json()["links"]["self"]
    for _ in range(2):
        assert (await client.put(path, **as_form(deck), headers=headers)).status_code == 200
    assert [event.replaces for event in await stream.events()] == [None, 1]


# What surrounds a request


async def test_a_token_that_asks_too_often_is_told_to_wait(start_ingest, nats_url, stream, s3, deck):
    ingest = start_ingest(nats_url, s3, INGEST_RATE_LIMIT="3/hour")
    async with ingest.client() as client, ingest.client("ann") as other:
        await ingest.sees_nats()
        assert [(await upload(client, deck)).status_code for _ in range(3)] == [201] * 3
        refused = await upload(client, deck)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
        assert int(refused.headers["Retry-After"]) >= 1
        assert (await upload(other, deck)).status_code == 201
    assert len(await stream.events()) == 4


async def test_the_trace_of_a_request_goes_on_in_its_events(client, stream, deck):
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    assert (await upload(client, deck, **headers)).status_code == 201
    message = await StreamReader(stream.connection).at(1)
    assert message.headers["traceparent"].split("-")[1] == trace_id


async def test_a_request_is_one_line_of_the_log_without_its_token(ingest, client, stream, deck):
    answer = (await upload(client, deck)).json()
    await client.delete(answer["links"]["self"])
    path = f"path={answer['links']['self']}"
    await until(lambda: path in ingest.log.read_text(), "the line, which comes after the answer")
    assert "Bearer" not in ingest.log.read_text()


async def test_uploads_and_their_bytes_are_counted(ingest, client, stream, deck):
    await upload(client, deck)
    async with httpx.AsyncClient(trust_env=False) as ops:
        metrics = (await ops.get(f"{ingest.ops_url}/metrics")).text
    assert 'infoscreen_uploads_total{outcome="accepted"}' in metrics
    assert 'route="/api/media",status="201"' in metrics
