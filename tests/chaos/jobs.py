"""The jobs of services, run as an operator runs them: at any moment, with the settings of the running service."""

import asyncio
import random
import sys
from pathlib import Path

from chaos.arena import Arena, MissedError
from chaos.stack import Stack

GRACE_SECONDS = 90
"""Longer than a converter is paused between storing a PDF and announcing it, as a day is in production."""


class JobError(Exception):
    """A job ended with an error; jobs.log has what it said."""


async def run_job(stack: Stack, service: str, job: str, **settings: str) -> None:
    """Run a service's job to its end.

    Raises:
        JobError: the job exited with an error, or the service is not there to take its settings from.
    """
    pid = stack.pid(service)
    if pid is None:
        raise JobError(f"{service} does not run")
    raw = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    environment = dict(entry.decode().split("=", 1) for entry in raw if b"=" in entry)
    with (stack.data_dir / "jobs.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"infoscreen.{service}", job), env=environment | settings, stdout=log, stderr=log
        )
    if await process.wait() != 0:
        raise JobError(f"infoscreen.{service} {job} failed, see {stack.data_dir / 'jobs.log'}")


async def clean_up(arena: Arena) -> None:
    """Both clean-ups, beside uploads, replacements and deletions.

    Raises:
        MissedError: a server that the clean-up needs is away.
    """
    try:
        await run_job(arena.stack, "catalog", "cleanup", CATALOG_ORPHAN_GRACE_SECONDS=str(GRACE_SECONDS))
        await run_job(arena.stack, "ingest", "collect", INGEST_ORPHAN_GRACE_SECONDS=str(GRACE_SECONDS))
    except (JobError, OSError) as error:
        raise MissedError(str(error)) from error


async def clean_up_now(arena: Arena, _: random.Random) -> None:
    """Row 25: a clean-up at any moment deletes nothing that something refers to, or will."""
    await clean_up(arena)
