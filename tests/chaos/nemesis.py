"""Injects faults drawn from a seed, lane by lane, and heals what still lasts in the end."""

import asyncio
import json
import random
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import nats
import nats.errors
import psutil

from chaos.arena import Arena, MissedError
from chaos.fault import Fault, Lane
from chaos.messages import restore_topology
from chaos.workload import pause
from infoscreen.common.clock import utc_now

_QUIET_SECONDS = {
    Lane.TROUBLE: (0.5, 2.5),
    Lane.ENDURANCE: (5.0, 20.0),
    Lane.CLIENTS: (0.5, 2.0),
    Lane.PATIENCE: (1.0, 5.0),
}
# What a fault needs may be away because of another one.
_AWAY = (MissedError, OSError, TimeoutError, nats.errors.Error, httpx.HTTPError, psutil.Error, json.JSONDecodeError)


@dataclass
class Nemesis:
    """Injects faults until told to stop, and keeps a log that replays from the seed."""

    seed: int
    faults: tuple[Fault, ...]
    log: list[dict[str, object]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    async def run(self, arena: Arena, stop: asyncio.Event) -> None:
        """Keep every lane busy."""
        faults = self._possible(arena)
        async with asyncio.TaskGroup() as group:
            for lane in Lane:
                if kinds := [fault for fault in faults if fault.lane is lane]:
                    group.create_task(self._run_lane(lane, kinds, arena, stop))

    def _possible(self, arena: Arena) -> list[Fault]:
        reason = arena.stack.no_disks
        self.skipped = [f"{f.name}: {reason}" for f in self.faults if f.needs_disks and reason]
        return [fault for fault in self.faults if not (fault.needs_disks and reason)]

    async def _run_lane(self, lane: Lane, faults: list[Fault], arena: Arena, stop: asyncio.Event) -> None:
        """One fault after another; every kind once before any comes twice."""
        chance = random.Random(f"{lane}/{self.seed}")
        bag: list[Fault] = []
        while not stop.is_set():
            bag = bag or chance.sample(faults, k=len(faults))
            fault = bag.pop()
            entry: dict[str, object] = {"at": utc_now().isoformat(), "fault": fault.name, "rows": fault.rows}
            self.log.append(entry)
            try:
                # Its own chances: what one fault draws does not change what comes after it.
                await fault.inject(arena, random.Random(chance.getrandbits(64)))
            except _AWAY as error:
                entry["missed"] = repr(error)
            entry["until"] = utc_now().isoformat()
            await pause(stop, chance.uniform(*_QUIET_SECONDS[lane]))

    async def heal(self, arena: Arena) -> None:
        """End whatever still lasts.

        Raises:
            MissedError: NATS does not take the topology.
        """
        arena.gotenberg.trouble = None
        for proxy in arena.stack.proxies.values():
            proxy.heal()
        for name in arena.stack.endpoints["pids"]:
            if name != "up":
                arena.stack.signal(name, signal.SIGCONT)
        await restore_topology(arena)

    @property
    def counts(self) -> dict[str, Counter[str]]:
        """How often each kind was injected, and how often it missed."""
        return {
            "injected": Counter(str(entry["fault"]) for entry in self.log if "missed" not in entry),
            "missed": Counter(str(entry["fault"]) for entry in self.log if "missed" in entry),
        }

    def save(self, path: Path) -> None:
        """Keep the seed and the log beside the system's own."""
        content = {"seed": self.seed, "skipped": self.skipped, "faults": self.log}
        path.write_text(json.dumps(content, indent=2) + "\n")
