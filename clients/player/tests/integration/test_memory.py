"""What survives a reboot."""

import pytest

from infoscreen.player.credentials import Credentials
from infoscreen.player.memory import Memory
from infoscreen.player.programme import Item, Programme, Rendition, Status

FILE = Rendition("a" * 64, 5, "image/png")
ITEM = Item("m", Status.READY, "deck.pptx", FILE, eta_seconds=3, url="http://s3/secret?signature")


async def test_the_programme_and_what_was_good_are_remembered_without_urls(tmp_path):
    memory = Memory(tmp_path / "memory.json")
    memory.programme, memory.last_good, memory.revoked = Programme((ITEM,)), {"m": FILE}, True
    await memory.save()
    assert "signature" not in (tmp_path / "memory.json").read_text()
    later = Memory(tmp_path / "memory.json")
    later.load()
    assert later.programme == Programme((Item("m", Status.READY, "deck.pptx", FILE),))
    assert (later.last_good, later.revoked) == ({"m": FILE}, True)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"programme": 3}', b"\x00" * 100])
def test_a_memory_that_cannot_be_read_is_an_empty_one(tmp_path, content):
    (tmp_path / "memory.json").write_bytes(content)
    memory = Memory(tmp_path / "memory.json")
    memory.load()
    assert memory.programme is None


async def test_a_disk_that_takes_nothing_costs_only_the_memory(tmp_path):
    memory = Memory(tmp_path / "gone" / "memory.json")
    memory.programme = Programme()
    await memory.save()


def test_the_token_is_for_its_owner_only(tmp_path):
    credentials = Credentials(tmp_path / "config")
    credentials.store("https://infoscreen.example.org", "secret")
    assert (tmp_path / "config" / "token").stat().st_mode & 0o777 == 0o600
    assert (credentials.server, credentials.token) == ("https://infoscreen.example.org", "secret")


def test_a_token_can_be_handed_over_by_systemd(tmp_path, monkeypatch):
    (tmp_path / "token").write_text("handed over\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert Credentials(tmp_path / "config").token == "handed over"
