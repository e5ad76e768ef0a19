"""One campaign: start, act under faults, heal, wait until at rest, check every invariant."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from chaos.arena import Arena
from chaos.canary import Canary
from chaos.checker import violations
from chaos.documents import sample_deck
from chaos.fault import Fault
from chaos.faults import FAULTS
from chaos.gotenberg import Gotenberg
from chaos.history import History
from chaos.nemesis import Nemesis
from chaos.observed import Observed, observe, settle
from chaos.programme import Planner, following
from chaos.stack import running_stack
from chaos.workload import Workload

_REST_SECONDS = 600


@dataclass(frozen=True)
class Report:
    """What a campaign saw."""

    seed: int
    minutes: float
    history: History
    nemesis: Nemesis
    seen: Observed
    violations: list[str]

    def __str__(self) -> str:
        """The report as an operator reads it."""
        injected, missed = (self.nemesis.counts[what] for what in ("injected", "missed"))
        uploads = self.history.uploads
        lines = [
            f"seed {self.seed}, {self.minutes:g} minutes: {'BROKEN' if self.violations else 'every promise held'}",
            f"  uploads acknowledged: {len(uploads)}, of them parked at first: {sum(u.parked for u in uploads)}",
            f"  conversions: {_list(self.outcomes)}",
            f"  faults injected: {sum(injected.values())} of {len(injected)} kinds: {_list(injected)}",
            f"  faults that found nothing to harm: {_list(missed)}",
            f"  answers: {_list(Counter(self.history.answers))}",
            *(f"  SKIPPED {reason}" for reason in self.nemesis.skipped),
            *(f"  VIOLATED {problem}" for problem in self.violations),
        ]
        if self.violations:
            lines.append(f"  replay: make chaos SEED={self.seed} MINUTES={self.minutes:g}")
        return "\n".join(lines)

    @property
    def outcomes(self) -> Counter[str]:
        """What became of conversions: failures by their reason."""
        rows = self.seen.conversions
        return Counter(f"failed({row['reason']})" if row["status"] == "failed" else str(row["status"]) for row in rows)


def _list(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


async def run_campaign(data_dir: Path, seed: int, seconds: float, faults: tuple[Fault, ...] = FAULTS) -> Report:
    """Run one campaign in a directory of its own, which keeps the logs, the fault log and the report."""
    nemesis = Nemesis(seed, faults)
    async with _arena(data_dir) as arena, _planned(arena, seed) as planner:
        try:
            await _act(arena, nemesis, planner, seconds)
        finally:
            nemesis.save(data_dir / "faults.json")
        await nemesis.heal(arena)
        problems = []
        try:
            await settle(arena.stack, _REST_SECONDS)
        except TimeoutError as error:
            problems = [f"I1: not at rest {_REST_SECONDS} s after healing: {error}"]
        seen = await observe(arena, planner.screens)
        problems += violations(arena.history, seen)
        report = Report(seed, seconds / 60, arena.history, nemesis, seen, problems)
        (data_dir / "report.txt").write_text(f"{report}\n")
        return report


@contextlib.asynccontextmanager
async def _arena(data_dir: Path) -> AsyncIterator[Arena]:
    async with (
        Canary() as canary,
        Gotenberg() as gotenberg,
        running_stack(data_dir, gotenberg.url) as stack,
    ):
        yield Arena(stack, History(), canary, gotenberg)


@contextlib.asynccontextmanager
async def _planned(arena: Arena, seed: int) -> AsyncIterator[Planner]:
    planner = Planner(arena.history, seed)
    async with arena.client() as people:
        await planner.prepare(people)
    async with following(arena, planner.screens):
        yield planner


async def _act(arena: Arena, nemesis: Nemesis, planner: Planner, seconds: float) -> None:
    stop = asyncio.Event()
    async with arena.client("operator") as people, arena.client("player") as player, asyncio.TaskGroup() as group:
        workload = Workload(arena.history, people, player, planner, deck=sample_deck(), seed=nemesis.seed)
        group.create_task(workload.run(stop))
        group.create_task(nemesis.run(arena, stop))
        await asyncio.sleep(seconds)
        stop.set()
