"""Clients that send too much, too slowly, without a right to, or go away: refused at once, and nothing is left."""

import asyncio
from functools import partial

import httpx
import pytest
from support.until import paced
from support.wire import connected

from infoscreen.common.object_store import PART_SIZE_BYTES

MAX_UPLOAD_BYTES = 8 * 1024**2
GIGABYTES = 10 * 1024**3


@pytest.fixture
def connect(ingest):
    return partial(connected, ingest.url)


@pytest.mark.parametrize(("token", "status"), [("unknown", 401), ("pi", 403)])
async def test_an_unauthorised_upload_is_refused_before_its_body_is_read(connect, token, status):
    async with connect() as wire:
        await wire.send_head(f"Content-Length: {GIGABYTES}", "Expect: 100-continue", token=token)
        assert (await wire.answer())[0] == status


async def test_a_replacement_of_another_persons_medium_is_refused_before_its_body_is_read(client, connect, deck_form):
    made = await client.post("/api/media", **deck_form)
    request = f"PUT {made.json()['links']['self']}"
    async with connect() as wire:
        await wire.send_head("Content-Length: 1000", "Expect: 100-continue", token="carol", request=request)
        status, body = await wire.answer()
    assert status == 403
    assert b"another person" in body


async def test_a_length_beyond_the_limit_is_refused_before_the_body_is_read(connect):
    async with connect() as wire:
        await wire.send_head(f"Content-Length: {GIGABYTES}", "Expect: 100-continue")
        status, body = await wire.answer()
    assert status == 413
    assert b"8 MiB" in body


async def test_a_refused_client_that_goes_on_sending_gets_its_answer_and_is_then_closed(connect):
    async with connect() as wire:
        await wire.send_head("Transfer-Encoding: chunked", token="unknown")

        async def send_on():
            while True:
                await wire.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")

        sending = asyncio.create_task(send_on())
        assert (await wire.answer())[0] == 401
        await asyncio.wait([sending])
        assert isinstance(sending.exception(), ConnectionError)


async def test_a_chunked_body_is_refused_as_soon_as_it_passes_the_limit(connect, stream, bucket, unfinished):
    async with connect() as wire:
        await wire.send_head("Transfer-Encoding: chunked")
        for _ in range(MAX_UPLOAD_BYTES // 65536 + 1):
            await wire.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        assert (await wire.answer())[0] == 413
    await unfinished(0)
    assert await bucket.list("") == []


async def test_a_large_refused_form_is_answered_and_not_cut_off(client, stream):
    """Ordinary clients send the whole body before they look at the answer."""
    files = {"file": ("menu.pptx", b"x" * (4 * MAX_UPLOAD_BYTES), "application/octet-stream")}
    response = await client.post("/api/media", files=files)
    assert response.status_code == 413


@pytest.mark.parametrize("sent_bytes", [1000, PART_SIZE_BYTES + 65536])
async def test_a_client_that_goes_away_leaves_nothing(connect, stream, bucket, unfinished, sent_bytes):
    async with connect() as wire:
        await wire.send_head(f"Content-Length: {sent_bytes + 1}")
        await wire.send(b"x" * sent_bytes)
        if sent_bytes > PART_SIZE_BYTES:
            await unfinished(1)
    await unfinished(0)
    assert await bucket.list("") == []
    assert await stream.events() == []


async def test_a_client_that_stops_sending_is_told_and_closed(connect, stream, bucket, unfinished):
    async with connect() as wire:
        await wire.send_head(f"Content-Length: {MAX_UPLOAD_BYTES}")
        await wire.send(b"x" * (PART_SIZE_BYTES + 65536))
        status, body = await wire.answer()
        assert (status, b"upload_stalled" in body) == (408, True)
        await wire.closed()
    await unfinished(0)
    assert await bucket.list("") == []


async def test_slow_clients_do_not_hold_others_up(connect, client, stream, deck_form):
    """More of them than there are threads and buffers in memory, each with a part under way."""
    others_are_done, under_way = asyncio.Event(), asyncio.Semaphore(0)

    async def upload_slowly():
        async with connect() as wire:
            await wire.send_head(f"Content-Length: {MAX_UPLOAD_BYTES}")
            await wire.send(b"x" * 1024 * 1024)
            under_way.release()
            async for _ in paced(0.05):
                if others_are_done.is_set():
                    break
                await wire.send(b"x" * 4096)

    async with asyncio.TaskGroup() as group:
        for _ in range(40):
            group.create_task(upload_slowly())
        for _ in range(40):
            await under_way.acquire()
        responses = [await client.post("/api/media", **deck_form) for _ in range(5)]
        others_are_done.set()
    assert {response.status_code for response in responses} == {201}


@pytest.mark.parametrize(
    "noise",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", b"POST /api/media HTTP/1.1\r\nHo st: x\r\n\r\n"],
)
async def test_a_connection_that_speaks_no_http_is_closed(connect, noise):
    async with connect() as wire:
        await wire.send(noise)
        await wire.closed()


async def test_an_unknown_route_and_method_are_problems_too(ingest):
    async with httpx.AsyncClient(base_url=ingest.url, trust_env=False) as client:
        for method, path, status in [("GET", "/api/media", 405), ("GET", "/", 404), ("GET", "/openapi.json", 404)]:
            response = await client.request(method, path)
            assert response.status_code == status
            assert response.headers["content-type"] == "application/problem+json"
