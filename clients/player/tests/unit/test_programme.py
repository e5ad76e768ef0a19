"""The programme in the player: what it does at a boundary, by a changed clock, after a reboot, on a small disk."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from support.player_time import FakeMachine, clock_at
from support.programme_cases import file_of, manifest_of, sha256_of

from infoscreen.player import evaluation
from infoscreen.player.clock import Clock, Source
from infoscreen.player.commands import Commands, due_commands
from infoscreen.player.decision import Entry, Notice, Playlist, Topic
from infoscreen.player.evaluation import Evaluator
from infoscreen.player.fetch import Fetcher
from infoscreen.player.file_cache import FileCache
from infoscreen.player.inspection import UNKNOWN, Inspection
from infoscreen.player.manifest import DisplayFile, Manifest, medium_from
from infoscreen.player.presentation import presentation_of
from infoscreen.player.programme import Command
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.report import Reporter
from infoscreen.player.saved_state import SavedState
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.shared_state import SharedState

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
NINE = {"id": "e1", "playlist": "p", "weekdays": [1, 2, 3, 4, 5], "starts": "12:01", "ends": "13:00"}
SHORT = {"timezone": "UTC", "default": "d", "playlists": {"d": ["default"], "p": ["deck"]}, "entries": [NINE]}
OVERRIDE = {"id": "o1", "media_id": "alarm", "text": "Leave", "until": "2026-11-27T12:10:00Z"}


class Device:
    """A player without a screen, whose clocks and disk are in the test's hands."""

    def __init__(self, directory, machine: FakeMachine | None = None, clock: Clock | None = None) -> None:
        self.machine = machine or FakeMachine(system=NOON)
        cache = FileCache(directory / "files", 1000, 0)
        cache.open()
        self.state = SharedState(SavedState(directory), cache, Quarantine(), clock or clock_at(NOON, self.machine))
        self.state.load()
        self.evaluator = Evaluator(self.state)

    def hears(self, short: dict) -> None:
        """The server sends a manifest."""
        self.state.manifest_received(manifest_of(short))

    def has(self, *media: str) -> None:
        """The disk has the files of media."""
        for media_id in media:
            self.state.cache._checked[medium_from(file_of(media_id), media_id).file] = None

    @property
    def shown(self) -> list[str] | str:
        scene = self.state.decision.scene
        return [entry.media_id for entry in scene.entries] if isinstance(scene, Playlist) else str(scene)


@pytest.fixture
def device(tmp_path) -> Device:
    device = Device(tmp_path)
    device.hears(SHORT)
    device.has("default", "deck", "alarm")
    return device


async def test_change_of_the_clock_wakes_the_player_at_once(device):
    change = device.state.change
    device.state.clock.observe("Fri, 27 Nov 2026 12:30:00 GMT")
    assert change.is_set()
    assert device.shown == ["deck"]


async def test_dates_of_answers_that_differ_by_their_way_change_nothing(device):
    change = device.state.change
    device.state.clock.observe("Fri, 27 Nov 2026 12:00:01 GMT")
    assert not change.is_set()
    assert device.state.clock.read().now == NOON


async def test_evaluator_wakes_the_player_at_a_boundary(device):
    device.evaluator._look()
    device.machine.wait(59)
    change = device.state.change
    reading = device.evaluator._look()
    assert not change.is_set()
    assert device.evaluator._pause(reading) == 1
    device.machine.wait(1)
    device.evaluator._look()
    assert change.is_set()
    assert device.shown == ["deck"]


async def test_system_clock_that_is_set_anew_wakes_the_player_within_a_second(tmp_path):
    machine = FakeMachine(system=NOON, ntp=True)
    device = Device(tmp_path, machine, Clock(machine))
    device.hears(SHORT)
    device.has("default", "deck")
    device.evaluator._look()
    change = device.state.change
    task = asyncio.create_task(device.evaluator.run())
    machine.system += timedelta(minutes=30)
    await asyncio.wait_for(change.wait(), 30)
    task.cancel()
    assert device.shown == ["deck"]


async def test_kernel_that_loses_its_synchronisation_leaves_the_date(tmp_path):
    machine = FakeMachine(system=NOON, ntp=True)
    clock = Clock(machine)
    assert clock.read().source is Source.NTP
    machine.wait(60)
    machine.ntp, machine.system = False, datetime(2099, 1, 1, tzinfo=UTC)
    assert (clock.read().source, clock.read().now) == (Source.NTP, NOON + timedelta(seconds=60))


async def test_date_is_saved_every_ten_minutes_as_a_floor(device, tmp_path):
    device.evaluator._look()
    assert device.state.saved.floor == NOON
    device.machine.wait(599)
    device.evaluator._look()
    assert device.state.saved.floor == NOON
    device.machine.wait(1)
    device.evaluator._look()
    await device.state.saved.save()
    rebooted = Device(tmp_path, clock=Clock(FakeMachine()))
    assert rebooted.state.clock.read().floor == NOON + timedelta(minutes=10)
    assert rebooted.state.clock.read().now is None


