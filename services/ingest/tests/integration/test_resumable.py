"""Resumable uploads on the real servers: whatever is cut, killed or repeated, one medium with the right bytes."""

import asyncio
import base64
import hashlib
import signal
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from support.until import until

from infoscreen.common.object_keys import record_key
from infoscreen.ingest.resumable.ending import Ender
from infoscreen.ingest.resumable.record import PART_BYTES
from infoscreen.ingest.resumable.records import ObjectRecords

TUS = {"Tus-Resumable": "1.0.0"}
STREAM = {**TUS, "Content-Type": "application/offset+octet-stream"}
A_DAY = timedelta(hours=24)


def metadata(**values):
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def checksum(content, algorithm="sha1"):
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


async def begin(client, length, content=None, name="menu.pptx", **headers):
    head = {"Upload-Length": str(length), "Upload-Metadata": metadata(filename=name), **TUS, **headers}
    if content is not None:
        head |= STREAM
    return await client.post("/api/uploads", headers=head, content=content)


async def begun(client, length, **options):
    response = await begin(client, length, **options)
    assert response.status_code == 201, response.text
    return response.headers["Location"]


async def send(client, url, offset, content, **headers):
    return await client.patch(url, headers={**STREAM, "Upload-Offset": str(offset), **headers}, content=content)


async def offset_of(client, url):
    response = await client.head(url, headers=TUS)
    assert response.status_code == 200
    return int(response.headers["Upload-Offset"])


async def the_upload(stream, bucket, content):
    """The only event, once its object has been compared."""
    [event] = await stream.events()
    assert (event.size_bytes, event.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert await bucket.get(event.object_key) == content
    return event


@pytest.fixture
def big_deck(make_deck):
    """More than one part."""
    return make_deck(padding_bytes=6 * 1024**2)


async def test_an_upload_in_pieces_becomes_one_medium(client, stream, bucket, big_deck):
    url = await begun(client, len(big_deck))
    offset = 0
    for size in (1, 0, 1000, PART_BYTES, len(big_deck)):
        piece = big_deck[offset : offset + size]
        response = await send(client, url, offset, piece)
        assert response.status_code == 204, response.text
        offset += len(piece)
        assert int(response.headers["Upload-Offset"]) == offset
    event = await the_upload(stream, bucket, big_deck)
    assert response.headers["Infoscreen-Media-Id"] == str(event.media_id)
    assert event.uploaded_by == "bob"
    assert await offset_of(client, url) == len(big_deck)
    assert (await send(client, url, len(big_deck), b"")).status_code == 204
    assert len(await stream.events()) == 1
    assert [item.key for item in await bucket.list("uploads/")] == [record_key(url.rsplit("/", 1)[1])]


async def test_one_request_is_enough(client, stream, bucket, big_deck):
    response = await begin(client, len(big_deck), big_deck)
    assert response.status_code == 201
    assert int(response.headers["Upload-Offset"]) == len(big_deck)
    await the_upload(stream, bucket, big_deck)


async def test_a_beginning_and_one_request_are_not_read_again_for_the_hash(client, stream, bucket, big_deck):
    url = (await begin(client, len(big_deck), big_deck[:1000])).headers["Location"]
    await send(client, url, 1000, big_deck[1000:])
    event = await the_upload(stream, bucket, big_deck)
    assert (await ObjectRecords(bucket).load(url.rsplit("/", 1)[1])).record.sha256 == event.sha256


async def test_bytes_by_bytes(client, stream, bucket, deck):
    url = await begun(client, len(deck))
    for offset in range(20):
        assert (await send(client, url, offset, deck[offset : offset + 1])).status_code == 204
    assert (await send(client, url, 20, deck[20:])).status_code == 204
    await the_upload(stream, bucket, deck)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload-Length": "0"}, 400, "empty_file"),
        ({"Upload-Length": "x"}, 400, "header_missing"),
        ({"Upload-Length": str(8 * 1024**2 + 1)}, 413, "too_large"),
        ({"Upload-Metadata": ""}, 400, "filename_missing"),
        ({"Upload-Metadata": "filename ***"}, 400, "metadata_invalid"),
        ({"Upload-Metadata": metadata(filename="a.pdf", priority="now")}, 400, "metadata_invalid"),
        ({"Upload-Metadata": metadata(filename="a.pdf", replaces="x")}, 400, "metadata_invalid"),
        ({"Tus-Resumable": "0.2.2"}, 412, "tus_version"),
    ],
)
async def test_what_cannot_be_begun_is_refused_and_leaves_nothing(client, bucket, headers, status, code):
    response = await begin(client, 10, **headers)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["Tus-Resumable"] == "1.0.0"
    assert await bucket.list("") == []


