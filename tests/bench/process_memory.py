"""What a set of processes occupies: memory by proportional share, so that shared pages count once, and descriptors."""

import asyncio
import contextlib
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_SECONDS = 0.25


def named_in_command(marker: Path) -> set[int]:
    """The processes whose command line has this path in it."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.fsencode(marker) in (process / "cmdline").read_bytes():
                found.add(int(process.name))
    return found


def descendants(root: int) -> set[int]:
    """A process and all that it started, and those started."""
    children = defaultdict(set)
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
            children[int(parent)].add(int(process.name))
    found, new = set(), {root}
    while new:
        found |= new
        new = {child for parent in new for child in children[parent]} - found
    return found


def memory_bytes(pids: set[int]) -> int:
    """Of all of them together."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def descriptors(pids: set[int]) -> int:
    """How many files they hold open."""
    count = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            count += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return count


@dataclass
class Peak:
    """The most that was seen."""

    memory_bytes: int = 0


@asynccontextmanager
async def watched(processes: Callable[[], set[int]], peak: Peak) -> AsyncIterator[None]:
    """Look at their memory now and then while the block lasts."""

    async def look() -> None:
        while True:
            seen = await asyncio.to_thread(lambda: memory_bytes(processes()))
            peak.memory_bytes = max(peak.memory_bytes, seen)
            await asyncio.sleep(_SAMPLE_SECONDS)

    watcher = asyncio.create_task(look())
    try:
        yield
    finally:
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)
