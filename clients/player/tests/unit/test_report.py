"""The report names what is on the glass."""

from datetime import UTC, datetime, timedelta

import pytest
from support.player_time import FakeMachine, clock_at

from infoscreen.player.decision import Entry, Notice, Playlist, Topic
from infoscreen.player.file_cache import FileCache
from infoscreen.player.manifest import DisplayFile
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.report import Reporter
from infoscreen.player.saved_state import SavedState
from infoscreen.player.shared_state import SharedState

A, B = DisplayFile("a" * 64, 1), DisplayFile("b" * 64, 1, "video/mp4")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Device:
    """A player at noon, and the report that it would send."""

    def __init__(self, directory) -> None:
        self.machine = FakeMachine()
        cache = FileCache(directory, 1000, 0)
        clock = clock_at(NOON, self.machine)
        self.state = SharedState(SavedState(directory), cache, Quarantine(), clock)
        self.reporter = Reporter(None, self.state, "test", 60)

    async def showing(self) -> dict:
        return (await self.reporter._document())["showing"]


@pytest.fixture
def device(tmp_path) -> Device:
    return Device(tmp_path)


async def test_report_names_the_entry_on_the_glass_and_since_when(device):
    device.state.now_showing(Playlist((Entry("a", A), Entry("b", B), Entry("a", A))))
    assert (await device.showing())["media_id"] == "a"
    device.machine.wait(10)
    device.state.on_glass(1)
    since = (NOON + timedelta(seconds=10)).isoformat()
    assert await device.showing() == {"media_id": "b", "sha256": B.sha256, "note": "2 of 3", "since": since}
    device.machine.wait(10)
    device.state.on_glass(1)
    assert (await device.showing())["since"] == since
    device.state.on_glass(2)
    assert (await device.showing())["note"] == "3 of 3"


async def test_report_of_a_single_file_has_no_place(device):
    device.state.now_showing(Playlist((Entry("a", A),)))
    device.state.on_glass(None)
    shown = await device.showing()
    assert shown == {"media_id": "a", "sha256": A.sha256, "note": None, "since": NOON.isoformat()}


async def test_report_says_when_the_viewer_does_not_tell_which_entry_it_shows(device):
    device.state.now_showing(Playlist((Entry("a", A), Entry("b", B))))
    device.state.on_glass(None)
    assert (await device.showing())["note"] == "One of 2, unknown which"


async def test_report_of_a_notice_has_its_topic(device):
    device.state.now_showing(Notice(Topic.PROCESSING))
    assert await device.showing() == {"note": "Notice: processing", "since": NOON.isoformat()}
