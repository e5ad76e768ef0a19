"""What a person in front of the wall sees: the real viewer on a real X server, by its framebuffer."""

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

from infoscreen.player import pulse
from infoscreen.player.decision import Notice, Slides, Topic
from infoscreen.player.memory import Memory
from infoscreen.player.notices import NoticeBoard
from infoscreen.player.programme import Item, Programme, Rendition, Standing, Status
from infoscreen.player.screen import Screen
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.shelf import Shelf
from infoscreen.player.stage import XStage
from infoscreen.player.state import PlayerState
from infoscreen.player.strikes import Strikes
from infoscreen.player.x11 import Display

SECONDS = 60


async def until(condition, what: str = "the condition"):
    """Wait for something that is seen from outside."""
    async with asyncio.timeout(SECONDS):
        while not (result := condition()):
            await asyncio.sleep(0.02)
        return result


class Wall:
    """A screen with its state, as the player wires them."""

    def __init__(self, settings: PlayerSettings, runtime_dir: Path) -> None:
        shelf = Shelf(settings.data_dir / "files", settings.disk_limit_bytes, settings.disk_reserve_bytes)
        shelf.open()
        self.state = PlayerState(Memory(settings.data_dir / "memory.json"), shelf, Strikes())
        board = NoticeBoard(runtime_dir, "foyer", lambda: "https://infoscreen.example.org")
        stage = XStage(re.compile(settings.viewer_title))
        self.screen = Screen(settings, self.state, stage, board.draw, runtime_dir=runtime_dir)

    async def put(self, content: bytes) -> Rendition:
        """A deck on the disk, as if downloaded."""
        file = Rendition(hashlib.sha256(content).hexdigest(), len(content))
        self.state.shelf.part(file).write_bytes(content)
        await self.state.shelf.admit(file)
        return file

    async def show(self, content: bytes) -> Rendition:
        """Want a deck and wait until it is on the screen."""
        file = await self.want(content)
        await until(lambda: self.state.shown == Slides((file,)))
        return file

    async def want(self, content: bytes) -> Rendition:
        """Want a deck."""
        file = await self.put(content)
        self.state.heard(Programme((Item("m", Status.READY, "deck.pptx", file),)))
        return file

    @property
    def viewer_pid(self) -> int:
        assert self.screen._showing
        return self.screen._showing.viewer.pid


@pytest.fixture
def settings(tmp_path) -> PlayerSettings:
    return PlayerSettings(data_dir=tmp_path / "data", page_seconds=1, viewer_proof_seconds=0.1)


@pytest.fixture
async def wall(display, tmp_path, settings):
    runtime_dir = tmp_path / "run"
    runtime_dir.mkdir()
    wall = Wall(settings, runtime_dir)
    task = asyncio.create_task(wall.screen.run())
    yield wall
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


async def test_a_replacement_changes_the_picture_without_a_blank_frame(wall, display, deck):
    await wall.show(deck("before"))
    before = display.picture()
    with display.watched() as frames:
        await wall.show(deck("after"))
        after = display.picture()
    assert not display.blank()
    assert before != after
    assert frames.seen > 10
    assert frames.blank == 0


async def test_a_pointer_that_moves_neither_shows_nor_ends_the_viewer(wall, display, deck):
    await wall.show(deck("calm"))
    viewer, before = wall.viewer_pid, display.picture()
    pointer = await Display.open(display.name, Path("no-cookie-needed"))
    for step in range(1000):
        await warp(pointer, step % 600, step % 300)
        await asyncio.sleep(0.001)  # as a hand moves it: with moves all at once nothing happens between two
    await until(lambda: display.picture() == before, "the same picture, without a pointer")
    assert wall.viewer_pid == viewer
    await pointer.close()


async def test_pages_turn_and_begin_anew(wall, display, deck):
    await wall.show(deck("one", "two"))
    with display.watched() as frames:
        first = display.picture()
        second = await until(lambda: (now := display.picture()) != first and now)
        await until(lambda: display.picture() == first)
    assert second != first
    assert frames.blank == 0