async def test_rest_of_an_override_counts_down_over_reboots_without_a_date(device, tmp_path):
    device.hears({**SHORT, "override": OVERRIDE, "files": ["alarm"]})
    device.evaluator._look()
    device.machine.wait(240)
    device.evaluator._look()
    await device.state.saved.save()
    for left in (360, 240):  # each of two reboots lasts two minutes, as far as the player knows
        machine = FakeMachine()
        rebooted = Device(tmp_path, machine, Clock(machine))
        rebooted.has("default", "alarm")
        assert rebooted.shown == ["alarm"]
        assert rebooted.state.override_left("o1") == left
        machine.wait(120)
        rebooted.evaluator._look()
        rebooted.state.checkpoint(rebooted.state.clock.read())
        await rebooted.state.saved.save()
    machine.wait(119)
    assert rebooted.shown == ["alarm"]
    machine.wait(121)
    assert rebooted.shown == ["default"]


async def test_unknown_zone_is_a_problem_in_the_report(device):
    device.hears({**SHORT, "timezone": "Middle-earth/Shire"})
    device.evaluator._look()
    assert "'Middle-earth/Shire'" in device.state.problems[evaluation._ZONE]
    device.hears(SHORT)
    device.evaluator._look()
    assert device.state.problems == {}


async def test_replaced_deck_brings_its_new_timings(device, tmp_path):
    def manifest(sha256: str, timings: list) -> Manifest:
        medium = medium_from(file_of("deck", sha256=sha256, page_seconds=timings), "deck")
        items = {"d": [{"item": "1", "media_id": "deck", "seconds": 4, "deck_timings": True}]}
        return replace(manifest_of({"playlists": items, "default": "d"}), media=(medium,))

    def times() -> dict:
        shown = device.state.decision.scene
        device.state.now_showing(shown)
        made = presentation_of(shown, PlayerSettings(), device.state.cache, lambda _: None, tmp_path)
        return made.expected.entries[0].page_seconds, shown.entries[0].page_seconds

    old, new = "a" * 64, "b" * 64
    device.state.manifest_received(manifest(old, [120, None]))
    device.state.cache._checked[DisplayFile(old, 1)] = pages_of(2)
    assert times() == (120, (120, None))
    device.state.manifest_received(manifest(new, [7, 8]))
    assert times() == (120, (120, None)), "the old file keeps its times until the new one is here"
    device.state.cache._checked[DisplayFile(new, 1)] = pages_of(2)
    assert times() == (8, (7, 8))


def pages_of(pages: int) -> Inspection:
    """What an inspection finds of a deck with some pages."""
    return replace(UNKNOWN, pages=pages)


async def test_command_runs_once_across_reboots(device, tmp_path):
    restart = [{"id": "c1", "kind": "restart", "expires_at": "2026-11-27T12:05:00Z"}]
    device.hears({**SHORT, "commands": restart})
    for _ in range(2):
        await Commands(device.state).step()
    assert device.state.restarts == 1
    rebooted = Device(tmp_path, device.machine)
    rebooted.hears({**SHORT, "commands": restart})
    await Commands(rebooted.state).step()
    assert rebooted.state.restarts == 0
    assert (await Reporter(None, rebooted.state, "test", 60)._document())["commands_done"] == ["c1"]
    rebooted.hears(SHORT)
    rebooted.hears({**SHORT, "commands": [{"id": "c2", "kind": "from a newer server"}]})
    await Commands(rebooted.state).step()
    assert rebooted.state.saved.done_commands == ("c2",)


def test_expired_command_never_runs():
    command = Command("c1", "restart", NOON)
    late, early = clock_at(NOON).read(), clock_at(NOON - timedelta(seconds=1)).read()
    assert due_commands((command,), (), late) == []
    assert due_commands((command,), (), early) == [command]
    assert due_commands((command,), ("c1",), early) == []


async def test_identified_player_shows_its_name_but_never_instead_of_an_override(device):
    device.hears({**SHORT, "commands": [{"id": "c1", "kind": "identify"}]})
    await Commands(device.state).step()
    assert device.state.decision.scene == Notice(Topic.IDENTIFY, "hall-3")
    device.hears({**SHORT, "override": OVERRIDE, "files": ["alarm"]})
    assert device.shown == ["alarm"]
    device.hears(SHORT)
    device.machine.wait(31)
    assert device.shown == ["default"]


async def test_reload_finds_a_damaged_file_and_leaves_what_is_on_the_screen(device):
    device.state.now_showing(device.state.decision.scene)
    cache = device.state.cache
    shown, damaged = (medium_from(file_of(media_id), media_id).file for media_id in ("default", "deck"))
    for file in (shown, damaged):
        cache.path(file).write_bytes(b"other bytes than were downloaded")
    await Fetcher(None, None, device.state).check_disk()
    assert cache.has(damaged)
    device.hears({**SHORT, "commands": [{"id": "c1", "kind": "reload"}]})
    await Commands(device.state).step()
    await Fetcher(None, None, device.state).check_disk()
    assert (cache.has(damaged), cache.path(damaged).exists()) == (False, False)
    assert (cache.has(shown), cache.path(shown).exists()) == (True, True)
    assert device.shown == ["default"]


