"""Faults of lines, and of engines at their other end."""

import asyncio
import contextlib
import random
from collections.abc import Iterator

from chaos.arena import Arena
from chaos.fault import Injection
from chaos.gotenberg import Trouble
from chaos.jobs import GRACE_SECONDS, clean_up
from chaos.stack import OWN_LINES
from chaos.toxics import Toxic
from infoscreen.common.messaging import topology

_PAST_ACK_WAIT_SECONDS = (topology.ACK_WAIT_SECONDS + 3, topology.ACK_WAIT_SECONDS + 12)
_TOGETHER = {"nats": ("nats", OWN_LINES["ingest"])}
"""Lines that a fault of a server hits together: without its own, ingest would never park an upload."""


def poison(line: str, toxic: Toxic) -> Injection:
    """A toxic on a line for some seconds."""

    async def inject(arena: Arena, chance: random.Random) -> None:
        with poisoned(arena, toxic, *_TOGETHER.get(line, (line,))):
            await asyncio.sleep(chance.uniform(2, 8))

    return inject


@contextlib.contextmanager
def poisoned(arena: Arena, toxic: Toxic, *lines: str) -> Iterator[None]:
    """Lines with a toxic on them."""
    proxies = [arena.stack.proxies[line] for line in lines]
    for proxy in proxies:
        proxy.poison(toxic)
    try:
        yield
    finally:
        for proxy in proxies:
            proxy.heal()


async def cut_off_past_ack_wait(arena: Arena, chance: random.Random) -> None:
    """Row 8: one converter is alone for longer than the others wait for it."""
    with poisoned(arena, Toxic(blackhole=True), OWN_LINES["converter-1"]):
        await asyncio.sleep(chance.uniform(*_PAST_ACK_WAIT_SECONDS))


async def clean_up_while_files_are_parked(arena: Arena, chance: random.Random) -> None:
    """Row 25: ingest parks uploads for longer than the clean-up's grace, and the clean-up deletes none of them."""
    with poisoned(arena, Toxic(blackhole=True), OWN_LINES["ingest"]):
        await asyncio.sleep(GRACE_SECONDS + 20)
        await clean_up(arena, chance)


def trouble_gotenberg(trouble: Trouble) -> Injection:
    """Row 13: the engine that is reached over a line."""

    async def inject(arena: Arena, chance: random.Random) -> None:
        arena.gotenberg.trouble = trouble
        try:
            await asyncio.sleep(chance.uniform(2, 8))
        finally:
            arena.gotenberg.trouble = None

    return inject