async def test_the_waiting_and_the_error_screens_are_shown(wall, display):
    medium = Item("m", Status.PREPARING, "deck.pptx", eta_seconds=60)
    wall.state.heard(Programme((medium,)))
    await until(lambda: wall.state.shown == Notice(Topic.PREPARING, "deck.pptx", eta_minutes=1))
    waiting = display.picture()
    assert not display.blank()
    with display.watched() as frames:
        wall.state.heard(Programme((Item("m", Status.FAILED, "deck.pptx", message="Remove the password."),)))
        await until(lambda: wall.state.shown == Notice(Topic.FAILED, "deck.pptx", "Remove the password."))
        failed = display.picture()
        wall.state.stands(Standing.REVOKED)
        await until(lambda: wall.state.shown == Notice(Topic.REVOKED))
        revoked = display.picture()
    assert len({waiting, failed, revoked}) == 3
    assert frames.blank == 0


async def test_a_deck_that_arrives_while_the_first_notice_comes_up_leaves_no_gap(wall, display, deck):
    """With nothing in front of it a starting viewer is seen: it must not be ended for the one after it."""
    await until(lambda: not display.blank())
    with display.watched() as frames:
        await wall.show(deck("deck"))
    assert frames.blank == 0


async def test_a_viewer_that_is_killed_is_started_again(wall, display, deck):
    await wall.show(deck("deck"))
    picture, killed = display.picture(), wall.viewer_pid
    os.kill(killed, signal.SIGKILL)
    await until(lambda: wall.viewer_pid != killed and display.picture() == picture)


async def test_a_viewer_that_hangs_is_replaced(wall, display, deck, monkeypatch):
    monkeypatch.setattr(pulse, "_PATIENCE_SECONDS", 1)
    await wall.show(deck("one", "two"))
    hanging = wall.viewer_pid
    os.kill(hanging, signal.SIGSTOP)
    with display.watched() as frames:
        await until(lambda: wall.viewer_pid != hanging)
    assert frames.blank == 0


async def test_a_player_that_ends_takes_its_viewer_along(wall, deck):
    await wall.show(deck("deck"))
    pid = wall.viewer_pid
    await wall.screen._showing.viewer.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_display_that_went_away_gets_its_deck_back(wall, display, deck):
    good = await wall.show(deck("deck"))
    picture = display.picture()
    display.stop()
    await until(lambda: not wall.screen._showing or not wall.screen._showing.viewer.running)
    await until(lambda: "viewer" in wall.state.problems)
    display.start()
    await until(lambda: display.picture() == picture)
    assert wall.state.shown == Slides((good,))
    assert not wall.state.strikes.rejected(good)


class TestABrokenFile:
    """Two ways in which a viewer fails with a file; the wall must not notice either."""

    @pytest.fixture(params=["exit 1", "exec sleep 1000"], ids=["exits at once", "shows nothing"])
    def settings(self, tmp_path, request) -> PlayerSettings:
        viewer = viewer_that(request.param, tmp_path / "viewer")
        return PlayerSettings(data_dir=tmp_path / "data", page_seconds=1, viewer_proof_seconds=0.1, viewer=viewer)

    async def test_is_rolled_back_and_reported(self, wall, display, deck):
        good = await wall.show(deck("good"))
        await until(lambda: wall.state.is_proved(good))
        viewer = wall.viewer_pid
        wall.screen._settings = wall.screen._settings.model_copy(update={"viewer_start_seconds": 1})
        with display.watched() as frames:
            bad = await wall.want(deck("bad") + b"\n% broken\n")
            await until(lambda: wall.state.strikes.rejected(bad))
            await until(lambda: f"file {bad.sha256}" in wall.state.problems)
        assert wall.state.shown == Slides((good,))
        assert wall.viewer_pid == viewer
        assert frames.blank == 0
        assert "'deck.pptx' cannot be shown and was rolled back" in wall.state.problems[f"file {bad.sha256}"]

    async def test_with_nothing_to_roll_back_to_says_so(self, wall, display, deck):
        wall.state.heard(Programme())
        await until(lambda: wall.state.shown == Notice(Topic.NOTHING_ASSIGNED))
        wall.screen._settings = wall.screen._settings.model_copy(update={"viewer_start_seconds": 1})
        bad = await wall.want(deck("bad") + b"\n% broken\n")
        await until(lambda: wall.state.strikes.rejected(bad))
        assert wall.state.scene == Notice(Topic.UNSHOWABLE, "deck.pptx")
        assert not display.blank()