async def test_files_are_due_in_the_order_in_which_they_are_on(device):
    evening = {"id": "e2", "playlist": "q", "weekdays": [5], "starts": "18:00", "ends": "19:00"}
    lists = {"rest": ["rest"], "q": ["evening"], "p": ["deck"], "d": ["default"]}
    device.hears({**SHORT, "playlists": lists, "entries": [evening, NINE], "override": OVERRIDE, "files": ["alarm"]})
    assert [medium.media_id for medium in device.state.due_media] == ["alarm", "default", "deck", "evening", "rest"]


async def test_file_that_is_due_later_goes_for_one_that_is_due_sooner(device, tmp_path):
    """A disk of 1000 bytes: what is on air and the override stay, whatever else is wanted."""
    lists = {"d": ["default"], "p": ["deck"]}
    device.hears({**SHORT, "playlists": lists, "override": OVERRIDE, "files": ["alarm"]})
    sizes = {"alarm": 400, "default": 400, "deck": 400}
    media = tuple(medium_from(file_of(m, size_bytes=sizes[m]), m) for m in ("default", "deck", "alarm"))
    device.state.manifest_received(replace(device.state.saved.manifest, media=media))
    cache, files = device.state.cache, {medium.media_id: medium.file for medium in media}
    for media_id in ("deck", "default"):
        cache.path(files[media_id]).write_bytes(bytes(400))
        cache._checked[files[media_id]] = None
    cache.make_room(400, device.state.kept_for(files["alarm"]), device.state.needed_files)
    assert [m for m in sizes if cache.has(files[m])] == ["default"]
    cache.path(files["alarm"]).write_bytes(bytes(400))
    with pytest.raises(Exception, match="no room"):
        cache.make_room(400, device.state.kept_for(files["deck"]), device.state.needed_files)
    assert cache.path(files["default"]).exists()
    assert cache.path(files["alarm"]).exists()


async def test_report_says_what_is_applied_held_and_on(device):
    device.hears({**SHORT, "display": {"hours": [{"weekdays": [6], "starts": "00:00", "ends": None}]}})
    device.state.now_showing(device.state.decision.scene)
    device.state.on_glass(0, 2)
    report = await Reporter(None, device.state, "test", 60)._document()
    held = [{"sha256": sha256_of(media_id), "state": "held"} for media_id in ("default", "deck")]
    assert (report["applied"], report["held"]) == ("e", held)
    assert (report["entry"], report["item"], report["page"]) == (None, "d0", 2)
    assert report["clock"] == {"source": "server", "offset_seconds": 0}
    assert report["power"] == {"wanted": "off", "cec": None, "signal": None}
    assert device.state.shown == Playlist((Entry("default", medium_from(file_of("default"), "default").file),))


async def test_plays_count_what_a_person_could_see(device, tmp_path):
    playlists = {"d": ["a", "b", "a"]}
    device.hears({**SHORT, "playlists": playlists, "entries": []})
    device.has("a", "b")
    plays = device.state.saved.plays
    device.state.now_showing(device.state.decision.scene)

    def look(position: int | None, page: int, *, seconds: int) -> None:
        for _ in range(seconds + 1):
            device.state.on_glass(position, page)
            device.machine.wait(1)
        device.machine.wait(-1)

    for _ in range(2):
        look(0, 1, seconds=5)
        look(1, 1, seconds=3)
        look(2, 1, seconds=2)
        look(2, 2, seconds=2)
    dark = {"hours": [{"weekdays": [6], "starts": "00:00", "ends": None}]}
    device.hears({**SHORT, "playlists": playlists, "entries": [], "display": dark})
    look(0, 1, seconds=100)
    counted = {item: (total.times, total.seconds) for (_, item, _), total in plays.totals.items()}
    assert counted == {"d0": (2, 10), "d1": (2, 6), "d2": (2, 8)}
    told = plays.unreported()
    assert set(told) == set(plays.totals)
    plays.taken(told)
    assert plays.unreported() == {}
    device.state.checkpoint(device.state.clock.read())
    await device.state.saved.save()
    assert Device(tmp_path).state.saved.plays.totals == plays.totals
    assert Device(tmp_path).state.saved.plays.unreported() == {}


async def test_single_item_is_played_again_each_time_its_pages_begin_anew(device):
    device.hears({**SHORT, "entries": []})
    device.state.now_showing(device.state.decision.scene)
    for page in (1, 2, 3, 1, 2, 3, 1):
        device.state.on_glass(0, page)
        device.machine.wait(4)
    [total] = device.state.saved.plays.totals.values()
    assert (total.times, total.seconds) == (3, 24)


async def test_server_that_does_not_answer_is_told_of_the_plays_again(device):
    device.hears({**SHORT, "entries": []})
    device.state.now_showing(device.state.decision.scene)
    device.state.on_glass(0, 1)
    [played] = (await Reporter(None, device.state, "test", 60)._document())["played"]
    assert played == {"day": "2026-11-27", "item": "d0", "media_id": "default", "times": 1, "seconds": 0.0}
    assert len(device.state.saved.plays.unreported()) == 1
