"""A fortnight of a screen, with rules, outages, reboots, wrong clocks and a change of the clocks.

What was on the glass is what a slow and obvious model says, in every fifth minute. The first test has a viewer that
costs nothing; the second shows each change by the real one, and looks for blank frames.
"""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest
from support.fortnight import MEDIA, Model, Reboot, Sight, Story
from support.player_time import FakeMachine
from support.programme_model import Expected
from support.until import until
from support.virtual_time import run

from infoscreen.player import screen as screen_module
from infoscreen.player.clock import Clock
from infoscreen.player.credentials import Credentials
from infoscreen.player.decision import Notice, Playlist, Scene, Topic
from infoscreen.player.errors import ServerUnreachableError
from infoscreen.player.evaluation import Evaluator
from infoscreen.player.file_cache import FileCache
from infoscreen.player.follow import Follower, ManifestSource
from infoscreen.player.inspection import UNKNOWN
from infoscreen.player.manifest import Manifest
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.saved_state import SavedState
from infoscreen.player.screen import Screen
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.shared_state import SharedState

from .conftest import ScreenUnderTest, VirtualDisplay

WAIT_SECONDS, RETRY_SECONDS = 900.0, 60.0
STORIES = {
    "spring in Berlin": (date(2026, 3, 20), "Europe/Berlin", 1),
    "autumn in Berlin": (date(2026, 10, 16), "Europe/Berlin", 2),
}


def seen(scene: Scene, *, power: bool, entry: str | None) -> Expected:
    """What is on the glass, as the model says it."""
    if isinstance(scene, Playlist):
        return Expected(tuple(item.media_id for item in scene.entries), None, entry, power)
    return Expected((), scene.detail if scene.topic is Topic.OVERRIDE else str(scene), entry, power)


class SimulatedMachine(FakeMachine):
    """A machine in a loop of virtual time, in a story."""

    def __init__(self, story: Story) -> None:
        super().__init__()
        self.story = story
        self.system_at, self.rtc_at = story.begins, story.begins

    @property
    def true(self) -> datetime:
        """The date, which the player cannot see."""
        return self.story.begins + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def date(self) -> datetime:
        return self.system_at + timedelta(seconds=self.monotonic())

    def battery_backed(self) -> datetime | None:
        return self.rtc_at + timedelta(seconds=self.monotonic())

    def boot(self, reboot: Reboot) -> None:
        """Have the clocks of a machine that was off."""
        passed = timedelta(seconds=self.monotonic())
        self.system_at = reboot.system - passed
        self.rtc_at = self.story.begins if reboot.battery else datetime(1970, 1, 1, tzinfo=UTC) - passed


class Server:
    """The server of a story, for one start of the player."""

    def __init__(self, machine: SimulatedMachine, clock: Clock) -> None:
        self._machine, self._clock = machine, clock

    async def manifest(self, etag: str | None, wait_seconds: float) -> tuple[Manifest, str] | None:
        """Answer by a long poll, with the true date."""
        story, now = self._machine.story, self._machine.true
        if not story.reachable(now):
            raise ServerUnreachableError("an outage")
        programme = story.programme_at(now)
        if f"{id(programme)}" == etag and wait_seconds > 0:
            pause = min(wait_seconds, (story.next_edge(now) - now).total_seconds())
            await asyncio.sleep(pause)
            return await self.manifest(etag, wait_seconds - pause)
        self._clock.observe(now.strftime("%a, %d %b %Y %H:%M:%S GMT"))
        return None if f"{id(programme)}" == etag else (story.manifest(programme), f"{id(programme)}")


class FreeViewer:
    """A viewer that costs nothing."""

    pid = 1
    running = True
    exit_description = "never"

    def __init__(self) -> None:
        self.ended = asyncio.get_running_loop().create_future()

    @classmethod
    async def start(cls, _command: Sequence[str], _files: Sequence[Path], _directory: Path) -> "FreeViewer":
        return cls()

    async def stop(self) -> None:
        """End at once."""


class NoWindows:
    """A display that the player cannot look at."""

    async def open(self) -> bool:
        return False

    async def reveal(self) -> None:
        """Put nothing in front."""

    async def close(self) -> None:
        """End nothing."""


class Player:
    """A player in a story; each start has the disk of the one before and nothing else."""

    def __init__(self, story: Story, directory: Path) -> None:
        self.machine = SimulatedMachine(story)
        self.directory = directory
        self.glass: list[tuple[datetime, Expected | None]] = []

    async def live(self, until: datetime) -> None:
        """Run until a moment, then lose the power."""
        clock = Clock(self.machine)
        cache = FileCache(self.directory / "files", 10**6, 0)
        cache.open()
        cache._checked = dict.fromkeys(self.machine.story.files.values(), UNKNOWN)
        state = SharedState(SavedState(self.directory), cache, Quarantine(), clock)
        state.load()
        self._record(state)
        settings = PlayerSettings(data_dir=self.directory, viewer_settle_seconds=0.01)
        screen = Screen(settings, state, NoWindows(), _draw, runtime_dir=self.directory, start=FreeViewer.start)
        source = ManifestSource(Server(self.machine, clock), WAIT_SECONDS)
        credentials = Credentials(self.directory)
        follower = Follower(source, state, credentials, RETRY_SECONDS)
        parts = [screen.run, follower.run, Evaluator(state, 900).run, state.persist]
        tasks = [asyncio.create_task(part()) for part in parts]
        await asyncio.sleep((until - self.machine.true).total_seconds())
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(result, asyncio.CancelledError), result
        self.glass.append((self.machine.true, None))

    def _record(self, state: SharedState) -> None:
        """Write down each scene that the screen shows, with the power and the entry of its decision."""

        async def record() -> None:
            while True:
                change = state.change
                decision = state.decision
                if state.shown is not None:
                    now = seen(state.shown, power=decision.power, entry=decision.entry)
                    if not self.glass or self.glass[-1][1] != now:
                        self.glass.append((self.machine.true, now))
                await change.wait()

        self._recording = asyncio.create_task(record())

    async def fortnight(self) -> None:
        """Live through the whole story."""
        story = self.machine.story
        for reboot in story.reboots:
            await self.live(reboot.off.begins)
            self._recording.cancel()
            await asyncio.sleep((reboot.off.ends - self.machine.true).total_seconds())
            self.machine.boot(reboot)
        await self.live(story.ends)
        self._recording.cancel()