async def test_another_offset_is_refused(client, deck):
    url = await begun(client, len(deck))
    await send(client, url, 0, deck[:10])
    for offset in (0, 9, 11):
        response = await send(client, url, offset, deck[offset:])
        assert (response.status_code, response.json()["code"]) == (409, "wrong_offset")
    assert await offset_of(client, url) == 10


async def test_more_than_was_announced_is_refused(client, stream, deck):
    url = await begun(client, len(deck) - 1)
    response = await send(client, url, 0, deck)
    assert (response.status_code, response.json()["code"]) == (413, "beyond_length")
    assert await stream.events() == []


async def test_a_body_of_another_type_is_refused(client, deck):
    url = await begun(client, len(deck))
    assert (await send(client, url, 0, deck, **{"Content-Type": "text/plain"})).status_code == 415
    assert await offset_of(client, url) == 0


async def test_another_account_learns_nothing_of_an_upload(ingest, client, deck):
    url = await begun(client, len(deck))
    async with ingest.client("ann") as ann:
        for response in (
            await ann.head(url, headers=TUS),
            await send(ann, url, 0, deck),
            await send(ann, url, 5, deck),
            await ann.delete(url, headers=TUS),
        ):
            assert response.status_code == 403
            assert "Upload-Offset" not in response.headers
    assert await offset_of(client, url) == 0


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_a_wrong_checksum_over_several_parts_moves_nothing(client, stream, bucket, big_deck, algorithm):
    url = await begun(client, len(big_deck))
    await send(client, url, 0, big_deck[:10])
    wrong = await send(client, url, 10, big_deck[10:], **{"Upload-Checksum": checksum(b"else", algorithm)})
    assert (wrong.status_code, wrong.json()["code"]) == (460, "checksum_mismatch")
    assert await offset_of(client, url) == 10
    right = {"Upload-Checksum": checksum(big_deck[10:], algorithm)}
    assert (await send(client, url, 10, big_deck[10:], **right)).status_code == 204
    await the_upload(stream, bucket, big_deck)


async def test_an_unknown_checksum_is_refused(client, deck):
    url = await begun(client, len(deck))
    assert (await send(client, url, 0, deck, **{"Upload-Checksum": "crc32 AAAA"})).status_code == 400


async def test_an_ended_upload_leaves_nothing(client, bucket, unfinished, big_deck):
    url = await begun(client, len(big_deck))
    await send(client, url, 0, big_deck[: PART_BYTES + 10])
    assert (await client.delete(url, headers=TUS)).status_code == 204
    assert await bucket.list("") == []
    await unfinished(0)
    assert (await client.head(url, headers=TUS)).status_code == 410
    assert (await send(client, url, 0, big_deck)).status_code == 410


async def test_ending_a_finished_upload_ends_no_medium(client, stream, bucket, deck):
    url = (await begin(client, len(deck), deck)).headers["Location"]
    assert (await client.delete(url, headers=TUS)).status_code == 204
    assert (await client.head(url, headers=TUS)).status_code == 410
    await the_upload(stream, bucket, deck)


async def test_a_file_of_a_wrong_type_is_refused_by_its_first_bytes(client, bucket, unfinished):
    url = await begun(client, 8 * 1024**2, name="zeros.pptx")

    async def body():
        yield bytes(128 * 1024)
        await until(removed, "it is refused while the rest is still to come")

    async def removed():
        return await bucket.list("") == []

    response = await send(client, url, 0, body())
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_type")
    assert await bucket.list("") == []
    await unfinished(0)


async def test_a_small_file_of_a_wrong_type_is_refused(client, stream, bucket):
    response = await begin(client, 4, b"nope")
    assert response.status_code == 415
    assert (await bucket.list(""), await stream.events()) == ([], [])


