"""Jobs of the services, run as an operator runs them."""

import asyncio
import contextlib
import random
import sys
from pathlib import Path

from chaos.arena import Arena, MissedError
from chaos.stack import Stack

GRACE_SECONDS = 150
"""Longer than any fault of the mix keeps an object and the fact that names it apart."""
_JOB_SECONDS = 45


async def run_job(stack: Stack, service: str, job: str, **settings: str) -> int:
    """Run a service's job with the settings of the running service; returns its exit status."""
    raw = Path(f"/proc/{stack.pid(service)}/environ").read_bytes().split(b"\0")
    environment = dict(entry.decode().split("=", 1) for entry in raw if b"=" in entry)
    with (stack.data_dir / "jobs.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"infoscreen.{service}", job), env=environment | settings, stdout=log, stderr=log
        )
    try:
        return await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()


async def clean_up(arena: Arena, chance: random.Random) -> None:
    """Row 25: both clean-ups in the middle of everything; what they cannot know to be unwanted has to stay."""
    jobs = [
        ("catalog", "cleanup", {"CATALOG_ORPHAN_GRACE_SECONDS": str(GRACE_SECONDS)}),
        ("ingest", "collect", {"INGEST_ORPHAN_GRACE_SECONDS": str(GRACE_SECONDS)}),
    ]
    chance.shuffle(jobs)
    for service, job, settings in jobs:
        try:
            async with asyncio.timeout(_JOB_SECONDS):
                status = await run_job(arena.stack, service, job, **settings)
        except TimeoutError:  # a server is away: the job waits for it, and removes nothing
            arena.history.count(f"{job} waited")
        except OSError as error:
            raise MissedError(f"{service} does not run: {error}") from error
        else:
            arena.history.count(f"{job} ended with {status}")
