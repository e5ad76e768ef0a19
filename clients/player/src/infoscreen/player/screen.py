"""Keeps the decided scene on the screen.

One viewer shows the scene; a second one runs only while it starts behind the first. The screen replaces a viewer that
ends, hangs or shows nothing, at once after the first failure and with growing pauses after further ones. Each failure
counts against the files at fault; the quarantine then rolls a broken file back, since the decision leaves it out. If a
notice fails too, the files were not at fault.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from infoscreen.player.backoff import delay_after
from infoscreen.player.decision import Decision, Notice, Playlist, Scene
from infoscreen.player.errors import ViewerError
from infoscreen.player.presentation import Presentation, presentation_of
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.shared_state import SharedState
from infoscreen.player.viewer import Viewer
from infoscreen.player.viewer_health import ViewerHealth
from infoscreen.player.windows import Windows
from infoscreen.player.x11 import DisplayError

_LOOK_SECONDS = 0.05
_TICK_SECONDS = 1.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 15.0
_VIEWER = "viewer"

_log = structlog.get_logger(__name__)
Draw = Callable[[Notice], Path]
Start = Callable[[Sequence[str], Sequence[Path], Path], Awaitable[Viewer]]


@dataclass(slots=True)
class _Showing:
    """A viewer and its scene; ``scene`` is None once the viewer failed."""

    viewer: Viewer
    scene: Scene | None
    since: float
    health: ViewerHealth | None
    restarts: int
    proven: set[int] = field(default_factory=set)


class Screen:
    """The screen of the player.

    Args:
        draw: draws a notice into a file.
        runtime_dir: where the viewer may write.
        tick: the screen calls it as long as it works.
        start: starts a viewer.
    """

    def __init__(
        self,
        settings: PlayerSettings,
        state: SharedState,
        windows: Windows,
        draw: Draw,
        *,
        runtime_dir: Path,
        tick: Callable[[], None] = lambda: None,
        start: Start = Viewer.start,
    ) -> None:
        self._settings = settings
        self._state = state
        self._windows = windows
        self._draw = draw
        self._runtime_dir = runtime_dir
        self._tick = tick
        self._start = start
        self._title = re.compile(settings.viewer_title)
        self._showing: _Showing | None = None
        self._failures = 0

    async def run(self) -> None:
        """Show for ever."""
        try:
            while True:
                self._tick()
                change, decision = self._state.change, self._state.decision
                scene = decision.scene
                try:
                    if self._showing and self._is_current(self._showing, scene):
                        await self._watch(self._showing, scene, change)
                    else:
                        await self._present(decision)
                except ViewerError as error:
                    await self._failed(scene, error)
                except DisplayError as error:
                    await self._without_display(error)
        finally:
            if self._showing:
                await self._showing.viewer.stop()
            await self._windows.close()

    def _is_current(self, showing: _Showing, scene: Scene) -> bool:
        return showing.scene == scene and showing.restarts == self._state.restarts

    async def _present(self, decision: Decision) -> None:
        """Bring a scene on the screen; the one before stays until the new one has a page."""
        scene, restarts = decision.scene, self._state.restarts
        seen = await self._windows.open()
        new = presentation_of(scene, self._settings, self._state.cache, self._draw, self._runtime_dir)
        viewer = await self._start(new.command, new.files, self._runtime_dir)
        obsolete: Viewer | None = viewer
        try:
            if await self._shows(viewer, new, decision, seen=seen):
                await self._windows.reveal()
                obsolete = self._showing.viewer if self._showing else None
                self._now_showing(scene, viewer, new if seen else None, restarts)
        finally:
            if obsolete:
                await obsolete.stop()

    def _now_showing(self, scene: Scene, viewer: Viewer, seen: Presentation | None, restarts: int) -> None:
        now = self._state.clock.monotonic()
        health = ViewerHealth(seen.expected, self._title, now) if seen else None
        self._showing = _Showing(viewer, scene, now, health, restarts)
        _log.info("showing", scene=str(scene), viewer_pid=viewer.pid)
        self._state.now_showing(scene)

    async def _shows(self, viewer: Viewer, new: Presentation, decision: Decision, *, seen: bool) -> bool:
        """Wait for the first page. Returns False when what is wanted now must not wait for that.

        Raises:
            ViewerError: the viewer ended, or showed nothing in time.
        """
        limit = self._settings.viewer_start_seconds if seen else self._settings.viewer_settle_seconds
        deadline = self._state.clock.monotonic() + limit
        while viewer.running:
            self._tick()
            if seen and await self._windows.ready(may_be_plain=new.expected.entries[0].plain_start):
                return True
            if self._showing and self._is_overtaken(decision):
                return False  # only behind another window: without one in front the new one is visible already
            if self._state.clock.monotonic() > deadline:
                if seen:
                    raise ViewerError(f"the viewer showed nothing within {limit:g} s", [0])
                return True
            await asyncio.wait([viewer.ended], timeout=_LOOK_SECONDS)
        raise ViewerError(viewer.exit_description)

    def _is_overtaken(self, decision: Decision) -> bool:
        """Whether files have become usable while a notice starts, or an override began or ended."""
        wanted = self._state.decision
        if wanted.override != decision.override:
            return wanted.scene != decision.scene
        return isinstance(decision.scene, Notice) and isinstance(wanted.scene, Playlist)

    async def _watch(self, showing: _Showing, scene: Scene, change: asyncio.Event) -> None:
        """Watch the viewer for a moment.

        Raises:
            ViewerError: the viewer no longer shows the scene.
        """
        await _first_of(change, showing.viewer.ended, _TICK_SECONDS)
        if not showing.viewer.running:
            raise ViewerError(showing.viewer.exit_description)
        now = self._state.clock.monotonic()
        if showing.health:
            with contextlib.suppress(DisplayError):  # the viewer ends with its display
                if fault := await showing.health.fault(self._windows, now):
                    raise ViewerError(fault.description, fault.positions)
            self._state.on_glass(showing.health.position, showing.health.page)
        if now - showing.since >= self._settings.viewer_proof_seconds:
            self._failures = 0
            self._state.set_problem(_VIEWER, None)
            if isinstance(scene, Playlist):
                self._prove(showing, scene)

    def _prove(self, showing: _Showing, scene: Playlist) -> None:
        """The files that were on the glass are proven; all of them where the player sees no windows."""
        shown = showing.health.shown if showing.health else set(range(len(scene.entries)))
        if new := shown - showing.proven:
            showing.proven |= new
            self._state.mark_proven(scene.entries[position] for position in new)

    async def _without_display(self, error: DisplayError) -> None:
        """The display is gone, which counts against no file: look again soon."""
        self._state.set_problem(_VIEWER, str(error))
        await asyncio.sleep(_TICK_SECONDS)

    async def _failed(self, scene: Scene, error: ViewerError) -> None:
        """Record a failure, and pause unless the decision now gives another scene."""
        _log.warning("viewer_failed", scene=str(scene), error=str(error), positions=error.positions)
        if self._showing and self._showing.scene == scene:
            self._showing.scene = None
        self._failures += 1
        self._state.set_problem(_VIEWER, str(error))
        if isinstance(scene, Notice):
            self._state.quarantine.clear()
        elif self._quarantine(scene, error):
            return
        if self._failures > 1:
            await asyncio.sleep(delay_after(self._failures, _FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS))

    def _quarantine(self, scene: Playlist, error: ViewerError) -> bool:
        """Count a failure against the files at fault. Returns True when one goes into quarantine.

        Where the error names no position, the unproven files are at fault, and without any all files.
        """
        at_fault = {scene.entries[position].file for position in error.positions}
        unproven = {file for file in scene.files if not self._state.is_proven(file)}
        files = at_fault or unproven or set(scene.files)
        quarantine, is_proven = self._state.quarantine, self._state.is_proven
        quarantined = [file for file in files if quarantine.record_failure(file, proven=is_proven(file))]
        for file in quarantined:
            medium = self._state.saved.manifest and self._state.saved.manifest.with_content(file.sha256)
            title = medium.title if medium and medium.title else file.sha256[:12]
            self._state.set_problem(f"file {file.sha256}", f"'{title}' cannot be shown and was rolled back: {error}")
            self._state.cache.invalidate(file)
        self._state.notify()
        return bool(quarantined)


async def _first_of(change: asyncio.Event, ended: "asyncio.Task[int]", seconds: float) -> None:
    waiting = asyncio.create_task(change.wait())
    try:
        await asyncio.wait([waiting, ended], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
