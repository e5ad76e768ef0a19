"""Reports to the server what the screen shows and how the player is: after each change, and else at an interval."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any, Protocol

import structlog

from infoscreen.player import device
from infoscreen.player.decision import Decision, Entry, Notice, Playlist
from infoscreen.player.display import PowerReport
from infoscreen.player.errors import ServerUnreachableError, UnauthorizedError
from infoscreen.player.manifest import DisplayFile
from infoscreen.player.plays import played
from infoscreen.player.shared_state import SharedState

_LONGEST_TEXT = 200  # the gateway's limits
_MOST_ERRORS = 20
_MOST_HELD = 500
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
        interval_seconds: between two reports while nothing changes.
        power: what became of the display's power.
    """

    def __init__(
        self,
        server: Server,
        state: SharedState,
        version: str,
        interval_seconds: float,
        power: PowerReport | None = None,
    ) -> None:
        self._server = server
        self._state = state
        self._power = power or PowerReport()
        self._version = version
        self._interval_seconds = interval_seconds
        self._started = time.monotonic()

    async def run(self) -> None:
        """Report for ever; a report that does not arrive is made anew."""
        reported: tuple[object, ...] | None = None
        while True:
            change = self._state.change
            facts = self._facts()
            plays = self._state.saved.plays
            told = plays.unreported()
            try:
                await self._server.report(await self._document())
                plays.taken(told)
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
        state, decision = self._state, self._state.decision
        manifest = state.saved.manifest
        return (
            state.shown,
            state.shown_since,
            tuple(state.problems.items()),
            (decision.entry, decision.override, decision.power),
            manifest.etag if manifest else None,
            state.saved.done_commands,
            tuple(held["state"] for held in self._held()),
        )

    async def _document(self) -> dict[str, Any]:
        errors = [text[:_LONGEST_TEXT] for text in list(self._state.problems.values())[:_MOST_ERRORS]]
        manifest, clock, decision = self._state.saved.manifest, self._state.clock.read(), self._state.decision
        return {
            "showing": self._showing(),
            "applied": manifest.etag if manifest else None,
            "held": self._held(),
            **self._place(decision),
            "commands_done": list(self._state.saved.done_commands),
            "clock": {"source": clock.source, "offset_seconds": clock.offset_seconds},
            "power": {
                "wanted": "on" if decision.power else "off",
                "cec": _word(self._power.cec, "yes", "no"),
                "signal": _word(self._power.signal, "on", "off"),
            },
            "played": [played(key, total) for key, total in self._state.saved.plays.unreported().items()],
            "health": {
                "version": self._version,
                "free_disk_bytes": self._state.cache.free_bytes,
                "temperature_celsius": device.temperature_celsius(),
                "undervoltage": await device.undervoltage(),
                "uptime_seconds": round(time.monotonic() - self._started, 1),
                "errors": errors,
            },
        }

    def _held(self) -> list[dict[str, str]]:
        """Of each file that the manifest names, whether it is here."""
        files = dict.fromkeys(medium.file for medium in self._state.due_media if medium.file)
        return [{"sha256": file.sha256, "state": self._state_of(file)} for file in files][:_MOST_HELD]

    def _state_of(self, file: DisplayFile) -> str:
        if self._state.quarantine.holds(file):
            return "failed"
        return "held" if self._state.cache.has(file) else "downloading"

    def _place(self, decision: Decision) -> dict[str, Any]:
        """Where in the programme the glass is: the schedule's entry, the playlist's item, and its page."""
        scene = decision.scene if decision.scene == self._state.shown else self._state.shown
        entry = self._entry(scene) if isinstance(scene, Playlist) else None
        return {"entry": decision.entry, "item": entry.item or None if entry else None, "page": self._state.page}

    def _entry(self, playlist: Playlist) -> Entry:
        return playlist.entries[self._state.position or 0]

    def _showing(self) -> dict[str, Any] | None:
        shown, since = self._state.shown, self._state.clock.date_of(self._state.glass_since)
        when = {"since": since.isoformat()} if since else {}
        if isinstance(shown, Notice):
            return {"note": f"Notice: {shown.topic}", **when}
        if not isinstance(shown, Playlist):
            return None
        position, number = self._state.position, len(shown.entries)
        entry = self._entry(shown)
        place = f"{position + 1} of {number}" if position is not None else f"One of {number}, unknown which"
        note = place if number > 1 else None
        return {"media_id": entry.media_id, "sha256": entry.file.sha256, "note": note, **when}


def _word(value: bool | None, yes: str, no: str) -> str | None:
    return None if value is None else yes if value else no
