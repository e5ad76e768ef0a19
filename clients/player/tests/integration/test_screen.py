"""What a person in front of the screen sees: the real viewer on a real X server, by its framebuffer."""

import asyncio
import os
import signal
import stat
import struct
from pathlib import Path

import pytest
from support.until import until

from infoscreen.player import viewer_health
from infoscreen.player.decision import Entry, Notice, Playlist, Topic
from infoscreen.player.manifest import Connection, Manifest, Medium, Status
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.x11 import Display


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
        second = await until(lambda: (now := display.picture()) != first and now, "another page")
        await until(lambda: display.picture() == first, "the first page again")
    assert second != first
    assert frames.blank == 0


async def test_notices_are_shown_without_a_blank_frame(subject, display):
    medium = Medium("m", Status.PROCESSING, "deck.pptx", eta_seconds=60)
    subject.state.manifest_received(Manifest.of(medium))
    await until(
        lambda: subject.state.shown == Notice(Topic.PROCESSING, "deck.pptx", eta_minutes=1), "the notice of the ETA"
    )
    waiting = display.picture()
    assert not display.blank()
    with display.watched() as frames:
        subject.state.manifest_received(
            Manifest.of(Medium("m", Status.FAILED, "deck.pptx", message="Remove the password."))
        )
        await until(
            lambda: subject.state.shown == Notice(Topic.FAILED, "deck.pptx", "Remove the password."), "the reason"
        )
        failed = display.picture()
        subject.state.set_connection(Connection.REVOKED)
        await until(lambda: subject.state.shown == Notice(Topic.REVOKED), "the notice of the revocation")
        revoked = display.picture()
    assert len({waiting, failed, revoked}) == 3
    assert frames.blank == 0


async def test_deck_that_arrives_while_the_first_notice_starts_leaves_no_blank_frame(subject, display, deck):
    """A starting viewer without a window in front is visible: the screen must not end it for the next one."""
    await until(lambda: not display.blank(), "a notice")
    with display.watched() as frames:
        await subject.show(deck("deck"))
    assert frames.blank == 0


async def test_killed_viewer_is_started_again(subject, display, deck):
    await subject.show(deck("deck"))
    picture, killed = display.picture(), subject.viewer_pid
    os.kill(killed, signal.SIGKILL)
    await until(
        lambda: subject.viewer_pid != killed and display.picture() == picture, "the same picture of a new viewer"
    )


async def test_hanging_viewer_is_replaced(subject, display, deck, monkeypatch):
    monkeypatch.setattr(viewer_health, "_PATIENCE_SECONDS", 1)
    await subject.show(deck("one", "two"))
    hanging = subject.viewer_pid
    os.kill(hanging, signal.SIGSTOP)
    with display.watched() as frames:
        await until(lambda: subject.viewer_pid != hanging, "a new viewer")
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
    await until(lambda: not (showing := subject.screen._showing) or not showing.viewer.running, "the end")
    await until(lambda: "viewer" in subject.state.problems, "the problem")
    display.start()
    await until(lambda: display.picture() == picture, "the deck")
    assert subject.state.shown == Playlist((Entry("m", good),))
    assert not subject.state.quarantine.holds(good)


class TestABrokenFile:
    """Two ways in which a viewer fails with a file; the screen keeps the good deck in both."""

    @pytest.fixture(params=["exit 1", "exec sleep 1000"], ids=["exits at once", "shows nothing"])
    def settings(self, tmp_path, request) -> PlayerSettings:
        viewer = viewer_that(request.param, tmp_path / "viewer")
        return PlayerSettings(data_dir=tmp_path / "data", page_seconds=1, viewer_proof_seconds=0.1, viewer=viewer)

    async def test_broken_file_is_rolled_back_and_reported(self, subject, display, deck):
        good = await subject.show(deck("good"))
        await until(lambda: subject.state.is_proven(good), "a proven file")
        viewer = subject.viewer_pid
        subject.screen._settings = subject.screen._settings.model_copy(update={"viewer_start_seconds": 1})
        with display.watched() as frames:
            bad = await subject.want(deck("bad") + b"\n% broken\n")
            await until(lambda: subject.state.quarantine.holds(bad), "the quarantine")
            await until(lambda: f"file {bad.sha256}" in subject.state.problems, "the problem")
        assert subject.state.shown == Playlist((Entry("m", good),))
        assert subject.viewer_pid == viewer
        assert frames.blank == 0
        assert "'deck.pptx' cannot be shown and was rolled back" in subject.state.problems[f"file {bad.sha256}"]

    async def test_broken_file_without_a_good_one_is_explained_by_a_notice(self, subject, display, deck):
        subject.state.manifest_received(Manifest())
        await until(lambda: subject.state.shown == Notice(Topic.NOTHING_ASSIGNED), "the notice")
        subject.screen._settings = subject.screen._settings.model_copy(update={"viewer_start_seconds": 1})
        bad = await subject.want(deck("bad") + b"\n% broken\n")
        await until(lambda: subject.state.quarantine.holds(bad), "the quarantine")
        assert subject.state.scene == Notice(Topic.UNSHOWABLE, "deck.pptx")
        assert not display.blank()
