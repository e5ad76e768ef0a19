"""The display itself: on or off by its hours, and which way up it is.

The power is asserted again and again: a television that was turned on by hand tells no program.
The picture is drawn on while the display is dark, so that it is there at once.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from infoscreen.player.programs import output_of
from infoscreen.player.shared_state import SharedState

_AGAIN_SECONDS = 300.0
_POWER, _ORIENTATION = "display power", "orientation"
_TRANSFORMS = {"normal": "normal", "left": "90", "inverted": "180", "right": "270"}  # Wayland's turn anticlockwise

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class PowerReport:
    """What became of the display's power.

    Attributes:
        wanted: whether the display should be on.
        cec: whether a television answered; None where there is none to ask.
        signal: whether the signal is on; None where the player does not know.
    """

    wanted: bool = True
    cec: bool | None = None
    signal: bool | None = None


class DisplayPower:
    """Turns the display on and off. Where the programme has no hours it leaves the display alone.

    Args:
        command: the program that does it; the player appends ``on`` or ``off``. It prints ``signal on`` or
            ``signal off``, and ``cec yes`` or ``cec no`` where there is a television to ask.
    """

    def __init__(self, state: SharedState, command: Sequence[str]) -> None:
        self._state = state
        self._command = command
        self._touched = False
        self._asserted: tuple[bool, float] | None = None
        self.report = PowerReport()

    async def run(self) -> None:
        """Keep the display's power as it should be, for ever."""
        while True:
            change = self._state.change
            await self.step()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_SECONDS):
                    await change.wait()

    async def step(self) -> None:
        """Assert the power that is wanted now, if that changed or was not asserted for a while."""
        wanted, now = self._state.decision.power, self._state.clock.monotonic()
        manifest = self._state.saved.manifest
        hours = bool(manifest and manifest.programme.power_hours)
        self.report.wanted = wanted
        if not hours and not self._touched:
            return
        if self._asserted and self._asserted[0] is wanted and now - self._asserted[1] < _AGAIN_SECONDS:
            return
        self._asserted, self._touched = (wanted, now), hours
        await self._assert(wanted=wanted)

    async def _assert(self, *, wanted: bool) -> None:
        before = self.report.signal, self.report.cec
        try:
            said = (await output_of([*self._command, "on" if wanted else "off"])).decode(errors="replace").splitlines()
            self.report.signal = _told(said, "signal on", "signal off")
            self.report.cec = _told(said, "cec yes", "cec no")
            self._state.set_problem(_POWER, None)
        except OSError as error:
            self.report.signal = self.report.cec = None
            self._state.set_problem(_POWER, f"The display's power cannot be controlled: {error}")
        if before != (self.report.signal, self.report.cec):
            _log.info("display_power", wanted=wanted, signal=self.report.signal, cec=self.report.cec)
            self._state.notify()


def _told(lines: Sequence[str], yes: str, no: str) -> bool | None:
    return True if yes in lines else False if no in lines else None


class Orientation:
    """Turns the picture, by ``xrandr`` or, on Wayland, ``wlr-randr``; the viewer then starts anew."""

    def __init__(self, state: SharedState) -> None:
        self._state = state
        self._applied = "normal"

    async def run(self) -> None:
        """Keep the picture the right way up, for ever."""
        while True:
            change = self._state.change
            await self.step()
            await change.wait()

    async def step(self) -> None:
        """Turn the picture if it is not as wanted."""
        manifest = self._state.saved.manifest
        wanted = manifest.programme.orientation if manifest else "normal"
        if wanted == self._applied or wanted not in _TRANSFORMS:
            return
        self._applied = wanted
        try:
            await _turn(wanted)
        except OSError as error:
            self._state.set_problem(_ORIENTATION, f"The picture cannot be turned: {error}")
            return
        _log.info("orientation", orientation=wanted)
        self._state.set_problem(_ORIENTATION, None)
        self._state.restart_viewer()


async def _turn(orientation: str) -> None:
    if os.environ.get("WAYLAND_DISPLAY") and shutil.which("wlr-randr"):
        for name in _outputs(await output_of(["wlr-randr"])):
            await output_of(["wlr-randr", "--output", name, "--transform", _TRANSFORMS[orientation]])
        return
    listed = (line for line in (await output_of(["xrandr", "--query"])).splitlines() if b" connected" in line)
    for name in _outputs(b"\n".join(listed)):
        await output_of(["xrandr", "--output", name, "--rotate", orientation])


def _outputs(listing: bytes) -> list[str]:
    """The outputs' names: the first word of each line that is not indented."""
    return [line.split()[0] for line in listing.decode(errors="replace").splitlines() if line[:1].strip()]
