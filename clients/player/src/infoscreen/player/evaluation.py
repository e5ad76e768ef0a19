"""Has the player decide anew whenever the time may ask for it: at each boundary, and at each change of the clock.

The decision depends on levels and not on events: what was missed while the player was off, or while its clock was
wrong, comes out right at the next look.
"""

import asyncio
import contextlib

import structlog

from infoscreen.player.clock import Reading, Source
from infoscreen.player.decision import Decision
from infoscreen.player.programme import Programme
from infoscreen.player.schedule import next_boundary, zone_of
from infoscreen.player.shared_state import SharedState

_CHECKPOINT_SECONDS = 600.0
_CHECKPOINT_IN_OVERRIDE_SECONDS = 60.0
_ZONE = "time zone"

_log = structlog.get_logger(__name__)


class Evaluator:
    """Decides again and again, and wakes the other parts when the outcome changes.

    Args:
        look_seconds: the longest time between two looks; a system's clock that is set anew tells no program.
    """

    def __init__(self, state: SharedState, look_seconds: float = 1.0) -> None:
        self._state = state
        self._look_seconds = look_seconds
        self._decision: Decision | None = None
        self._source: Source | None = None
        self._saved: tuple[float, Programme | None] = float("-inf"), None

    async def run(self) -> None:
        """Evaluate for ever."""
        while True:
            change = self._state.change
            reading = self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause(reading)):
                    await change.wait()

    def _look(self) -> Reading:
        reading = self._state.keep_time()
        if reading.source is not self._source:
            _log.info("clock", source=reading.source, offset_seconds=reading.offset_seconds)
        decision = self._state.decision
        if (decision, reading.source) != (self._decision, self._source):
            self._decision, self._source = decision, reading.source
            self._state.notify()
        self._tell_unknown_zone()
        self._save(reading)
        return reading

    def _pause(self, reading: Reading) -> float:
        manifest = self._state.saved.manifest
        if manifest is None or reading.now is None:
            return self._look_seconds
        boundary = next_boundary(manifest.programme, reading.now)
        return min(self._look_seconds, (boundary - reading.now).total_seconds())

    def _save(self, reading: Reading) -> None:
        """Save the date every few minutes, and at once with a new programme."""
        manifest = self._state.saved.manifest
        programme = manifest.programme if manifest else None
        urgent = programme is not None and programme.override is not None
        interval = _CHECKPOINT_IN_OVERRIDE_SECONDS if urgent else _CHECKPOINT_SECONDS
        saved_at, saved_programme = self._saved
        now = self._state.clock.monotonic()
        if now - saved_at >= interval or programme is not saved_programme:
            self._saved = now, programme
            self._state.checkpoint(reading)

    def _tell_unknown_zone(self) -> None:
        manifest = self._state.saved.manifest
        name = manifest.programme.timezone if manifest else "UTC"
        known = zone_of(name) is not None
        sentence = None if known else f"This device does not know the time zone {name!r} and takes UTC. Update tzdata."
        self._state.set_problem(_ZONE, sentence)
