"""More uploads than there is room for: who is too many is told so before anything is sent, and the others go on."""

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
from support.small_disks import on_small_disk
from support.until import paced

from infoscreen.common.object_store import PART_SIZE_BYTES
from infoscreen.common.object_store.multipart import BUFFER_FILE_BYTES

IN_MEMORY, ON_DISK = 16, 2
LARGE = b"%PDF-1.7\n" + bytes(7 * 1024**2)


@asynccontextmanager
async def uploads_under_way(ingest, count):
    """So many uploads, each with nearly a part received; a list of their answers, complete after the block."""
    under_way, end, answers = asyncio.Semaphore(0), asyncio.Event(), []

    async def body():
        yield b"%PDF-1.7\n" + bytes(PART_SIZE_BYTES - 64 * 1024)
        under_way.release()
        async for _ in paced(0.2):
            if end.is_set():
                break
            yield bytes(32 * 1024)

    async def upload(client):
        answers.append(await client.post("/api/media", params={"filename": "a.pdf"}, content=body()))

    async with ingest.client() as client, asyncio.TaskGroup() as group:
        client.timeout = httpx.Timeout(120)
        for _ in range(count):
            group.create_task(upload(client))
        for _ in range(count):
            await under_way.acquire()
        yield answers
        end.set()


FORM = b"Content-Type: multipart/form-data; boundary=b\r\n"


async def answer_to_a_head(url, more=b""):
    """Status line and headers of what is answered to an announced body of which nothing is sent."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(
        b"POST /api/media?filename=menu.pptx HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer bob\r\n"
        b"Content-Length: 8000000\r\nExpect: 100-continue\r\n" + more + b"\r\n"
    )
    async with asyncio.timeout(30):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    writer.transport.abort()
    return head


async def assert_one_more_is_refused(ingest, client):
    for more in (b"", FORM):
        head = await answer_to_a_head(ingest.url, more)
        assert head.startswith("http/1.1 503")
        assert "retry-after: 5" in head
    refused = await client.post("/api/media", params={"filename": "a.pdf"}, content=LARGE)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert refused.headers["content-type"] == "application/problem+json"
    assert "no room for more uploads" in refused.json()["detail"]


async def test_beyond_the_limit_uploads_are_told_to_come_back_before_their_bodies_are_read(
    start_ingest, session_nats_url, s3, stream, bucket
):
    ingest = start_ingest(session_nats_url, s3, INGEST_MAX_CONCURRENT_UPLOADS="3", INGEST_BODY_IDLE_SECONDS="60")
    async with ingest.client() as client:
        async with uploads_under_way(ingest, 3) as taken:
            await assert_one_more_is_refused(ingest, client)
        assert [answer.status_code for answer in taken] == [201] * 3
        assert (await client.post("/api/media", params={"filename": "a.pdf"}, content=LARGE)).status_code == 201


async def test_a_full_temporary_folder_is_noticed_before_a_body_is_read_and_cuts_no_upload_off(
    start_ingest, session_nats_url, s3, *, stream, bucket, tmp_path
):
    ingest = start_ingest(
        session_nats_url,
        s3,
        before=on_small_disk(tmp_path / "tmp", ON_DISK * BUFFER_FILE_BYTES + 65536),
        TMPDIR=str(tmp_path / "tmp"),
        INGEST_BODY_IDLE_SECONDS="60",
    )
    async with ingest.client() as client:
        async with uploads_under_way(ingest, IN_MEMORY + ON_DISK) as taken:
            await assert_one_more_is_refused(ingest, client)
        assert [answer.status_code for answer in taken] == [201] * (IN_MEMORY + ON_DISK)
        assert (await client.post("/api/media", params={"filename": "a.pdf"}, content=LARGE)).status_code == 201
