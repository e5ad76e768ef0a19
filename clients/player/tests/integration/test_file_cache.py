"""The file cache: whole files only, within a limit."""

import hashlib
import os
from pathlib import Path

import pytest

from infoscreen.player.decision import Notice, Topic
from infoscreen.player.errors import CorruptFileError, DiskFullError
from infoscreen.player.file_cache import FileCache
from infoscreen.player.inspection import Inspection, inspect
from infoscreen.player.manifest import DisplayFile
from infoscreen.player.notices import Audience, render
from infoscreen.player.pdf import Page

PDF = render(Notice(Topic.CONNECTING), Audience("test"))
OTHER = "application/octet-stream"
PLAIN = Page(100, 100, (0, 0, 0), (0, 0, 0)).render("black")


def file_of(content: bytes, media_type: str = "application/pdf") -> DisplayFile:
    return DisplayFile(hashlib.sha256(content).hexdigest(), len(content), media_type)


@pytest.fixture
def cache(tmp_path) -> FileCache:
    cache = FileCache(tmp_path / "files", limit_bytes=10_000, reserve_bytes=0)
    cache.open()
    return cache


async def put(
    cache: FileCache, content: bytes, age_seconds: float = 0, media_type: str = "application/octet-stream"
) -> DisplayFile:
    file = file_of(content, media_type)
    cache.part(file).write_bytes(content)
    await cache.commit(file)
    moment = cache.path(file).stat().st_mtime - age_seconds
    os.utime(cache.path(file), (moment, moment))
    return file


async def test_whole_file_gets_its_name(cache):
    file = await put(cache, PDF, media_type="application/pdf")
    assert cache.has(file)
    assert cache.path(file).read_bytes() == PDF
    assert cache.inspection(file) == Inspection(pages=1)
    assert not cache.part(file).exists()


@pytest.mark.parametrize(
    "content", [PDF[:-100], PDF + b"\n", PDF.replace(b"Title", b"Tilte")], ids=["short", "long", "changed"]
)
async def test_file_with_wrong_bytes_never_gets_its_name(cache, content):
    file = file_of(PDF)
    cache.part(file).write_bytes(content)
    with pytest.raises(CorruptFileError):
        await cache.commit(file)
    assert not cache.has(file)
    assert not cache.path(file).exists()
    assert not cache.part(file).exists()


async def test_pdf_that_does_not_open_never_gets_its_name_although_its_hash_is_right(cache):
    with pytest.raises(CorruptFileError, match="does not open"):
        await put(cache, b"%PDF-1.7 but no more than that", media_type="application/pdf")


async def test_cache_checks_a_file_again_after_a_start(cache, tmp_path):
    file = await put(cache, PDF, media_type="application/pdf")
    later = FileCache(tmp_path / "files", limit_bytes=10_000, reserve_bytes=0)
    assert not later.has(file)
    assert await later.check(file)
    assert later.has(file)


async def test_cache_removes_a_file_that_lost_a_bit(cache, tmp_path):
    file = await put(cache, PDF, media_type="application/pdf")
    later = FileCache(tmp_path / "files", limit_bytes=10_000, reserve_bytes=0)
    damaged = bytearray(PDF)
    damaged[1000] ^= 1
    later.path(file).write_bytes(damaged)
    assert not await later.check(file)
    assert not later.path(file).exists()


async def test_inspection_recognises_a_plain_page(tmp_path):
    path = tmp_path / "plain.pdf"
    path.write_bytes(PLAIN)
    assert await inspect(path, "application/pdf") == Inspection(pages=1, plain_start=True, plain=True)


async def test_make_room_evicts_the_file_that_was_not_shown_for_longest(cache):
    oldest, older, newest = [await put(cache, bytes([n]) * 3000, age_seconds=100 - n) for n in range(3)]
    cache.make_room(3000, kept=[])
    assert [cache.has(file) for file in (oldest, older, newest)] == [False, True, True]
    assert [cache.path(file).exists() for file in (oldest, older, newest)] == [False, True, True]


async def test_make_room_keeps_a_file_that_was_shown_just_now(cache):
    first, second = [await put(cache, bytes([n]) * 4000, age_seconds=100 - n) for n in range(2)]
    cache.touch([first])
    cache.make_room(4000, kept=[])
    assert cache.has(first)
    assert not cache.has(second)


async def test_make_room_never_evicts_a_kept_file(cache):
    shown = await put(cache, b"s" * 6000, age_seconds=1000)
    with pytest.raises(DiskFullError):
        cache.make_room(6000, kept=[shown])
    assert cache.path(shown).exists()


async def test_make_room_evicts_parts_of_old_downloads(cache):
    (Path(cache.part(file_of(b"x")))).write_bytes(b"x" * 9000)
    cache.make_room(5000, kept=[])
    assert not cache.part(file_of(b"x")).exists()


async def test_make_room_leaves_the_reserve_free(tmp_path):
    cache = FileCache(tmp_path / "files", limit_bytes=2**62, reserve_bytes=2**60)
    cache.open()
    with pytest.raises(DiskFullError):
        cache.make_room(1, kept=[])
