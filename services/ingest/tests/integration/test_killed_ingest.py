"""Ingest dies in the middle of an upload (faults 1 and 2): nothing is acknowledged, and nothing is left for long."""

import asyncio
import json
import subprocess
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from support.until import second_after

MANY_BYTES = 6 * 1024**2  # more than one part: something of it is stored before the rest comes


@pytest.fixture
def collect_now():
    """Runs the collector as an operator does who waits for nothing."""

    async def collect(ingest) -> dict:
        await second_after(datetime.now(UTC) + timedelta(seconds=1))
        job = await asyncio.to_thread(
            subprocess.run,
            [*ingest.spec.argv, "collect"],
            env={**ingest.spec.env, "INGEST_ORPHAN_GRACE_SECONDS": "0.001"},
            capture_output=True,
            check=True,
        )
        return json.loads(job.stdout.splitlines()[-1])

    return collect


async def test_killed_mid_body_it_acknowledged_nothing_and_left_nothing(  # noqa: PLR0917 - fixtures, passed by name
    start_ingest, nats_url, s3, stream, bucket, make_deck, unfinished, collect_now
):
    ingest = start_ingest(nats_url, s3)
    deck = make_deck(padding_bytes=MANY_BYTES)

    async def body():
        yield deck[:-1]
        await unfinished(1)
        ingest.kill()
        yield deck[-1:]

    async with ingest.client() as client:
        with pytest.raises(httpx.TransportError):
            await client.post("/api/media", params={"filename": "menu.pptx"}, content=body())
    assert (await bucket.list(""), await stream.events()) == ([], [])
    assert await collect_now(ingest) == {"originals": 0, "uploads": 1}
    await unfinished(0)


async def test_killed_before_the_event_the_original_is_collected(  # noqa: PLR0917 - fixtures, passed by name
    start_ingest, nats_url, s3, stream, bucket, deck, collect_now
):
    ingest = start_ingest(nats_url, s3, INFOSCREEN_FAILPOINTS="ingest.stored=kill")
    await stream.begun()
    async with ingest.client() as client:
        with pytest.raises(httpx.TransportError):
            await client.post("/api/media", params={"filename": "menu.pptx"}, content=deck)
    assert ingest.process.wait() < 0
    assert len(await bucket.list("originals/")) == 1
    assert await stream.events() == []
    assert await collect_now(ingest) == {"originals": 1, "uploads": 0}
    assert await bucket.list("") == []
