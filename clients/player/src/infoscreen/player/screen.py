"""Keeps on the screen what was decided: *cached → shown*.

One viewer shows; a second one exists only while it gets ready behind the first. Whatever ends, freezes or turns black
is replaced, at once the first time and then more and more slowly. Each failure counts against the files that it
happened with, which is how a broken file is rolled back: the decision leaves it out. Should a mere notice fail too,
the files were not at fault.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from infoscreen.player.decision import Notice, Scene, Slides
from infoscreen.player.errors import ViewerError
from infoscreen.player.programme import PDF
from infoscreen.player.pulse import Expectation, Pulse
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.stage import Stage
from infoscreen.player.state import PlayerState
from infoscreen.player.viewer import Viewer
from infoscreen.player.x11 import DisplayError

_LOOK_SECONDS = 0.05
_TICK_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 15.0
_VIEWER = "viewer"

_log = structlog.get_logger(__name__)
Draw = Callable[[Notice], Path]


@dataclass(slots=True)
class _Showing:
    """A viewer and what it shows; ``scene`` is None once it failed."""

    viewer: Viewer
    scene: Scene | None
    since: float
    pulse: Pulse | None
    proved: bool = False


class Screen:
    """The screen of the player.

    Args:
        draw: makes a file of a notice.
        runtime_dir: where the viewer may write.
        tick: called as long as the screen is looked after.
    """

    def __init__(
        self,
        settings: PlayerSettings,
        state: PlayerState,
        stage: Stage,
        draw: Draw,
        *,
        runtime_dir: Path,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._state = state
        self._stage = stage
        self._draw = draw
        self._runtime_dir = runtime_dir
        self._tick = tick
        self._showing: _Showing | None = None
        self._failures = 0

    async def run(self) -> None:
        """Show for ever."""
        try:
            while True:
                self._tick()
                change, scene = self._state.change, self._state.scene
                try:
                    if self._showing and self._showing.scene == scene:
                        await self._watch(self._showing, scene, change)
                    else:
                        await self._present(scene)
                except ViewerError as error:
                    await self._failed(scene, error)
                except DisplayError as error:
                    await self._without_display(error)
        finally:
            if self._showing:
                await self._showing.viewer.stop()
            await self._stage.close()

    async def _present(self, scene: Scene) -> None:
        """Bring a scene on the screen; the one before stays until the new one shows."""
        seen = await self._stage.open()
        viewer = await Viewer.start(self._command(), self._files(scene), self._runtime_dir)
        expected = self._expectation(scene)
        left_behind: Viewer | None = viewer
        try:
            if await self._shows(viewer, expected, scene, seen=seen):
                await self._stage.reveal()
                left_behind = self._showing.viewer if self._showing else None
                self._now_showing(scene, viewer, expected if seen else None)
        finally:
            if left_behind:
                await left_behind.stop()

    def _now_showing(self, scene: Scene, viewer: Viewer, seen: Expectation | None) -> None:
        now = time.monotonic()
        self._showing = _Showing(viewer, scene, now, Pulse(seen, now) if seen else None)
        _log.info("showing", scene=str(scene), viewer_pid=viewer.pid)
        self._state.now_showing(scene)

    async def _shows(self, viewer: Viewer, expected: Expectation, scene: Scene, *, seen: bool) -> bool:
        """Wait for the first page; False if meanwhile there are slides to follow what is shown, instead of a notice.

        Raises:
            ViewerError: the viewer ended, or nothing was to be seen in time.
        """
        limit = self._settings.viewer_start_seconds if seen else self._settings.viewer_settle_seconds
        deadline = time.monotonic() + limit
        while viewer.running:
            self._tick()
            if seen and await self._stage.ready(may_be_plain=expected.plain):
                return True
            if self._showing and isinstance(scene, Notice) and isinstance(self._state.scene, Slides):
                return False  # with nothing in front of it, the notice may be seen already: it is left to come up
            if time.monotonic() > deadline:
                if seen:
                    raise ViewerError(f"the viewer showed nothing within {limit:g} s")
                return True
            await asyncio.wait([viewer.ended], timeout=_LOOK_SECONDS)
        raise ViewerError(viewer.last_words)

    async def _watch(self, showing: _Showing, scene: Scene, change: asyncio.Event) -> None:
        """Look after what is shown for a moment.

        Raises:
            ViewerError: it does not show any more.
        """
        await _first_of(change, showing.viewer.ended, _TICK_SECONDS)
        if not showing.viewer.running:
            raise ViewerError(showing.viewer.last_words)
        now = time.monotonic()
        if showing.pulse:
            with contextlib.suppress(DisplayError):  # then the viewer ends as well
                if trouble := await showing.pulse.trouble(self._stage, now):
                    raise ViewerError(trouble)
        if now - showing.since >= self._settings.viewer_proof_seconds:
            self._failures = 0
            self._state.problem(_VIEWER, None)
            if not showing.proved and isinstance(scene, Slides):
                self._state.proved(scene.files)
            showing.proved = True

    async def _without_display(self, error: DisplayError) -> None:
        """There is nothing to show on, which is nobody's fault here: look again soon."""
        self._state.problem(_VIEWER, str(error))
        await asyncio.sleep(_TICK_SECONDS)

    async def _failed(self, scene: Scene, error: ViewerError) -> None:
        """Note a failure, and pause unless there is something else to show."""
        _log.warning("viewer_failed", scene=str(scene), error=str(error))
        if self._showing and self._showing.scene == scene:
            self._showing.scene = None
        self._failures += 1
        self._state.problem(_VIEWER, str(error))
        if isinstance(scene, Notice):
            self._state.strikes.clear()
        elif self._count_strikes(scene, error):
            return
        if self._failures > 1:
            await asyncio.sleep(min(_LONGEST_PAUSE_SECONDS, 0.25 * 2.0 ** min(self._failures, 10)))

    def _count_strikes(self, scene: Slides, error: ViewerError) -> bool:
        """Count a failure against those files that were never shown well, or against all; True if one is given up."""
        unproved = [file for file in scene.files if not self._state.is_proved(file)]
        given_up = [f for f in unproved or scene.files if self._state.strikes.count(f, proved=not unproved)]
        for file in given_up:
            item = self._state.memory.programme and self._state.memory.programme.item_with(file.sha256)
            title = item.title if item and item.title else file.sha256[:12]
            self._state.problem(f"file {file.sha256}", f"'{title}' cannot be shown and was rolled back: {error}")
            self._state.shelf.distrust(file)
        self._state.notify()
        return bool(given_up)

    def _command(self) -> list[str]:
        command = [*self._settings.viewer]
        if self._settings.page_seconds:
            command.append(f"--auto={self._settings.page_seconds}")
        return [*command, "--wrap"] if self._settings.wrap else command

    def _files(self, scene: Scene) -> list[Path]:
        if isinstance(scene, Slides):
            return [self._state.shelf.path(file) for file in scene.files]
        try:
            return [self._draw(scene)]
        except OSError as error:
            raise ViewerError(f"a notice cannot be drawn: {error}") from error

    def _expectation(self, scene: Scene) -> Expectation:
        if isinstance(scene, Notice):
            return Expectation()
        found = [self._state.shelf.inspection(file) for file in scene.files]
        still = self._settings.wrap and all(file.media_type == PDF for file in scene.files)
        turn_seconds = self._settings.page_seconds if still else 0
        return Expectation(sum(max(1, each.pages) for each in found), turn_seconds, plain=found[0].plain)


async def _first_of(change: asyncio.Event, ended: "asyncio.Task[int]", seconds: float) -> None:
    waiting = asyncio.create_task(change.wait())
    try:
        await asyncio.wait([waiting, ended], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
