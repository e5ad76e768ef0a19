"""One campaign: start, act under faults, heal, wait until at rest, check every invariant."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from chaos.checker import violations
from chaos.nemesis import FAULTS, Fault, Nemesis
from chaos.observed import observe, settle
from chaos.stack import running_stack
from chaos.workload import History, Workload, sample_deck

_REST_SECONDS = 420


@dataclass
class Report:
    """What a campaign saw."""

    seed: int
    history: History
    faults: Counter[str]
    outcomes: Counter[str]
    violations: list[str]

    def __str__(self) -> str:
        """The report as an operator reads it."""
        lines = [
            f"seed {self.seed}: {len(self.history.uploads)} uploads acknowledged, {sum(self.faults.values())} faults",
            f"  answers: {dict(sorted(self.history.answers.items()))}",
            f"  faults: {dict(sorted(self.faults.items()))}",
            f"  conversions: {dict(sorted(self.outcomes.items()))}",
            *(f"  VIOLATED {problem}" for problem in self.violations),
        ]
        if self.violations:
            lines.append(f"  replay: make chaos SEED={self.seed}")
        return "\n".join(lines)


async def run_campaign(
    data_dir: Path, seed: int, seconds: float, *, faults: tuple[Fault, ...] = FAULTS, rebuild: bool = True
) -> Report:
    """Run one campaign in a directory of its own, which keeps logs and the fault log."""
    nemesis = Nemesis(seed, faults)
    async with running_stack(data_dir) as stack:
        endpoints = stack.endpoints
        workload = Workload(endpoints["edge"], endpoints["operator_token"], sample_deck(), seed)
        stop = asyncio.Event()
        acting = asyncio.create_task(workload.run(stop))
        trouble = asyncio.create_task(nemesis.run(stack, stop))
        await asyncio.wait({acting, trouble}, timeout=seconds)
        stop.set()
        await asyncio.gather(acting, trouble)
        nemesis.heal(stack)
        nemesis.save(data_dir / "faults.json")
        rest_problem = []
        try:
            await settle(stack, _REST_SECONDS)
        except TimeoutError:
            rest_problem = [f"I1: not at rest {_REST_SECONDS} s after healing"]
        seen = await observe(stack, rebuild=rebuild and not rest_problem)
        return Report(
            seed,
            workload.history,
            Counter(str(entry["fault"]) for entry in nemesis.log),
            Counter(str(row["status"]) for row in seen.conversions),
            rest_problem + violations(workload.history, seen),
        )