async def test_a_cut_request_keeps_what_came_and_an_older_one_commits_nothing(client, stream, bucket, big_deck):
    """A half-open connection: its request is still there when the client goes on by another one."""
    url = await begun(client, len(big_deck))
    going_on = asyncio.Event()

    async def half_open():
        yield big_deck[:1000]
        await going_on.wait()
        yield b"\xff" * 10

    older = asyncio.create_task(send(client, url, 0, half_open()))
    await until(lambda: claimed(bucket, url), "the first request has claimed the upload")
    assert (await send(client, url, 0, big_deck[:2000])).status_code == 204
    going_on.set()
    answer = await older
    assert (answer.status_code, answer.json()["code"]) == (409, "overtaken")
    assert await offset_of(client, url) == 2000
    assert (await send(client, url, 2000, big_deck[2000:])).status_code == 204
    await the_upload(stream, bucket, big_deck)


async def claimed(bucket, url):
    held = await ObjectRecords(bucket).load(url.rsplit("/", 1)[1])
    return held.record.epoch > 0


async def test_a_stalled_request_keeps_what_came(client, stream, bucket, big_deck):
    url = await begun(client, len(big_deck))

    async def stalls():
        yield big_deck[: PART_BYTES + 1000]
        await until(kept, "the server has waited long enough")

    async def kept():
        held = await ObjectRecords(bucket).load(url.rsplit("/", 1)[1])
        return held.record.tail is not None

    response = await send(client, url, 0, stalls())
    assert response.status_code == 408
    offset = await offset_of(client, url)
    assert offset == PART_BYTES + 1000
    assert (await send(client, url, offset, big_deck[offset:])).status_code == 204
    await the_upload(stream, bucket, big_deck)


async def test_two_ingests_at_one_offset_have_one_effect(
    *, client, start_ingest, nats_url, s3, stream, bucket, big_deck
):
    other = start_ingest(nats_url, s3)
    url = await begun(client, len(big_deck))
    async with other.client() as second:
        for offset, end in ((0, PART_BYTES + 7), (PART_BYTES + 7, len(big_deck))):
            piece = big_deck[offset:end]
            answers = await asyncio.gather(send(client, url, offset, piece), send(second, url, offset, piece))
            assert {answer.status_code for answer in answers} <= {204, 409}
            assert 204 in {answer.status_code for answer in answers}
        assert await offset_of(second, url) == len(big_deck)
    await the_upload(stream, bucket, big_deck)


@pytest.mark.parametrize(
    ("place", "offset"),
    [
        ("ingest.part_stored", 0),
        ("ingest.resumable_complete", None),
        ("ingest.resumable_joined", None),
        ("ingest.resumable_announced", None),
    ],
)
async def test_killed_anywhere_another_ingest_goes_on_to_one_event(
    *, ingest, client, start_ingest, nats_url, s3, stream, bucket, big_deck, place, offset
):
    dying = start_ingest(nats_url, s3, INFOSCREEN_FAILPOINTS=f"{place}=kill")
    await dying.sees_nats()
    url = await begun(client, len(big_deck))
    ingest.process.send_signal(signal.SIGSTOP)  # or it might be quicker
    try:
        async with dying.client() as first:
            with pytest.raises(httpx.TransportError):
                await send(first, url, 0, big_deck)
        assert dying.process.wait() < 0
    finally:
        ingest.process.send_signal(signal.SIGCONT)
    if offset is not None:
        assert await offset_of(client, url) == offset
        assert await stream.events() == []
        assert (await send(client, url, offset, big_deck[offset:])).status_code == 204

    async def announced():
        held = await ObjectRecords(bucket).load(url.rsplit("/", 1)[1])
        return held.record.done

    await until(announced, "the upload is announced")
    await the_upload(stream, bucket, big_deck)
    assert await offset_of(client, url) == len(big_deck)


async def test_an_account_has_a_limit_of_open_bytes(*, start_ingest, nats_url, s3, stream, bucket, deck):
    ingest = start_ingest(nats_url, s3, INGEST_MAX_OPEN_BYTES=str(2 * PART_BYTES))
    async with ingest.client() as client, ingest.client("ann") as ann:
        urls = [await begun(client, len(deck)) for _ in range(2)]
        refused = await begin(client, len(deck))
        assert (refused.status_code, refused.json()["code"]) == (429, "too_much_unfinished")
        await begun(ann, len(deck))
        await send(client, urls[0], 0, deck)
        await begun(client, len(deck))


