"""What a person in front of the screen sees: the real viewer on a real X server, by its framebuffer."""

import asyncio
import contextlib
import hashlib
import os
import re
import signal
import stat
import struct
from pathlib import Path

import pytest

from infoscreen.player import viewer_health
from infoscreen.player.decision import Notice, Slides, Topic
from infoscreen.player.file_cache import FileCache
from infoscreen.player.manifest import Connection, DisplayFile, Item, Manifest, Status
from infoscreen.player.notices import NoticeRenderer
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.saved_state import SavedState
from infoscreen.player.screen import Screen
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.shared_state import SharedState
from infoscreen.player.windows import XWindows
from infoscreen.player.x11 import Display

SECONDS = 60


async def until(condition, what: str = "the condition"):
    """Wait for a condition that is seen from outside."""
    async with asyncio.timeout(SECONDS):
        while not (result := condition()):
            await asyncio.sleep(0.02)
        return result


class ScreenUnderTest:
    """A screen with its state, as the player wires them."""

    def __init__(self, settings: PlayerSettings, runtime_dir: Path) -> None:
        cache = FileCache(settings.data_dir / "files", settings.disk_limit_bytes, settings.disk_reserve_bytes)
        cache.open()
        self.state = SharedState(SavedState(settings.data_dir), cache, Quarantine())
        board = NoticeRenderer(runtime_dir, "foyer", lambda: "https://infoscreen.example.org")
        windows = XWindows(re.compile(settings.viewer_title))
        self.screen = Screen(settings, self.state, windows, board.draw, runtime_dir=runtime_dir)

    async def put(self, content: bytes) -> DisplayFile:
        """A deck on the disk, as the fetcher leaves it."""
        file = DisplayFile(hashlib.sha256(content).hexdigest(), len(content))
        self.state.cache.part(file).write_bytes(content)
        await self.state.cache.commit(file)
        return file

    async def show(self, content: bytes) -> DisplayFile:
        """Want a deck and wait until it is on the screen."""
        file = await self.want(content)
        await until(lambda: self.state.shown == Slides((file,)))
        return file

    async def want(self, content: bytes) -> DisplayFile:
        """Want a deck."""
        file = await self.put(content)
        self.state.manifest_received(Manifest((Item("m", Status.READY, "deck.pptx", file),)))
        return file

    @property
    def viewer_pid(self) -> int:
        assert self.screen._showing
        return self.screen._showing.viewer.pid


@pytest.fixture
def settings(tmp_path) -> PlayerSettings:
    return PlayerSettings(data_dir=tmp_path / "data", page_seconds=1, viewer_proof_seconds=0.1)


@pytest.fixture
async def subject(display, tmp_path, settings):
    runtime_dir = tmp_path / "run"
    runtime_dir.mkdir()
    subject = ScreenUnderTest(settings, runtime_dir)
    task = asyncio.create_task(subject.screen.run())
    yield subject
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def warp(pointer: Display, x: int, y: int) -> None:
    """Move the pointer (X11's WarpPointer), and wait until the server did it."""
    pointer._send(41, 0, struct.pack("<IIhhHHhh", 0, pointer.root, 0, 0, 0, 0, x, y))
    await pointer.title(pointer.root)


def viewer_that(misbehaves: str, path: Path) -> list[str]:
    """A viewer that does something else when a page says `broken` in its file, and is the real one otherwise."""
    script = f'for file; do :; done\nif grep -q broken "$file"; then {misbehaves}; fi\nexec impressive "$@"\n'
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return [str(path), *PlayerSettings().viewer[1:]]


async def test_replacement_changes_the_picture_without_a_blank_frame(subject, display, deck):
    await subject.show(deck("before"))
    before = display.picture()
    with display.watched() as frames:
        await subject.show(deck("after"))
        after = display.picture()
    assert not display.blank()
    assert before != after
    assert frames.seen > 10
    assert frames.blank == 0


async def test_moving_pointer_stays_invisible_and_does_not_end_the_viewer(subject, display, deck):
    await subject.show(deck("calm"))
    viewer, before = subject.viewer_pid, display.picture()
    pointer = await Display.open(display.name, Path("no-cookie-needed"))
    for step in range(1000):
        await warp(pointer, step % 600, step % 300)
        await asyncio.sleep(0.001)  # as a hand moves it: the viewer must handle an event between two moves
    await until(lambda: display.picture() == before, "the same picture, without a pointer")
    assert subject.viewer_pid == viewer
    await pointer.close()


async def test_pages_turn_and_start_again(subject, display, deck):
    await subject.show(deck("one", "two"))
    with display.watched() as frames:
        first = display.picture()
        second = await until(lambda: (now := display.picture()) != first and now)
        await until(lambda: display.picture() == first)
    assert second != first
    assert frames.blank == 0