async def at_once(work: Callable[..., object], *arguments: object) -> object:
    """Do at once what would be done in a thread, whose time virtual time does not know."""
    return work(*arguments)


def _draw(_notice: Notice) -> Path:
    return Path("/nowhere")


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_fortnight_shows_what_the_model_says(story, tmp_path, monkeypatch):
    monkeypatch.setattr(screen_module, "_TICK_SECONDS", 600)
    monkeypatch.setattr(screen_module, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(asyncio, "to_thread", at_once)  # no thread of a player outlives its power
    told = Story(*story)
    player = Player(told, tmp_path)
    run(player.fortnight())
    log = iter(player.glass)
    upcoming = next(log)
    now: Expected | None = None
    wrong, compared = [], 0
    for sight in Model(told).sights:
        while upcoming is not None and upcoming[0] <= sight.at:
            now, upcoming = upcoming[1], next(log, None)
        compared += sight.exact
        if sight.exact and now != sight.expected:
            wrong.append((sight.at.isoformat(), now, sight.expected))
    assert wrong[:5] == []
    assert compared > 3_500
    assert len(player.glass) > 100


class RealClocks(FakeMachine):
    """A machine that knows no date, whose seconds pass."""

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class RealScreen:
    """A player with the real viewer; each start has the disk of the one before and nothing else."""

    settings: PlayerSettings
    directory: Path
    display: VirtualDisplay
    story: Story
    pictures: dict[object, bytes] = field(default_factory=dict)
    starts: int = 0
    changes: int = 0
    frames: int = 0
    blank: int = 0

    async def boot(self, sights: list[Sight]) -> None:
        """Start, show what some sights are of, and lose the power."""
        self.starts += 1
        subject = ScreenUnderTest(self.settings, self.directory, Clock(RealClocks()))
        subject.state.load()
        subject.state.cache._checked = dict.fromkeys(self.story.files.values(), UNKNOWN)
        task = asyncio.create_task(subject.screen.run())
        try:
            await self._show(subject.state, sights[0])
            with self.display.watched() as frames:
                for sight in sights[1:]:
                    await self._show(subject.state, sight)
            self.frames, self.blank = self.frames + frames.seen, self.blank + frames.blank
            subject.state.checkpoint(subject.state.clock.read())
            await subject.state.saved.save()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _show(self, state: SharedState, sight: Sight) -> None:
        """Tell the player the date and the programme of a sight, and wait until a person sees what is expected."""
        self.changes += 1
        if sight.dated:
            state.clock.observe(sight.at.strftime("%a, %d %b %Y %H:%M:%S GMT"))
        state.manifest_received(self.story.manifest(sight.heard))
        wanted = sight.expected
        await until(
            lambda: state.shown and seen(state.shown, power=wanted.power, entry=wanted.entry) == wanted, str(sight)
        )
        first = wanted.media[:1] or wanted.text
        picture = self.pictures.setdefault(first, self.display.picture())
        await until(lambda: self.display.picture() == picture, f"the picture of {first}")


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
async def test_fortnight_has_no_blank_frame_on_the_real_glass(display, deck, tmp_path):
    story = Story(*STORIES["spring in Berlin"])
    settings = PlayerSettings(data_dir=tmp_path / "data", page_seconds=3600)
    preparing = ScreenUnderTest(settings, tmp_path)
    story.use_files({media_id: await preparing.put(deck(media_id)) for media_id in MEDIA})
    real = RealScreen(settings, tmp_path, display, story)
    for _, sights in groupby(_changes(story), key=lambda sight: sum(r.off.ends <= sight.at for r in story.reboots)):
        await real.boot(list(sights))
    sys.stdout.write(f"{real.starts} starts, {real.changes} changes, {real.frames} frames, {real.blank} blank\n")
    assert real.changes > 100
    assert len(set(real.pictures.values())) == len(real.pictures)
    assert real.blank == 0


def _changes(story: Story) -> list[Sight]:
    """The sights that are not as the one before; without those that depend on how long the power was away."""
    changes: list[Sight] = []
    for sight in Model(story).sights:
        counted = sight.heard.override is not None and not sight.dated
        before = changes[-1] if changes else None
        rebooted = before and any(before.at < reboot.off.ends <= sight.at for reboot in story.reboots)
        if sight.exact and not counted and (rebooted or not before or before.expected != sight.expected):
            changes.append(sight)
    return changes
