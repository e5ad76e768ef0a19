"""Faults of lines, and of engines at their other end."""

import asyncio
import random

from chaos.arena import Arena
from chaos.fault import Injection
from chaos.gotenberg import Trouble
from chaos.stack import OWN_LINE
from chaos.toxics import Toxic
from infoscreen.common.messaging import topology

_PAST_ACK_WAIT_SECONDS = (topology.ACK_WAIT_SECONDS + 3, topology.ACK_WAIT_SECONDS + 12)


def poison(line: str, toxic: Toxic) -> Injection:
    """A toxic on a line for some seconds."""

    async def inject(arena: Arena, chance: random.Random) -> None:
        proxy = arena.stack.proxies[line]
        proxy.poison(toxic)
        try:
            await asyncio.sleep(chance.uniform(2, 8))
        finally:
            proxy.heal()

    return inject


async def cut_off_past_ack_wait(arena: Arena, chance: random.Random) -> None:
    """Row 8: one converter is alone for longer than the others wait for it."""
    proxy = arena.stack.proxies[OWN_LINE]
    proxy.poison(Toxic(blackhole=True))
    try:
        await asyncio.sleep(chance.uniform(*_PAST_ACK_WAIT_SECONDS))
    finally:
        proxy.heal()


def trouble_gotenberg(trouble: Trouble) -> Injection:
    """Row 13: the engine that is reached over a line."""

    async def inject(arena: Arena, chance: random.Random) -> None:
        arena.gotenberg.trouble = trouble
        try:
            await asyncio.sleep(chance.uniform(2, 8))
        finally:
            arena.gotenberg.trouble = None

    return inject
