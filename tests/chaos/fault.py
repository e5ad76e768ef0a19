"""What a fault is: a kind of trouble, the rows of the fault table it stands for, and how it is injected."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from chaos.arena import Arena

Injection = Callable[[Arena, random.Random], Awaitable[None]]


class Lane(StrEnum):
    """Faults of one lane come one after another; lanes go on beside each other."""

    TROUBLE = "trouble"
    ENDURANCE = "endurance"
    CLIENTS = "clients"
    PATIENCE = "patience"


@dataclass(frozen=True)
class Fault:
    """One kind of trouble. ``rows`` are those of the fault table in docs/reliability.md."""

    name: str
    rows: tuple[int, ...]
    inject: Injection
    lane: Lane = Lane.TROUBLE
    needs_disks: bool = False
