"""Every media type that the infoscreen serves to players, as real files: shown, or found out where they do not show."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from support.until import until

from infoscreen.player import viewer_health
from infoscreen.player.decision import Playlist
from infoscreen.player.errors import CorruptFileError
from infoscreen.player.inspection import UNKNOWN, inspect
from infoscreen.player.manifest import PDF, Medium, Status
from infoscreen.player.settings import PlayerSettings

PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
VIDEOS = {"video/mp4": "mp4", "video/webm": "webm"}
DECODERS = ("ffmpeg", "ffprobe", "mplayer")
SIZE = "640x360"


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Makes pictures and videos with ffmpeg, from one of its test patterns."""
    if missing := [program for program in DECODERS if not shutil.which(program)]:
        pytest.skip(f"apt-get install ffmpeg mplayer; missing: {', '.join(missing)}")
    directory, ffmpeg = tmp_path_factory.mktemp("media"), shutil.which("ffmpeg")

    def make(suffix: str, pattern: str = "testsrc", *, seconds: float = 3) -> bytes:
        path = directory / f"made.{suffix}"
        length = () if suffix in VIDEOS.values() else ("-frames:v", "1")
        source = f"{pattern}{'=' if '=' not in pattern else ':'}size={SIZE}:rate=10:duration={seconds}"
        command = [ffmpeg, "-v", "error", "-y", "-f", "lavfi", "-i", source, *length]
        command += ["-threads", "1", *(("-pix_fmt", "yuv420p") if length == () else ()), str(path)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return path.read_bytes()

    return make


@pytest.fixture
def quick_settings(tmp_path) -> PlayerSettings:
    return PlayerSettings(data_dir=tmp_path / "data", page_seconds=2, viewer_proof_seconds=0.1)


@pytest.fixture
def settings(quick_settings) -> PlayerSettings:
    return quick_settings


@pytest.mark.parametrize(("media_type", "suffix"), [*PICTURES.items(), *VIDEOS.items()])
async def test_file_of_each_type_is_shown_and_proven(subject, display, make, media_type, suffix):
    file = await subject.show(make(suffix), media_type)
    await until(lambda: subject.state.is_proven(file), "a proven file")
    assert not display.blank()
    assert subject.state.problems == {}


async def test_video_moves(subject, display, make):
    await subject.show(make("mp4", seconds=30), "video/mp4")
    with display.watched() as frames:
        await until(lambda: len(frames.different) > 10, "a picture that moves")


async def test_all_types_follow_each_other_in_a_playlist(subject, display, make, deck):
    files = [
        await subject.put(deck("one", "two")),
        await subject.put(make("mp4"), "video/mp4"),
        await subject.put(make("gif"), "image/gif"),
    ]
    wanted = subject.want_list(*(Medium(str(n), Status.READY, "x", file) for n, file in enumerate(files)))
    await until(lambda: subject.state.shown == wanted, "the playlist")
    await until(lambda: all(map(subject.state.is_proven, files)), "a turn of each file")
    assert subject.state.problems == {}


async def test_playlist_shows_a_file_at_each_of_its_positions(subject, display, deck):
    first, second = await subject.put(deck("first")), await subject.put(deck("second"))
    a, b = Medium("a", Status.READY, "a", first), Medium("b", Status.READY, "b", second)
    wanted = subject.want_list(a, b, a)
    await until(lambda: subject.state.shown == wanted, "the playlist")
    picture = display.picture()
    with display.watched() as frames:
        await until(lambda: subject.state.position == 1 and display.picture() != picture, "another picture")
        for position in (2, 0):
            again = (position, picture)
            await until(lambda now=again: (subject.state.position, display.picture()) == now, f"position {position}")
    assert frames.blank == 0


class TestOwnTimes:
    @pytest.fixture
    def settings(self, quick_settings) -> PlayerSettings:
        return quick_settings.model_copy(update={"page_seconds": 3600})

    async def test_page_stays_as_long_as_its_entry_asks_for(self, subject, deck):
        files = [await subject.put(deck(word)) for word in ("one", "two", "three")]
        media = [Medium(str(n), Status.READY, "", file) for n, file in enumerate(files)]
        wanted = subject.want_list(*media, seconds=0.5)
        await until(lambda: subject.state.shown == wanted, "the playlist")
        for position in (2, 0):
            await until(lambda at=position: subject.state.position == at, "pages that turn long before the hour")


class TestMissingDecoders:
    """Neither mplayer nor ffmpeg is installed, as on a Pi that was installed without recommended packages."""

    @pytest.fixture
    def programs(self, tmp_path) -> Path:
        """All programs of this machine but the decoders."""
        programs = tmp_path / "programs"
        programs.mkdir()
        for path in Path("/usr/bin").iterdir():
            if path.name not in DECODERS:
                (programs / path.name).symlink_to(path)
        return programs

    @pytest.fixture
    def settings(self, quick_settings, tmp_path, programs) -> PlayerSettings:
        viewer = tmp_path / "viewer"
        viewer.write_text(f'#!/bin/sh\nPATH={programs} exec impressive "$@"\n')
        viewer.chmod(0o755)
        return quick_settings.model_copy(update={"viewer": [str(viewer), *quick_settings.viewer[1:]]})

    async def test_video_in_a_playlist_is_left_out_and_reported(self, make, subject, deck):
        files = [await subject.put(deck(word)) for word in ("one", "two")]
        video = await subject.put(make("mp4"), "video/mp4")
        first, last = (Medium(str(n), Status.READY, f"{n}.pdf", file) for n, file in enumerate(files))
        wanted = subject.want_list(first, Medium("v", Status.READY, "film.mp4", video), last)
        await until(lambda: subject.state.shown == wanted, "the playlist")
        rest = Playlist((wanted.entries[0], wanted.entries[2]))
        await until(lambda: subject.state.shown == rest, "the playlist without the video", 120)
        assert "'film.mp4' cannot be shown and was rolled back" in subject.state.problems[f"file {video.sha256}"]
        await until(lambda: all(map(subject.state.is_proven, files)), "a turn of the other files")
        assert not subject.state.is_proven(video)

    async def test_video_that_replaces_a_deck_is_rolled_back(self, make, subject, deck, programs, monkeypatch):
        """The player has no ffmpeg either, so that it does not know what the video looks like."""
        film = make("mp4")
        monkeypatch.setenv("PATH", str(programs))
        monkeypatch.setattr(viewer_health, "_PATIENCE_SECONDS", 1)
        good = await subject.show(deck("good"))
        await until(lambda: subject.state.is_proven(good), "a proven file")
        subject.screen._settings = subject.screen._settings.model_copy(update={"viewer_start_seconds": 5})
        video = await subject.want(film, "video/mp4")
        await until(lambda: subject.state.quarantine.holds(video), "the quarantine")
        assert good in subject.state.scene.files


async def test_picture_that_only_the_viewer_finds_broken_is_rolled_back(subject, display, deck, make):
    """ffmpeg decodes the half of a JPEG, impressive does not."""
    good = await subject.show(deck("good"))
    await until(lambda: subject.state.is_proven(good), "a proven file")
    subject.screen._settings = subject.screen._settings.model_copy(update={"viewer_start_seconds": 5})
    whole = make("jpg")
    with display.watched() as frames:
        half = await subject.want(whole[: len(whole) // 2], "image/jpeg")
        await until(lambda: subject.state.quarantine.holds(half), "the quarantine")
    assert good in subject.state.scene.files
    assert frames.blank == 0


@pytest.mark.parametrize(("media_type", "suffix"), [*PICTURES.items(), *VIDEOS.items()])
async def test_file_that_does_not_decode_is_refused_before_it_is_shown(make, tmp_path, media_type, suffix):
    path = tmp_path / f"broken.{suffix}"
    path.write_bytes(make(suffix)[:60] + os.urandom(500))
    with pytest.raises(CorruptFileError):
        await inspect(path, media_type)


async def test_inspection_finds_what_a_video_looks_like(make, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(make("mp4", seconds=4))
    found = await inspect(path, "video/mp4")
    assert (found.pages, found.plain_start, found.plain) == (1, False, False)
    assert found.seconds == pytest.approx(4, abs=0.5)
    path.write_bytes(make("mp4", "color=black"))
    assert (await inspect(path, "video/mp4")).plain


async def test_inspection_without_ffmpeg_knows_nothing_of_pictures(make, tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(make("png"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await inspect(path, "image/png") == UNKNOWN


async def test_deck_with_one_plain_page_at_its_start_is_not_plain(deck, tmp_path):
    path = tmp_path / "a.pdf"
    with pikepdf.open(io.BytesIO(deck("one", "two"))) as pdf:
        del pdf.pages[0]["/Contents"]
        pdf.save(path)
    found = await inspect(path, PDF)
    assert (found.pages, found.plain_start, found.plain) == (2, True, False)
