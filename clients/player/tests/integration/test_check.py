"""`infoscreen-player check` on this machine: programs, display and disk; test_with_services checks the server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.until import until

from infoscreen.player import check
from infoscreen.player.check import Verdict, check_programs
from infoscreen.player.credentials import Credentials
from infoscreen.player.settings import PlayerSettings

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("impressive", "mutool", "ffmpeg", "mplayer"))),
    reason="apt-get install impressive mupdf-tools ffmpeg mplayer",
)


@pytest.fixture
def settings(tmp_path) -> PlayerSettings:
    (tmp_path / "data").mkdir()
    return PlayerSettings(config_dir=tmp_path / "config", data_dir=tmp_path / "data")


@pytest.fixture
def path_without(tmp_path, monkeypatch) -> Callable[..., None]:
    """Gives the viewer a PATH with all programs of this machine but some."""

    def leave_out(*names: str) -> None:
        directory = tmp_path / "programs"
        directory.mkdir()
        for path in Path("/usr/bin").iterdir():
            if path.name not in names:
                (directory / path.name).symlink_to(path)
        monkeypatch.setattr(check, "environment", lambda _directory: {"PATH": str(directory)})

    return leave_out


async def found(settings: PlayerSettings, part: str) -> check.Finding:
    return next(finding for finding in await check.check(settings, "test") if finding.part == part)


async def test_complete_device_passes(settings, display):
    findings = {finding.part: finding.verdict for finding in await check.check(settings, "test")}
    assert [findings[part] for part in ("viewer", "decoders", "display", "disk")] == [Verdict.OK] * 4


@pytest.mark.parametrize(
    ("missing", "part", "advice"),
    [
        ("impressive", "viewer", "sudo apt-get install impressive"),
        ("mutool", "viewer", "sudo apt-get install mupdf-tools"),
        ("ffmpeg", "decoders", "sudo apt-get install ffmpeg"),
        ("mplayer", "decoders", "sudo apt-get install mplayer"),
    ],
)
async def test_missing_program_is_named_with_its_package(settings, path_without, missing, part, advice):
    path_without(missing, "pdftoppm")
    [finding] = [finding for finding in await check_programs(settings) if finding.verdict is not Verdict.OK]
    assert (finding.part, finding.verdict) == (part, Verdict.FAILED)
    assert finding.sentence.endswith(advice)


async def test_viewer_without_its_libraries_is_found_out(settings, tmp_path):
    viewer = tmp_path / "impressive"
    viewer.write_text("#!/bin/sh\necho \"Oops! No module named 'pygame'\" >&2\nexit 1\n")
    viewer.chmod(0o755)
    finding = await found(settings.model_copy(update={"viewer": [str(viewer)]}), "viewer")
    assert finding.verdict is Verdict.FAILED
    assert "No module named 'pygame'" in finding.sentence
    assert "python3-pygame" in finding.sentence


async def test_display_that_is_gone_is_named(settings, display):
    display.stop()
    finding = await found(settings, "display")
    assert finding.verdict is Verdict.FAILED
    assert display.name in finding.sentence
    assert "systemctl status infoscreen-display" in finding.sentence


async def test_missing_display_is_explained(settings, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    assert "DISPLAY is not set" in (await found(settings, "display")).sentence


async def test_full_disk_is_named(settings):
    finding = await found(settings.model_copy(update={"disk_reserve_bytes": 2**62}), "disk")
    assert finding.verdict is Verdict.FAILED
    assert "Remove files" in finding.sentence


async def test_missing_data_directory_is_named(settings, tmp_path):
    finding = await found(settings.model_copy(update={"data_dir": tmp_path / "none"}), "disk")
    assert finding.verdict is Verdict.FAILED
    assert "install.sh" in finding.sentence


async def test_player_that_is_not_enrolled_is_told_how(settings):
    finding = await found(settings, "token")
    assert finding.verdict is Verdict.FAILED
    assert "infoscreen-player enrol" in finding.sentence


async def test_server_that_does_not_answer_is_named(settings):
    Credentials(settings.config_dir).store("http://127.0.0.1:9", "token")
    finding = await found(settings, "gateway")
    assert finding.verdict is Verdict.FAILED
    assert "http://127.0.0.1:9" in finding.sentence
    assert (await found(settings, "token")).verdict is Verdict.SKIPPED


def run_check(settings: PlayerSettings) -> "subprocess.CompletedProcess[str]":
    places = {"PLAYER_CONFIG_DIR": str(settings.config_dir), "PLAYER_DATA_DIR": str(settings.data_dir)}
    command = [sys.executable, "-m", "infoscreen.player", "check"]
    return subprocess.run(command, env={**os.environ, **places}, capture_output=True, text=True, check=False)


def test_command_prints_a_line_for_each_part_and_fails(settings):
    done = run_check(settings)
    assert done.returncode == 1
    assert done.stderr == ""
    parts = [line.split()[1] for line in done.stdout.splitlines()]
    assert parts == ["viewer", "decoders", "display", "disk", "gateway", "token"]


def test_command_reads_the_settings_of_the_service(settings):
    settings.config_dir.mkdir()
    (settings.config_dir / "settings").write_text('# A comment.\nPLAYER_VIEWER=["/no/such/viewer", "--option"]\n')
    assert "/no/such/viewer is not installed" in run_check(settings).stdout


async def test_player_reports_what_is_missing_at_its_start(settings, tmp_path):
    places = {"CONFIG_DIR": settings.config_dir, "DATA_DIR": settings.data_dir, "RUNTIME_DIR": tmp_path / "run"}
    variables = {f"PLAYER_{name}": str(path) for name, path in places.items()}
    variables["PLAYER_VIEWER"] = '["/no/such/viewer"]'
    log = tmp_path / "log"
    with log.open("wb") as output:
        player = subprocess.Popen(
            [sys.executable, "-m", "infoscreen.player", "run"], env={**os.environ, **variables}, stdout=output
        )
        try:
            await until(lambda: 'name="check viewer"' in log.read_text(), "the problem in the log")
        finally:
            player.terminate()
            player.wait()
    assert "/no/such/viewer is not installed" in log.read_text()
