"""A system that people use while something happens to it, and what they were promised, for the checker of tests/chaos.

Nothing stands between its parts and no fault is drawn here: tests decide what happens.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chaos.arena import Arena
from chaos.canary import Canary
from chaos.checker import violations
from chaos.documents import sample_deck
from chaos.gotenberg import Gotenberg
from chaos.history import History
from chaos.observed import observe, settle
from chaos.stack import Stack
from chaos.workload import Workload
from embedded import embedded_system
from support.until import until

from infoscreen.cli.background import running
from infoscreen.cli.ports import PortBook

SETTLE_SECONDS = 120
UPLOAD_SECONDS = 60


@asynccontextmanager
async def in_use(data_dir: Path, module: str = "infoscreen.cli") -> AsyncIterator[Arena]:
    """A running system, told to stop in the end.

    Args:
        data_dir: its own; what is there already goes on.
        module: what to run; it takes the options of `infoscreen up`.
    """
    spec = embedded_system(data_dir, PortBook().port("edge"), module=module)
    with running(spec, data_dir.with_suffix(".log")) as process:
        yield Arena(Stack(data_dir, process, {}, "nothing stands between its parts"), History(), Canary(), Gotenberg())


@asynccontextmanager
async def uploading(arena: Arena, seed: int) -> AsyncIterator[History]:
    """People upload, replace and delete, and players show, for as long as the block lasts."""
    stop = asyncio.Event()
    async with arena.client("operator") as people, arena.client("player") as player:
        workload = Workload(arena.history, people, player, deck=sample_deck(), seed=seed)
        acting = asyncio.create_task(workload.run(stop, uploaders=1, pollers=1, players=1))
        try:
            yield arena.history
        finally:
            stop.set()
            await acting


async def some_uploads(history: History, more: int) -> None:
    """Return once so many more were acknowledged."""
    goal = len(history.uploads) + more
    await until(lambda: len(history.uploads) >= goal, f"{more} more uploads", UPLOAD_SECONDS)


async def broken_promises(arena: Arena, history: History) -> list[str]:
    """What the checker finds once the system is at rest."""
    await settle(arena.stack, SETTLE_SECONDS)
    return violations(history, await observe(arena))
