"""The limit on dead letters at which a consumer pauses: a bad deployment must not drain the stream into them.

A single odd message becomes a dead letter and work goes on. When most messages do, the consumer is at fault: it pauses
with what it has not fetched safe in the stream. After the pause it tries again, and the next dead letter pauses it
anew, until a message is acknowledged. A restart, such as by a corrected deployment, ends the pause at once.
"""

import time
from collections import deque
from collections.abc import Callable

import structlog

from infoscreen.common.observability import CONSUMPTION_PAUSED
from infoscreen.common.settings import DeadLetterSettings

_log = structlog.get_logger(__name__)


class DeadLetterLimit:
    """Counts acknowledged messages and dead letters, and decides when consumption pauses.

    Args:
        settings: the limit.
        now: a monotonic clock, in seconds.
    """

    def __init__(self, settings: DeadLetterSettings, now: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._now = now
        self._handled: deque[tuple[float, bool]] = deque()
        self._paused_until = float("-inf")
        self._on_trial = False
        CONSUMPTION_PAUSED.set(0)

    @property
    def is_exceeded(self) -> bool:
        """True while consumption pauses."""
        paused = self._now() < self._paused_until
        CONSUMPTION_PAUSED.set(paused or self._on_trial)
        return paused

    def count(self, *, dead: bool) -> None:
        """Count a message that was acknowledged or became a dead letter."""
        now = self._now()
        if self._on_trial and now >= self._paused_until:
            self._on_trial = dead
            if dead:
                self._pause(now)
            return
        self._handled.append((now, dead))
        while self._handled[0][0] <= now - self._settings.window_seconds:
            self._handled.popleft()
        letters = sum(dead for _, dead in self._handled)
        if len(self._handled) >= self._settings.messages and letters > self._settings.share * len(self._handled):
            self._pause(now)

    def _pause(self, now: float) -> None:
        self._handled.clear()
        self._on_trial = True
        self._paused_until = now + self._settings.pause_seconds
        _log.error(
            "consumption_paused", seconds=self._settings.pause_seconds, mend="docs/runbook/consumption-paused.md"
        )
