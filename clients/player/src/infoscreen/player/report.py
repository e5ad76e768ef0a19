"""Reports to the server what the screen shows and how the player is: after each change, and else at an interval."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any, Protocol

import structlog

from infoscreen.player import device
from infoscreen.player.clock import ServerClock
from infoscreen.player.decision import Notice, Playlist
from infoscreen.player.errors import ServerUnreachableError, UnauthorizedError
from infoscreen.player.shared_state import SharedState

_LONGEST_TEXT = 200  # the gateway's limits
_MOST_ERRORS = 20
_SETTLE_SECONDS = 0.5
_SOONEST_SECONDS = 2.0

_log = structlog.get_logger(__name__)


class Server(Protocol):
    """The server, which takes reports."""

    async def report(self, document: Mapping[str, Any]) -> None:
        """Send a report."""


class Reporter:
    """Sends reports.

    Args:
        clock: gives the server's date; the machine's own may be wrong.
        interval_seconds: between two reports while nothing changes.
    """

    def __init__(
        self, server: Server, state: SharedState, clock: ServerClock, version: str, interval_seconds: float
    ) -> None:
        self._server = server
        self._state = state
        self._clock = clock
        self._version = version
        self._interval_seconds = interval_seconds
        self._started = time.monotonic()

    async def run(self) -> None:
        """Report for ever; a report that does not arrive is made anew."""
        reported: tuple[object, ...] | None = None
        while True:
            change = self._state.change
            facts = self._facts()
            try:
                await self._server.report(await self._document())
                reported = facts
            except (ServerUnreachableError, UnauthorizedError) as error:
                _log.debug("report_failed", error=str(error))
            await asyncio.sleep(_SOONEST_SECONDS if reported == facts else _SOONEST_SECONDS * 2)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._interval_seconds):
                    while reported == self._facts():
                        await change.wait()
                        await asyncio.sleep(_SETTLE_SECONDS)
                        change = self._state.change

    def _facts(self) -> tuple[object, ...]:
        """The facts whose change causes a report at once."""
        return self._state.shown, self._state.shown_since, tuple(self._state.problems.items())

    async def _document(self) -> dict[str, Any]:
        errors = [text[:_LONGEST_TEXT] for text in list(self._state.problems.values())[:_MOST_ERRORS]]
        return {
            "showing": self._showing(),
            "health": {
                "version": self._version,
                "free_disk_bytes": self._state.cache.free_bytes,
                "temperature_celsius": device.temperature_celsius(),
                "undervoltage": await device.undervoltage(),
                "uptime_seconds": round(time.monotonic() - self._started, 1),
                "errors": errors,
            },
        }

    def _showing(self) -> dict[str, Any] | None:
        shown, since = self._state.shown, self._clock.date_of(self._state.glass_since)
        when = {"since": since.isoformat()} if since else {}
        if isinstance(shown, Notice):
            return {"note": f"Notice: {shown.topic}", **when}
        if not isinstance(shown, Playlist):
            return None
        position, number = self._state.position, len(shown.entries)
        entry = shown.entries[position or 0]
        place = f"{position + 1} of {number}" if position is not None else f"One of {number}, unknown which"
        note = place if number > 1 else None
        return {"media_id": entry.media_id, "sha256": entry.file.sha256, "note": note, **when}
