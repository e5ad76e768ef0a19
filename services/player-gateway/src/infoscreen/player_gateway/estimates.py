"""The remaining time of a conversion, estimated from the conversions before it and the time that earlier ones took."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from infoscreen.common.clock import Clock
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import Priority
from infoscreen.common.read_model import (
    DEFAULT_DURATION_SECONDS,
    remaining_by_progress,
    remaining_seconds,
    waiting_seconds,
)
from infoscreen.player_gateway.media_state import MediaState

_FRESH_SECONDS = 2.0
_LANES = {lane.value: order for order, lane in enumerate(Priority)}


@dataclass(frozen=True, slots=True)
class OpenConversion:
    """A conversion that is not done yet."""

    priority: str
    requested_sequence: int
    status: str


@dataclass(frozen=True, slots=True)
class Workload:
    """The open conversions, and how long one usually takes (None before the first)."""

    open: Sequence[OpenConversion]
    typical_seconds: float | None


def estimate(state: MediaState, workload: Workload, now: datetime) -> float | None:
    """The seconds that a medium under way will still take; None of a slow one that does not tell."""
    if state.progressed_at is not None:
        return remaining_by_progress(state.remaining_seconds, (now - state.progressed_at).total_seconds())
    typical = workload.typical_seconds or DEFAULT_DURATION_SECONDS
    if state.started_at is not None:
        return remaining_seconds(typical, (now - state.started_at).total_seconds())
    place = (_LANES.get(state.priority or "", 1), state.requested_sequence or state.generation)
    pending = [conversion for conversion in workload.open if conversion.status == "pending"]
    ahead = sum((_LANES[other.priority], other.requested_sequence) < place for other in pending)
    return waiting_seconds(ahead, len(workload.open) - len(pending), typical)


class Estimates:
    """Estimates from a workload that is read at most every two seconds."""

    def __init__(self, load: Callable[[], Awaitable[Workload]], clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._workload = Workload((), None)
        self._fresh_until = 0.0

    async def of(self, state: MediaState) -> float | None:
        """The seconds that a medium under way will still take; None while it cannot be estimated."""
        if time.monotonic() >= self._fresh_until:
            self._fresh_until = time.monotonic() + _FRESH_SECONDS
            try:
                self._workload = await self._load()
            except UnavailableError:
                return None
        return estimate(state, self._workload, self._clock())
