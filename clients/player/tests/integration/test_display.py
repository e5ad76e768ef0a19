"""What the player does with the display itself: its power, the way up it is, and a picture of what is on it."""

import io
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, time

import pytest
from PIL import Image
from support.player_time import FakeMachine, clock_at
from support.programme_cases import manifest_of
from support.until import until

from infoscreen.player import snapshot
from infoscreen.player.decision import Entry, Notice, Playlist, Topic
from infoscreen.player.display import DisplayPower, Orientation
from infoscreen.player.file_cache import FileCache
from infoscreen.player.manifest import Manifest, Medium, Status
from infoscreen.player.programme import Item, Override, Programme, ScheduleEntry, Window
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.report import Reporter
from infoscreen.player.saved_state import SavedState
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.shared_state import SharedState

HOURS = {"hours": [{"weekdays": [1, 2, 3, 4, 5], "starts": "07:00", "ends": "18:00"}]}
OFFICE = {"timezone": "UTC", "default": "d", "playlists": {"d": []}, "display": HOURS}
ALARM = {"id": "o", "text": "Leave", "until": "2026-11-27T18:30:00Z"}


@pytest.fixture
def machine() -> FakeMachine:
    return FakeMachine()


@pytest.fixture
def state(tmp_path, machine) -> SharedState:
    cache = FileCache(tmp_path / "files", 1000, 0)
    cache.open()
    clock = clock_at("2026-11-27T17:59:59Z", machine)
    return SharedState(SavedState(tmp_path), cache, Quarantine(), clock)


class StandIn:
    """A program in the place of one that needs a real display: it writes down how it was called."""

    def __init__(self, directory, name: str, script: str) -> None:
        self.path, self.calls_path = directory / name, directory / f"{name}.calls"
        self.path.write_text(f'#!/bin/sh\necho "$@" >>{self.calls_path}\n{script}\n')
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)

    @property
    def calls(self) -> list[str]:
        return self.calls_path.read_text().splitlines() if self.calls_path.exists() else []


class TestPower:
    @pytest.fixture
    def program(self, tmp_path) -> StandIn:
        return StandIn(tmp_path, "power", 'echo "signal $1"; echo "cec no"')

    @pytest.fixture
    def power(self, state, program) -> DisplayPower:
        return DisplayPower(state, [str(program.path)])

    async def test_display_without_hours_is_left_alone(self, state, power, program):
        state.manifest_received(manifest_of({**OFFICE, "display": None}))
        await power.step()
        assert program.calls == []

    async def test_display_goes_off_after_its_hours_and_that_is_asserted_again(self, state, machine, power, program):
        state.manifest_received(manifest_of(OFFICE))
        await power.step()
        machine.wait(1)
        for _ in range(3):
            await power.step()
        assert program.calls == ["on", "off"]
        machine.wait(301)
        await power.step()
        assert program.calls == ["on", "off", "off"]
        report = await Reporter(None, state, "test", 60, power.report)._document()
        assert report["power"] == {"wanted": "off", "cec": "no", "signal": "off"}

    async def test_emergency_turns_the_display_on_for_its_time(self, state, machine, power, program):
        state.manifest_received(manifest_of(OFFICE))
        machine.wait(600)
        await power.step()
        state.manifest_received(manifest_of({**OFFICE, "override": ALARM}))
        await power.step()
        machine.wait(21 * 60)
        await power.step()
        assert program.calls == ["off", "on", "off"]

    async def test_display_is_turned_on_when_its_hours_are_taken_away(self, state, machine, power, program):
        state.manifest_received(manifest_of(OFFICE))
        machine.wait(600)
        await power.step()
        state.manifest_received(manifest_of({**OFFICE, "display": None}))
        for _ in range(2):
            await power.step()
            machine.wait(301)
        assert program.calls == ["off", "on"]

    async def test_failure_is_a_problem_until_it_works(self, state, machine, tmp_path):
        program = StandIn(tmp_path, "power", "echo no DPMS here >&2; exit 1")
        power = DisplayPower(state, [str(program.path)])
        state.manifest_received(manifest_of(OFFICE))
        await power.step()
        assert "no DPMS here" in state.problems["display power"]
        assert power.report.signal is None
        StandIn(tmp_path, "power", "echo signal on")
        machine.wait(301)
        await power.step()
        assert state.problems == {}

    async def test_missing_program_is_a_problem(self, state, tmp_path):
        state.manifest_received(manifest_of(OFFICE))
        await DisplayPower(state, [str(tmp_path / "nothing")]).step()
        assert "nothing" in state.problems["display power"]


class TestOrientation:
    LISTING = "Screen 0: minimum 16 x 16\\nHDMI-1 connected 1920x1080+0+0\\n   1920x1080 60*\\nHDMI-2 disconnected\\n"

    @pytest.fixture
    def xrandr(self, tmp_path, monkeypatch) -> StandIn:
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        return StandIn(tmp_path, "xrandr", f'[ "$1" != --query ] || printf "{self.LISTING}"')

    def turned(self, orientation: str) -> Manifest:
        return manifest_of({**OFFICE, "display": {"orientation": orientation}})

    async def test_normal_picture_is_left_alone(self, state, xrandr):
        state.manifest_received(self.turned("normal"))
        await Orientation(state).step()
        assert xrandr.calls == []

    async def test_each_connected_output_is_turned_once_and_the_viewer_starts_anew(self, state, xrandr):
        orientation = Orientation(state)
        state.manifest_received(self.turned("left"))
        for _ in range(2):
            await orientation.step()
        assert xrandr.calls == ["--query", "--output HDMI-1 --rotate left"]
        assert state.restarts == 1
        state.manifest_received(self.turned("normal"))
        await orientation.step()
        assert xrandr.calls[-1] == "--output HDMI-1 --rotate normal"

    async def test_wayland_is_turned_by_its_own_program(self, state, tmp_path, monkeypatch, xrandr):
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
        wlr = StandIn(tmp_path, "wlr-randr", '[ $# -gt 0 ] || printf "HDMI-A-1 \\"A screen\\"\\n  Modes:\\n"')
        state.manifest_received(self.turned("inverted"))
        await Orientation(state).step()
        assert wlr.calls == ["", "--output HDMI-A-1 --transform 180"]
        assert xrandr.calls == []

    async def test_display_that_cannot_be_turned_is_a_problem(self, state, xrandr, tmp_path):
        StandIn(tmp_path, "xrandr", "echo BadMatch >&2; exit 1")
        state.manifest_received(self.turned("right"))
        await Orientation(state).step()
        assert "BadMatch" in state.problems["orientation"]
        assert state.restarts == 0


