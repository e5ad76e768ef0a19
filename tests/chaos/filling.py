"""Faults of disks: no room, then room again (rows 7 and 17)."""

import asyncio
import random
import signal

from chaos.arena import Arena
from chaos.fault import Injection


def fill_disk(name: str) -> Injection:
    """A server's disk is full for some seconds; then there is room, and an operator restarts it.

    Both need that: NATS keeps its streams shut, and SeaweedFS' directories refuse whatever their journal refused once.
    """

    async def inject(arena: Arena, chance: random.Random) -> None:
        disk = arena.stack.disk(name)
        await disk.fill()
        try:
            await asyncio.sleep(chance.uniform(4, 8))
        finally:
            disk.make_room()
            arena.stack.signal(name, signal.SIGTERM)

    return inject
