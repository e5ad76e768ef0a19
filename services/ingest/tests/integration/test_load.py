"""Many at once and very large: memory does not grow, and no upload is refused."""

import asyncio
from pathlib import Path

import httpx
import pytest

from infoscreen.common.object_store import PART_SIZE_BYTES

MIB = 1024**2
LARGE_BYTES = 300 * MIB


@pytest.fixture(scope="module")
def ingest(start_ingest, session_nats_url, s3):
    return start_ingest(
        session_nats_url,
        s3,
        INGEST_MAX_UPLOAD_BYTES=str(2 * 1024 * MIB),
        INGEST_BODY_IDLE_SECONDS="60",
        INGEST_PUBLISH_DEADLINE_SECONDS="30",
    )


def memory_of(process, field="VmHWM"):
    """Bytes; VmHWM is the most that it ever had in memory."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def crowd_of(client, connections):
    """Another client of the same person, with so many connections."""
    limits = httpx.Limits(max_connections=connections)
    return httpx.AsyncClient(
        base_url=client.base_url, headers=client.headers, trust_env=False, timeout=120, limits=limits
    )


async def test_memory_does_not_grow_with_the_size_of_a_body(ingest, client, stream, bucket):
    """A PDF by its first bytes; what follows is padding."""
    before = memory_of(ingest.process, "VmRSS")

    async def padded_pdf():
        yield b"%PDF-1.7\n"
        for _ in range(LARGE_BYTES // MIB):
            yield bytes(MIB)

    response = await client.post("/api/media", params={"filename": "plan.pdf"}, content=padded_pdf())
    assert response.status_code == 201
    assert response.json()["size_bytes"] == LARGE_BYTES + 9
    assert memory_of(ingest.process) - before < 48 * MIB


async def test_memory_does_not_grow_with_the_number_of_slow_uploads(ingest, client, stream, bucket):
    """Each has nearly a part under way, 250 MiB in all: a few of them are in memory, the others on disk."""
    before, under_way = memory_of(ingest.process, "VmRSS"), asyncio.Semaphore(0)

    async def slow_body():
        yield b"%PDF-1.7\n" + bytes(PART_SIZE_BYTES - 64 * 1024)
        under_way.release()
        await asyncio.Event().wait()

    async with crowd_of(client, 50) as slow_client:
        slow = [
            asyncio.create_task(slow_client.post("/api/media", params={"filename": "a.pdf"}, content=slow_body()))
            for _ in range(50)
        ]
        for _ in slow:
            await under_way.acquire()
        response = await client.post("/api/media", params={"filename": "a.pdf"}, content=b"%PDF-1.7\n")
        assert response.status_code == 201
        assert memory_of(ingest.process, "VmRSS") - before < 150 * MIB
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
    assert len(await bucket.list("")) == 1


async def test_two_hundred_uploads_at_once_are_all_taken(ingest, client, stream, bucket, make_deck):
    async with crowd_of(client, 200) as crowd:

        async def upload(number):
            deck = make_deck(title=str(number), padding_bytes=100_000)
            return await crowd.post("/api/media", files={"file": ("menu.pptx", deck)})

        responses = await asyncio.gather(*(upload(number) for number in range(200)))
    assert {response.status_code for response in responses} == {201}
    assert len({event.sha256 for event in await stream.events()}) == 200
    assert len(await bucket.list("originals/")) == 200