async def test_an_expired_upload_is_gone(*, start_ingest, nats_url, s3, stream, bucket, deck):
    ingest = start_ingest(nats_url, s3, INGEST_UPLOAD_LIFETIME_SECONDS="0.001")
    async with ingest.client() as client:
        url = await begun(client, len(deck))
        assert (await client.head(url, headers=TUS)).status_code == 410
        assert (await send(client, url, 0, deck)).status_code == 410


async def test_abandoned_uploads_go_after_a_day_and_live_ones_stay(client, bucket, unfinished, big_deck):
    def collected(later):
        return Ender(bucket, ObjectRecords(bucket), lambda: datetime.now(UTC) + later).collect()

    url = await begun(client, len(big_deck))
    await send(client, url, 0, big_deck[: PART_BYTES + 10])
    kept, removed = await collected(A_DAY - timedelta(minutes=5))
    assert (len(kept), removed) == (1, 0)
    # begun 25 hours ago, and gone on with since: what its multipart upload began with says nothing
    assert await bucket.abort_stale_uploads("originals/", datetime.now(UTC) + A_DAY, kept) == 0
    assert await offset_of(client, url) == PART_BYTES + 10
    assert await collected(A_DAY + timedelta(minutes=5)) == (set(), 1)
    assert await bucket.list("") == []
    await unfinished(0)


async def test_the_record_of_a_medium_goes_and_the_medium_stays(client, stream, bucket, deck):
    await begin(client, len(deck), deck)
    ender = Ender(bucket, ObjectRecords(bucket), lambda: datetime.now(UTC) + 2 * A_DAY)
    assert await ender.collect() == (set(), 0)
    assert await bucket.list("uploads/") == []
    await the_upload(stream, bucket, deck)


async def test_it_says_what_of_tus_it_speaks(client):
    response = await client.options("/api/uploads")
    assert response.status_code == 204
    assert response.headers["Tus-Version"] == response.headers["Tus-Resumable"] == "1.0.0"
    assert "termination" in response.headers["Tus-Extension"]
    assert response.headers["Tus-Max-Size"] == str(8 * 1024**2)


async def test_an_upload_whose_parts_the_store_has_dropped_is_gone(client, stream, bucket, big_deck):
    url = await begun(client, len(big_deck))
    assert await bucket.abort_stale_uploads("", datetime.now(UTC) + A_DAY) == 1
    assert (await send(client, url, 0, big_deck)).status_code == 410
    assert (await client.head(url, headers=TUS)).status_code == 410
    assert await stream.events() == []


async def test_an_unknown_upload_is_gone(client):
    assert (await client.head(f"/api/uploads/{uuid4()}", headers=TUS)).status_code == 410


async def test_a_medium_is_replaced_in_pieces(client, stream, bucket, big_deck, deck):
    first = (await client.post("/api/media", params={"filename": "menu.pptx"}, content=deck)).json()["media_id"]
    described = {"Upload-Metadata": metadata(filename="menu.pptx", replaces=first)}
    begun = await begin(client, len(big_deck), big_deck[:1000], **described)
    assert (begun.status_code, begun.headers["Infoscreen-Media-Id"]) == (201, first)
    assert (await send(client, begun.headers["Location"], 1000, big_deck[1000:])).status_code == 204
    before, after = await stream.envelopes()
    assert (str(after.event.media_id), after.event.replaces) == (first, 1)
    assert before.event.replaces is None
    assert await bucket.get(after.event.object_key) == big_deck


async def test_a_medium_that_is_not_there_cannot_be_replaced(client, bucket):
    described = {"Upload-Metadata": metadata(filename="menu.pptx", replaces=str(uuid4()))}
    response = await begin(client, 10, **described)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert await bucket.list("") == []


async def test_a_replacement_of_what_was_trashed_during_its_upload_is_refused_and_leaves_nothing(
    client, stream, bucket, big_deck, deck
):
    first = (await client.post("/api/media", params={"filename": "menu.pptx"}, content=deck)).json()["media_id"]
    [original] = await bucket.list("")
    described = {"Upload-Metadata": metadata(filename="menu.pptx", replaces=first)}
    url = (await begin(client, len(big_deck), big_deck[:1000], **described)).headers["Location"]
    assert (await client.delete(f"/api/media/{first}")).status_code == 204
    refused = await send(client, url, 1000, big_deck[1000:])
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert await bucket.list("") == [original]
    assert (await client.head(url, headers=TUS)).status_code == 410
