"""Files on the disk: whole or not there, and bounded."""

import hashlib
import os
from pathlib import Path

import pytest

from infoscreen.player.decision import Notice, Topic
from infoscreen.player.errors import CorruptFileError, DiskFullError
from infoscreen.player.inspection import Inspection, inspect
from infoscreen.player.notices import render
from infoscreen.player.pdf import Page
from infoscreen.player.programme import Rendition
from infoscreen.player.shelf import Shelf

PDF = render(Notice(Topic.CONNECTING), "test", "")
PLAIN = Page(100, 100, (0, 0, 0), (0, 0, 0)).render("black")


def rendition_of(content: bytes, media_type: str = "application/pdf") -> Rendition:
    return Rendition(hashlib.sha256(content).hexdigest(), len(content), media_type)


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    shelf = Shelf(tmp_path / "files", limit_bytes=10_000, reserve_bytes=0)
    shelf.open()
    return shelf


async def put(shelf: Shelf, content: bytes, age_seconds: float = 0, media_type: str = "image/png") -> Rendition:
    file = rendition_of(content, media_type)
    shelf.part(file).write_bytes(content)
    await shelf.admit(file)
    moment = shelf.path(file).stat().st_mtime - age_seconds
    os.utime(shelf.path(file), (moment, moment))
    return file


async def test_a_whole_file_gets_its_name(shelf):
    file = await put(shelf, PDF, media_type="application/pdf")
    assert shelf.has(file)
    assert shelf.path(file).read_bytes() == PDF
    assert shelf.inspection(file) == Inspection(pages=1, plain=False)
    assert not shelf.part(file).exists()


@pytest.mark.parametrize(
    "content", [PDF[:-100], PDF + b"\n", PDF.replace(b"Title", b"Tilte")], ids=["short", "long", "changed"]
)
async def test_a_file_that_is_not_what_it_should_be_is_never_there(shelf, content):
    file = rendition_of(PDF)
    shelf.part(file).write_bytes(content)
    with pytest.raises(CorruptFileError):
        await shelf.admit(file)
    assert not shelf.has(file)
    assert not shelf.path(file).exists()
    assert not shelf.part(file).exists()


async def test_a_pdf_that_does_not_open_is_never_there_although_its_hash_is_right(shelf):
    with pytest.raises(CorruptFileError, match="does not open"):
        await put(shelf, b"%PDF-1.7 but no more than that", media_type="application/pdf")


async def test_after_a_start_a_file_is_checked_before_it_is_used(shelf, tmp_path):
    file = await put(shelf, PDF, media_type="application/pdf")
    later = Shelf(tmp_path / "files", limit_bytes=10_000, reserve_bytes=0)
    assert not later.has(file)
    assert await later.check(file)
    assert later.has(file)


async def test_a_file_that_rotted_on_the_card_is_dropped(shelf, tmp_path):
    file = await put(shelf, PDF, media_type="application/pdf")
    later = Shelf(tmp_path / "files", limit_bytes=10_000, reserve_bytes=0)
    rotten = bytearray(PDF)
    rotten[1000] ^= 1
    later.path(file).write_bytes(rotten)
    assert not await later.check(file)
    assert not later.path(file).exists()


async def test_a_plain_page_is_known_so_that_it_may_look_empty(tmp_path):
    path = tmp_path / "plain.pdf"
    path.write_bytes(PLAIN)
    assert await inspect(path) == Inspection(pages=1, plain=True)


async def test_what_was_not_shown_for_longest_makes_room(shelf):
    oldest, older, newest = [await put(shelf, bytes([n]) * 3000, age_seconds=100 - n) for n in range(3)]
    shelf.make_room(3000, kept=[])
    assert [shelf.has(file) for file in (oldest, older, newest)] == [False, True, True]
    assert [shelf.path(file).exists() for file in (oldest, older, newest)] == [False, True, True]


async def test_what_is_shown_counts_as_used(shelf):
    first, second = [await put(shelf, bytes([n]) * 4000, age_seconds=100 - n) for n in range(2)]
    shelf.used([first])
    shelf.make_room(4000, kept=[])
    assert shelf.has(first)
    assert not shelf.has(second)


async def test_what_is_on_the_screen_is_never_removed(shelf):
    shown = await put(shelf, b"s" * 6000, age_seconds=1000)
    with pytest.raises(DiskFullError):
        shelf.make_room(6000, kept=[shown])
    assert shelf.path(shown).exists()


async def test_leftovers_of_downloads_make_room_too(shelf):
    (Path(shelf.part(rendition_of(b"x")))).write_bytes(b"x" * 9000)
    shelf.make_room(5000, kept=[])
    assert not shelf.part(rendition_of(b"x")).exists()


async def test_the_disks_reserve_is_left_free(tmp_path):
    shelf = Shelf(tmp_path / "files", limit_bytes=2**62, reserve_bytes=2**60)
    shelf.open()
    with pytest.raises(DiskFullError):
        shelf.make_room(1, kept=[])