class Kept:
    """A server that keeps pictures."""

    def __init__(self) -> None:
        self.pictures: list[tuple[bytes, str]] = []

    async def snapshot(self, picture: bytes, media_type: str) -> None:
        self.pictures.append((picture, media_type))


async def test_snapshot_is_a_small_picture_of_the_glass(subject, display, deck):
    await subject.show(deck("glass"))
    await until(lambda: not display.blank(), "the deck")
    server = Kept()
    sender = snapshot.Snapshots(server, subject.screen._windows, subject.state)
    await sender._send()
    [(picture, media_type)] = server.pictures
    assert media_type == "image/jpeg"
    assert len(picture) <= 64 * 1024
    with Image.open(io.BytesIO(picture)) as small:
        assert small.size == (480, 270)
        seen = small.convert("RGB").tobytes()
    with Image.frombytes("RGB", (640, 360), display.picture(), "raw", "BGRX") as glass:
        wanted = glass.resize((480, 270), Image.Resampling.BOX).tobytes()
    assert sum(abs(a - b) for a, b in zip(seen, wanted, strict=True)) / len(wanted) < 8


async def test_snapshot_of_noise_is_small_enough():
    picture = await snapshot.shrink(os.urandom(1920 * 1080 * 4), 1920, 1080)
    assert len(picture) <= 64 * 1024


async def test_snapshots_come_often_while_a_person_looks(state, machine):
    class Glass:
        async def picture(self):
            return None

    sender = snapshot.Snapshots(Kept(), Glass(), state)
    state.manifest_received(manifest_of(OFFICE))
    await sender._send()
    assert (sender.looked_at, sender._due_in()) == (False, 900)
    state.manifest_received(manifest_of({**OFFICE, "snapshot_until": "2026-11-27T18:10:00Z"}))
    assert (sender.looked_at, sender._due_in()) == (True, 5)
    machine.wait(11 * 60)
    assert (sender.looked_at, sender._due_in()) == (False, 240)


# --- the programme on the glass ---------------------------------------------------------------------------------------


async def test_boundary_override_restart_and_name_leave_no_blank_frame(subject, display, deck):
    state = subject.state
    files = {word: await subject.put(deck(word)) for word in ("day", "noon")}
    media = tuple(Medium(word, Status.READY, "", file) for word, file in files.items())
    rules = ScheduleEntry("e", "p", Window(starts=time(12)))
    programme = Programme({"d": (Item("day"),), "p": (Item("noon"),)}, "d", (rules,))
    manifest = Manifest(media, programme, "hall-3")
    state.clock.observe("Fri, 27 Nov 2026 11:00:00 GMT")
    state.manifest_received(manifest)
    pictures = {}

    async def seen(what: str, shown: object) -> None:
        await until(lambda: state.shown == shown, what)
        pictures[what] = display.picture()

    await seen("day", Playlist((Entry("day", files["day"]),)))
    with display.watched() as frames:
        state.clock.observe("Fri, 27 Nov 2026 12:00:00 GMT")
        await seen("noon", Playlist((Entry("noon", files["noon"]),)))
        viewer = subject.viewer_pid
        state.restart_viewer()
        await until(lambda: subject.viewer_pid != viewer, "a new viewer")
        alarm = Override("o", datetime(2026, 11, 27, 13, tzinfo=UTC), text="Leave the building")
        state.manifest_received(replace(manifest, programme=replace(programme, override=alarm)))
        await seen("alarm", Notice(Topic.OVERRIDE, detail="Leave the building"))
        state.clock.observe("Fri, 27 Nov 2026 13:00:00 GMT")
        await seen("noon again", Playlist((Entry("noon", files["noon"]),)))
        state.identify(3600)
        await seen("name", Notice(Topic.IDENTIFY, "hall-3"))
    assert pictures["noon"] == pictures["noon again"]
    assert len(set(pictures.values())) == 4
    assert frames.seen > 10
    assert frames.blank == 0


class TestDecksOwnTimes:
    @pytest.fixture
    def settings(self, tmp_path) -> PlayerSettings:
        return PlayerSettings(data_dir=tmp_path / "data", page_seconds=3600, viewer_proof_seconds=0.1)

    async def test_pages_stay_as_long_as_the_deck_says(self, subject, deck):
        file = replace(await subject.put(deck("one", "two", "three")), page_seconds=(0.5, 0.5, 3600))
        item = Item("m", seconds=3600, deck_timings=True)
        medium = Medium("m", Status.READY, "", file)
        subject.state.manifest_received(Manifest((medium,), Programme.of_items(item)))
        await until(lambda: subject.state.page == 3, "the third page, long before the hour")
