"""Objects on a real S3 server: streams in parts, nothing left of what failed, and URLs that no client can alter."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import time_machine

from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.object_store import PART_SIZE_BYTES, Digest, ObjectStore, Presigner
from infoscreen.common.object_store.multipart import MultipartUpload

KEY = "originals/a/b.bin"
AWAY = "http://127.0.0.1:9"  # discard: nothing listens there


@pytest.fixture(scope="module")
def s3(each_s3):
    """All of these hold on every store that an installation may have."""
    return each_s3


@pytest.fixture
async def store(s3_settings):
    store = ObjectStore(s3_settings, memory_parts=1)
    yield store
    for stored in await store.list(""):
        await store.delete(stored.key)
    store.close()


def digest_of(data):
    return Digest(hashlib.sha256(data).hexdigest(), len(data))


async def stream(data, step=64 * 1024):
    for start in range(0, len(data), step):
        yield data[start : start + step]


async def looked_at(content):
    return await content.read(0, 4)


async def left_over(store):
    """Everything in the bucket, parts of unfinished uploads included."""
    unfinished = await asyncio.to_thread(store._client._list_multipart_uploads, store._bucket)
    return [*await store.list(""), *unfinished.uploads]


async def test_of_many_that_create_an_object_one_succeeds(store):
    for number in range(5):
        made = await asyncio.gather(*(store.create(f"keys/{number}", b"%d" % n, "text/plain") for n in range(8)))
        [winner] = [n for n, tag in enumerate(made) if tag]
        assert await store.get_tagged(f"keys/{number}") == (b"%d" % winner, made[winner])


async def test_of_many_that_replace_an_object_one_succeeds(store):
    await store.create(KEY, b"first", "text/plain")
    data, tag = await store.get_tagged(KEY)
    assert data == b"first"
    replaced = await asyncio.gather(*(store.replace(KEY, b"%d" % n, "text/plain", tag) for n in range(8)))
    [winner] = [n for n, tag in enumerate(replaced) if tag]
    assert await store.get_tagged(KEY) == (b"%d" % winner, replaced[winner])


async def test_a_deleted_object_is_not_replaced(store):
    await store.create(KEY, b"first", "text/plain")
    _, tag = await store.get_tagged(KEY)
    await store.delete(KEY)
    assert not await store.replace(KEY, b"second", "text/plain", tag)
    assert await store.stat(KEY) is None


@pytest.mark.parametrize(
    "size",
    [0, 1, PART_SIZE_BYTES - 1, PART_SIZE_BYTES, PART_SIZE_BYTES + 1, 2 * PART_SIZE_BYTES, 3 * PART_SIZE_BYTES + 7],
)
async def test_a_stream_of_any_length_arrives_as_it_was(store, size):
    data = (b"infoscreen" * (size // 10 + 1))[:size]
    digest, seen = await store.put_stream(KEY, stream(data), looked_at)
    assert digest == digest_of(data)
    assert seen == data[:4]
    assert await store.get(KEY) == data


async def test_many_streams_at_once_share_the_buffers_and_arrive_as_they_were(store):
    """The store of these tests has one buffer in memory: the others are on disk."""

    async def put(number):
        data = bytes([number]) * (PART_SIZE_BYTES + number)
        digest, _ = await store.put_stream(f"originals/{number}", stream(data), looked_at)
        assert digest == digest_of(data)

    await asyncio.gather(*(put(number) for number in range(6)))
    assert [stored.size_bytes - PART_SIZE_BYTES for stored in await store.list("originals/")] == list(range(6))


class CutOffError(Exception):
    """The uploader is gone."""


@pytest.mark.parametrize("size", [1000, 2 * PART_SIZE_BYTES])
async def test_a_stream_that_breaks_off_leaves_nothing(store, size):
    async def breaks_off():
        async for chunk in stream(b"x" * size):
            yield chunk
        raise CutOffError

    with pytest.raises(CutOffError):
        await store.put_stream(KEY, breaks_off(), looked_at)
    assert await left_over(store) == []


@pytest.mark.parametrize("size", [1000, 2 * PART_SIZE_BYTES])
async def test_a_stream_that_looks_wrong_leaves_nothing(store, size):
    async def refuse(_):
        raise CutOffError

    with pytest.raises(CutOffError):
        await store.put_stream(KEY, stream(b"x" * size), refuse)
    assert await left_over(store) == []


async def test_a_cancelled_upload_leaves_nothing(store):
    waiting = asyncio.Event()

    async def stalls():
        async for chunk in stream(b"x" * 2 * PART_SIZE_BYTES):
            yield chunk
        waiting.set()
        await asyncio.Event().wait()

    putting = asyncio.create_task(store.put_stream(KEY, stalls(), looked_at))
    await waiting.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await left_over(store) == []


@pytest.mark.parametrize("failing", [1, 2, 3])
async def test_a_part_that_cannot_be_stored_fails_the_upload_and_leaves_nothing(store, monkeypatch, failing):
    send = MultipartUpload.send
    parts = []

    def fails_once(self, data):
        parts.append(len(data))
        if len(parts) == failing:
            raise UnavailableError("away")
        send(self, data)

    monkeypatch.setattr(MultipartUpload, "send", fails_once)
    with pytest.raises(UnavailableError):
        await store.put_stream(KEY, stream(b"x" * (2 * PART_SIZE_BYTES + 1)), looked_at)
    assert await left_over(store) == []


async def test_looking_at_an_object_fetches_only_the_ranges_that_are_read(store, monkeypatch):
    data, fetched, read = bytes(range(256)) * 1000, [], ObjectStore._read

    def counted(self, key, offset=0, length=0):
        fetched.append(length)
        return read(self, key, offset, length)

    async def look(content):
        assert content.size_bytes == len(data)
        return await content.read(0, 3), await content.read(1000, 7), await content.read(len(data) - 2, 2)

    monkeypatch.setattr(ObjectStore, "_read", counted)
    await store.put(KEY, data, "application/octet-stream")
    assert await store.inspect(KEY, len(data), look) == (data[:3], data[1000:1007], data[-2:])
    assert fetched == [3, 7, 2]


async def test_a_network_error_while_a_file_is_inspected_is_the_stores(store):
    with pytest.raises(NotFoundError):
        await store.inspect("not-there", 100, looked_at)


async def test_a_file_goes_in_and_out_with_its_digest(store, tmp_path):
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(b"abc" * 1000)
    assert await store.put_file(KEY, source, "application/pdf")  # the answer proves it
    assert await store.get_file(KEY, target) == digest_of(source.read_bytes())
    assert target.read_bytes() == source.read_bytes()


async def test_the_answer_for_a_file_in_parts_proves_nothing(store, tmp_path):
    source = tmp_path / "in"
    source.write_bytes(bytes(6 * 1024**2))
    assert not await store.put_file(KEY, source, "application/pdf")
    assert (await store.stat(KEY)).size_bytes == 6 * 1024**2


async def test_an_absent_object_is_not_found(store, tmp_path):
    with pytest.raises(NotFoundError):
        await store.get("nothing")
    with pytest.raises(NotFoundError):
        await store.get_file("nothing", tmp_path / "x")
    assert await store.stat("nothing") is None
    await store.delete("nothing")


async def test_objects_are_listed_by_their_prefix(store):
    for key in ("a/1", "a/2", "b/1"):
        await store.put(key, b"x", "text/plain")
    assert [stored.key for stored in await store.list("a/")] == ["a/1", "a/2"]
    assert (await store.stat("a/1")).size_bytes == 1


async def test_an_object_is_listed_by_its_own_name_only(store):
    for key in ("folder/1", "folder/10", "folder/3"):
        await store.put(key, b"x", "text/plain")
    assert [key for key in ("folder/1", "folder/10", "folder/2", "folder/3") if await store.is_listed(key)] == [
        "folder/1",
        "folder/10",
        "folder/3",
    ]


async def test_a_store_that_is_away_or_refuses_is_unavailable(s3_settings):
    wrong_key = s3_settings.model_copy(update={"access_key": type(s3_settings.access_key)("wrong")})
    away = s3_settings.model_copy(update={"endpoint": AWAY})
    for settings in (wrong_key, away):
        store = ObjectStore(settings)
        with pytest.raises(UnavailableError):
            await store.put(KEY, b"x", "text/plain")
        with pytest.raises(UnavailableError):
            await store.put_stream(KEY, stream(b"x" * (PART_SIZE_BYTES + 1)), looked_at)
        store.close()


async def test_the_check_tells_a_missing_bucket_from_a_store_that_is_away(store, s3_settings):
    assert await store.check() is None
    other = ObjectStore(s3_settings.model_copy(update={"bucket": "not-there"}))
    assert "infoscreen topology apply" in await other.check()
    await store.ensure_bucket()
    other.close()


@pytest.fixture
def presigner(s3_settings):
    return Presigner(s3_settings)


async def fetch(url, method="GET", **headers):
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.request(method, url, headers=headers)


async def test_a_presigned_url_shows_the_object_under_its_name(store, presigner):
    await store.put(KEY, b"%PDF-1.7", "application/octet-stream")
    response = await fetch(presigner.get_url(KEY, 'Menü "2026".pdf', "application/pdf"))
    assert response.status_code == 200
    assert response.content == b"%PDF-1.7"
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["content-disposition"].startswith('inline; filename="Men')


async def test_a_presigned_url_serves_ranges(store, presigner):
    await store.put(KEY, b"0123456789", "application/pdf")
    response = await fetch(presigner.get_url(KEY, "a.pdf", "application/pdf"), Range="bytes=2-4")
    assert (response.status_code, response.content) == (206, b"234")


async def test_an_expired_url_is_refused(store, presigner):
    await store.put(KEY, b"x", "application/pdf")
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=11), tick=False):
        url = presigner.get_url(KEY, "a.pdf", "application/pdf")
    assert (await fetch(url)).status_code == 403


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("originals/a/b.bin", "originals/a/c.bin"),
        ("X-Amz-Expires=600", "X-Amz-Expires=6000"),
        ("a.pdf", "b.pdf"),
        ("application%2Fpdf", "text%2Fhtml"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
    ],
)
async def test_a_tampered_url_is_refused(store, presigner, part, other):
    await store.put(KEY, b"x", "application/pdf")
    await store.put("originals/a/c.bin", b"secret", "application/pdf")
    url = presigner.get_url(KEY, "a.pdf", "application/pdf")
    assert part in url
    assert (await fetch(url.replace(part, other))).status_code == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
async def test_a_presigned_url_only_reads(store, presigner, method):
    await store.put(KEY, b"x", "application/pdf")
    refused = {400, 403, 405}  # MinIO takes a POST for a form
    assert (await fetch(presigner.get_url(KEY, "a.pdf", "application/pdf"), method)).status_code in refused
    assert await store.get(KEY) == b"x"


async def test_presigning_needs_no_network(s3_settings):
    settings = s3_settings.model_copy(update={"public_endpoint": AWAY})
    assert Presigner(settings).get_url(KEY, "a.pdf", "application/pdf").startswith(f"{AWAY}/{settings.bucket}/{KEY}?")


async def test_the_parts_that_are_named_become_the_object_whatever_else_was_stored(store):
    """An older request stores a part late: under a number of its own, it replaces none that counts."""
    upload = await store.begin_parts(KEY)
    first, last = bytes(PART_SIZE_BYTES), b"the end"
    parts = [(4, await store.put_part(KEY, upload, 4, first))]
    await store.put_part(KEY, upload, 3, b"\xff" * PART_SIZE_BYTES)
    parts.append((9, await store.put_part(KEY, upload, 9, last)))
    await store.put_part(KEY, upload, 10, b"late")
    await store.complete_parts(KEY, upload, parts)
    assert await store.digest(KEY) == digest_of(first + last)
    assert [item.key for item in await left_over(store)] == [KEY]
    with pytest.raises(NotFoundError):
        await store.put_part(KEY, upload, 11, b"later still")


async def test_a_dropped_multipart_upload_takes_no_parts_and_may_be_dropped_again(store):
    upload = await store.begin_parts(KEY)
    part = (1, await store.put_part(KEY, upload, 1, b"x"))
    await store.abort_parts(KEY, upload)
    await store.abort_parts(KEY, upload)
    assert await left_over(store) == []
    with pytest.raises(NotFoundError):
        await store.put_part(KEY, upload, 2, b"x")
    with pytest.raises(NotFoundError):
        await store.complete_parts(KEY, upload, [part])


@pytest.mark.parametrize("rest", [0, 1])
async def test_a_stream_is_cut_into_parts_of_one_size_and_its_rest(store, rest):
    data, whole, ends = bytes(2 * PART_SIZE_BYTES + rest), [], []

    async def keep(part):
        whole.append(len(part))

    async def end(part, error):
        ends.append((len(part), error))

    await store.cut(stream(data, step=999_999), keep, end)
    assert (whole, ends) == ([PART_SIZE_BYTES] * 2, [(rest, None)])


async def test_what_came_before_a_stream_broke_is_handed_over(store):
    ends = []

    async def breaks():
        yield b"abc"
        raise ConnectionError

    async def end(part, error):
        ends.append((part, type(error)))

    with pytest.raises(ConnectionError):
        await store.cut(breaks(), None, end)
    assert ends == [(b"abc", ConnectionError)]


async def test_unfinished_multipart_uploads_are_aborted_once_they_are_old(request, store, s3_settings):
    if request.node.callspec.params["each_s3"] == "session_minio":
        pytest.skip("MinIO lists unfinished uploads of one object at a time, and removes old ones by itself")
    for key in ("originals/a/1", "originals/b/2", "elsewhere/3"):
        await store._run(MultipartUpload, store._client, s3_settings.bucket, key, "x/y")
    now = datetime.now(UTC)
    assert await store.abort_stale_uploads("originals/", now - timedelta(hours=1)) == 0
    assert await store.abort_stale_uploads("originals/", now + timedelta(hours=1), {"originals/b/2"}) == 1
    assert await store.abort_stale_uploads("originals/", now + timedelta(hours=1)) == 1
    [left] = await left_over(store)
    assert left.object_name == "elsewhere/3"
    assert await store.abort_stale_uploads("", now + timedelta(hours=1)) == 1
