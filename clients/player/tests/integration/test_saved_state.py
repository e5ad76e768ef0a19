"""What survives a reboot: the saved state, and the enrolment."""

import asyncio
import json

import pytest

from infoscreen.player.credentials import Credentials
from infoscreen.player.manifest import DisplayFile, Manifest, Medium, Status
from infoscreen.player.saved_state import SavedState

FILE = DisplayFile("a" * 64, 5, "image/png")
ITEM = Medium("m", Status.READY, "deck.pptx", FILE, eta_seconds=3, url="http://s3/secret?signature")


async def test_saved_state_has_the_manifest_and_the_last_good_files_but_no_urls(tmp_path):
    saved = SavedState(tmp_path)
    saved.manifest, saved.last_good, saved.revoked = Manifest.of(ITEM), {"m": FILE}, True
    await saved.save()
    assert "signature" not in (tmp_path / "state.json").read_text()
    later = SavedState(tmp_path)
    later.load()
    assert later.manifest == Manifest.of(Medium("m", Status.READY, "deck.pptx", FILE))
    assert (later.last_good, later.revoked) == ({"m": FILE}, True)


FORMER = {
    "programme": [
        {
            "media_id": "m",
            "status": "ready",
            "title": "deck.pptx",
            "rendition": {"sha256": "a" * 64, "size_bytes": 5, "media_type": "image/png"},
            "message": "",
        },
        {"media_id": "n", "status": "preparing", "title": "new.pptx", "rendition": None},
    ],
    "last_good": {"m": {"sha256": "a" * 64, "size_bytes": 5, "media_type": "image/png"}},
    "revoked": True,
}


async def test_saved_state_of_version_0_1_0_is_read_once_and_replaced(tmp_path):
    (tmp_path / "memory.json").write_text(json.dumps(FORMER))
    saved = SavedState(tmp_path)
    saved.load()
    known = Medium("m", Status.READY, "deck.pptx", FILE), Medium("n", Status.PROCESSING, "new.pptx")
    assert saved.manifest == Manifest.of(*known)
    assert (saved.last_good, saved.revoked) == ({"m": FILE}, True)
    await saved.save()
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]
    later = SavedState(tmp_path)
    later.load()
    assert later.manifest == Manifest.of(*known)


async def test_saved_state_of_version_0_1_0_does_not_replace_a_newer_one(tmp_path):
    saved = SavedState(tmp_path)
    saved.manifest = Manifest.of(ITEM)
    await saved.save()
    (tmp_path / "memory.json").write_text(json.dumps(FORMER))
    later = SavedState(tmp_path)
    later.load()
    assert [item.media_id for item in later.manifest.media] == ["m"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"manifest": 3}', b'{"programme": 3}', b"\x00" * 100])
def test_unreadable_saved_state_counts_as_empty(tmp_path, content):
    (tmp_path / "state.json").write_bytes(content)
    saved = SavedState(tmp_path)
    saved.load()
    assert saved.manifest is None


async def test_saves_at_the_same_time_leave_the_last_state(tmp_path):
    saved = SavedState(tmp_path)
    saves = []
    for number in range(20):
        saved.done_commands = (str(number),)
        saves.append(asyncio.create_task(saved.save()))
        await asyncio.sleep(0)
    await asyncio.gather(*saves)
    later = SavedState(tmp_path)
    later.load()
    assert later.done_commands == ("19",)


async def test_saving_to_a_broken_disk_raises_nothing(tmp_path):
    saved = SavedState(tmp_path / "gone")
    saved.manifest = Manifest()
    await saved.save()


def test_only_the_owner_can_read_the_token(tmp_path):
    credentials = Credentials(tmp_path / "config")
    credentials.store("https://infoscreen.example.org", "secret")
    assert (tmp_path / "config" / "token").stat().st_mode & 0o777 == 0o600
    assert (credentials.server, credentials.token) == ("https://infoscreen.example.org", "secret")


def test_systemd_can_hand_over_the_token(tmp_path, monkeypatch):
    (tmp_path / "token").write_text("handed over\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert Credentials(tmp_path / "config").token == "handed over"
