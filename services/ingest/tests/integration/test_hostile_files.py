"""Files made to stop or bloat whatever looks at them: each is refused, and others are served all the while."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest
from support.hostile_files import endless_directory, huge_zip_directory, prolog
from support.until import until

MIB = 1024**2


@pytest.fixture(scope="module")
def ingest(start_ingest, session_nats_url, s3):
    return start_ingest(session_nats_url, s3, INGEST_MAX_UPLOAD_BYTES=str(1024 * MIB), INGEST_BODY_IDLE_SECONDS="60")


def most_memory(process) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.parametrize("body", [prolog, endless_directory, huge_zip_directory])
async def test_a_hostile_file_is_refused_in_bounded_memory_beside_others(
    ingest, client, stream, bucket, *, deck_form, body
):
    Path(f"/proc/{ingest.process.pid}/clear_refs").write_text("5")  # forget the peak of memory: proc(5)
    hostile = asyncio.create_task(client.post("/api/media", params={"filename": "deck.ppt"}, content=body()))
    others = []
    async with httpx.AsyncClient(trust_env=False) as ops:
        while not hostile.done():
            others.append((await client.post("/api/media", **deck_form)).status_code)
            others.append((await ops.get(f"{ingest.ops_url}/livez")).status_code)
    refused = await hostile
    assert refused.status_code == 415
    assert "upload" in refused.json()["detail"]  # which says what to do
    assert set(others) == {200, 201}
    assert most_memory(ingest.process) < 256 * MIB
    assert len(await bucket.list("originals/")) == len(others) // 2


async def test_an_upload_survives_the_death_of_the_process_that_tells_types(ingest, client, stream, deck_form):
    children = Path(f"/proc/{ingest.process.pid}/task/{ingest.process.pid}/children").read_text().split()
    assert children
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    assert (await client.post("/api/media", **deck_form)).status_code == 201


async def test_the_process_that_tells_types_ends_with_ingest(start_ingest, session_nats_url, s3, stream):
    ingest = start_ingest(session_nats_url, s3)
    pid = ingest.process.pid
    [child] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ingest.kill()
    command = Path(f"/proc/{child}/cmdline")
    await until(lambda: not command.exists() or not command.read_bytes(), "the process has ended")