async def test_notices_are_shown_without_a_blank_frame(subject, display):
    medium = Item("m", Status.PROCESSING, "deck.pptx", eta_seconds=60)
    subject.state.manifest_received(Manifest((medium,)))
    await until(lambda: subject.state.shown == Notice(Topic.PROCESSING, "deck.pptx", eta_minutes=1))
    waiting = display.picture()
    assert not display.blank()
    with display.watched() as frames:
        subject.state.manifest_received(
            Manifest((Item("m", Status.FAILED, "deck.pptx", message="Remove the password."),))
        )
        await until(lambda: subject.state.shown == Notice(Topic.FAILED, "deck.pptx", "Remove the password."))
        failed = display.picture()
        subject.state.set_connection(Connection.REVOKED)
        await until(lambda: subject.state.shown == Notice(Topic.REVOKED))
        revoked = display.picture()
    assert len({waiting, failed, revoked}) == 3
    assert frames.blank == 0


async def test_deck_that_arrives_while_the_first_notice_starts_leaves_no_blank_frame(subject, display, deck):
    """A starting viewer without a window in front is visible: the screen must not end it for the next one."""
    await until(lambda: not display.blank())
    with display.watched() as frames:
        await subject.show(deck("deck"))
    assert frames.blank == 0


async def test_killed_viewer_is_started_again(subject, display, deck):
    await subject.show(deck("deck"))
    picture, killed = display.picture(), subject.viewer_pid
    os.kill(killed, signal.SIGKILL)
    await until(lambda: subject.viewer_pid != killed and display.picture() == picture)


async def test_hanging_viewer_is_replaced(subject, display, deck, monkeypatch):
    monkeypatch.setattr(viewer_health, "_PATIENCE_SECONDS", 1)
    await subject.show(deck("one", "two"))
    hanging = subject.viewer_pid
    os.kill(hanging, signal.SIGSTOP)
    with display.watched() as frames:
        await until(lambda: subject.viewer_pid != hanging)
    assert frames.blank == 0


async def test_stopped_viewer_leaves_no_process(subject, deck):
    await subject.show(deck("deck"))
    pid = subject.viewer_pid
    await subject.screen._showing.viewer.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_deck_returns_with_the_display(subject, display, deck):
    good = await subject.show(deck("deck"))
    picture = display.picture()
    display.stop()
    await until(lambda: not subject.screen._showing or not subject.screen._showing.viewer.running)
    await until(lambda: "viewer" in subject.state.problems)
    display.start()
    await until(lambda: display.picture() == picture)
    assert subject.state.shown == Slides((good,))
    assert not subject.state.quarantine.holds(good)


class TestABrokenFile:
    """Two ways in which a viewer fails with a file; the screen keeps the good deck in both."""

    @pytest.fixture(params=["exit 1", "exec sleep 1000"], ids=["exits at once", "shows nothing"])
    def settings(self, tmp_path, request) -> PlayerSettings:
        viewer = viewer_that(request.param, tmp_path / "viewer")
        return PlayerSettings(data_dir=tmp_path / "data", page_seconds=1, viewer_proof_seconds=0.1, viewer=viewer)

    async def test_broken_file_is_rolled_back_and_reported(self, subject, display, deck):
        good = await subject.show(deck("good"))
        await until(lambda: subject.state.is_proven(good))
        viewer = subject.viewer_pid
        subject.screen._settings = subject.screen._settings.model_copy(update={"viewer_start_seconds": 1})
        with display.watched() as frames:
            bad = await subject.want(deck("bad") + b"\n% broken\n")
            await until(lambda: subject.state.quarantine.holds(bad))
            await until(lambda: f"file {bad.sha256}" in subject.state.problems)
        assert subject.state.shown == Slides((good,))
        assert subject.viewer_pid == viewer
        assert frames.blank == 0
        assert "'deck.pptx' cannot be shown and was rolled back" in subject.state.problems[f"file {bad.sha256}"]

    async def test_broken_file_without_a_good_one_is_explained_by_a_notice(self, subject, display, deck):
        subject.state.manifest_received(Manifest())
        await until(lambda: subject.state.shown == Notice(Topic.NOTHING_ASSIGNED))
        subject.screen._settings = subject.screen._settings.model_copy(update={"viewer_start_seconds": 1})
        bad = await subject.want(deck("bad") + b"\n% broken\n")
        await until(lambda: subject.state.quarantine.holds(bad))
        assert subject.state.scene == Notice(Topic.UNSHOWABLE, "deck.pptx")
        assert not display.blank()
