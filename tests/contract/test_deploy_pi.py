"""What is installed on a Raspberry Pi: units, user and settings agree with each other and with the player."""

import os
import re
import shutil
import subprocess
from configparser import ConfigParser

import pytest

from infoscreen.cli import postgres
from infoscreen.cli.requirements import repository_root
from infoscreen.player.settings import PlayerSettings

PI = repository_root() / "deploy" / "pi"
INSTALLER = (PI / "install.sh").read_text()
UNITS = sorted(PI.glob("*.service"))


def unit(path) -> ConfigParser:
    parser = ConfigParser(strict=False, interpolation=None, delimiters=["="], comment_prefixes=["#"])
    parser.optionxform = str
    parser.read(path)
    return parser


def test_the_player_has_a_user_of_its_own_that_every_unit_names():
    user = re.search(r"^PLAYER_USER=(\S+)$", INSTALLER, re.MULTILINE)[1]
    named = {unit(path)["Service"].get(key) for path in UNITS for key in ("User", "Group")} - {None}
    assert named == {user}
    assert user != postgres.SYSTEM_USER, "an `infoscreen up` on the same machine could read what the player keeps"


def test_every_unit_is_installed_and_every_unit_that_is_named_is_there():
    listed = set(re.search(r"^UNITS=\(([^)]*)\)$", INSTALLER, re.MULTILINE)[1].split())
    assert listed == {path.name for path in UNITS}
    for path in UNITS:
        for wanted in unit(path)["Unit"].get("Wants", "").split():
            assert wanted in listed


@pytest.mark.parametrize("line", re.findall(r"^#?(PLAYER_\w+)=", (PI / "settings").read_text(), re.MULTILINE))
def test_every_setting_that_the_file_offers_exists(line):
    prefix = str(PlayerSettings.model_config["env_prefix"])
    assert line.removeprefix(prefix).lower() in PlayerSettings.model_fields


def test_installer_names_the_decoders_that_impressive_only_recommends():
    assert "--no-install-recommends" in INSTALLER
    packages = re.search(r"^PLAYER_PACKAGES=\(([^)]*)\)$", INSTALLER, re.MULTILINE)[1].split()
    assert {"impressive", "mupdf-tools", "ffmpeg", "mplayer", "tzdata"} <= set(packages)


def test_x_server_has_dpms_and_never_uses_it_by_itself():
    """With -dpms Xorg has no DPMS extension; with -s 0 its times are 0, which is never."""
    start = unit(PI / "infoscreen-display.service")["Service"]["ExecStart"].split()
    assert "-dpms" not in start
    assert start[start.index("-s") + 1] == "0"


def test_player_may_ask_whether_ntp_has_set_the_clock_and_may_not_set_it():
    text = (PI / "infoscreen-player.service").read_text()
    assert re.search(r"^SystemCallFilter=.*\badjtimex\b.*\bclock_adjtime\b", text, re.MULTILINE)
    assert re.search(r"^CapabilityBoundingSet=$", text, re.MULTILINE)
    assert "ProtectClock=yes" not in text


def test_no_document_of_the_pi_offers_the_dead_command_of_the_firmware():
    for path in PI.iterdir():
        assert "vcgencmd display_power 0" not in path.read_text(), path


# --- infoscreen-display-power -----------------------------------------------------------------------------------------

XSET = """#!/bin/sh
echo "xset $*" >>"$CALLS"
case $1 in
q) printf 'DPMS (Energy Star):\\n  DPMS is Enabled\\n  Monitor is %s\\n' "$(cat "$STATE")" ;;
dpms) [ -e "$STATE.ignored" ] || case $3 in off) echo Off ;; on) echo On ;; esac >"$STATE" ;;
esac
"""
CEC_CTL = """#!/bin/sh
echo "cec-ctl $*" >>"$CALLS"
exit "${CEC_EXIT:-0}"
"""


@pytest.fixture
def power(tmp_path):
    """Runs the script with stand-ins of xset and cec-ctl: neither Xvfb nor Xorg's dummy driver has DPMS."""
    programs, devices, state, calls = (tmp_path / name for name in ("bin", "dev", "state", "calls"))
    for directory in (programs, devices):
        directory.mkdir()
    for name, content in {"xset": XSET, "cec-ctl": CEC_CTL}.items():
        (programs / name).write_text(content)
        (programs / name).chmod(0o755)
    (devices / "cec0").touch()
    state.write_text("On")
    calls.touch()
    places = {"CALLS": str(calls), "STATE": str(state), "CEC_DEVICES": str(devices)}

    def run(what: str, **more: str) -> tuple[int, str, list[str]]:
        environment = {**os.environ, **places, "PATH": f"{programs}:/usr/bin:/bin", "DISPLAY": ":0", **more}
        command = [PI / "infoscreen-display-power", what]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        made, _ = calls.read_text().splitlines(), calls.write_text("")
        return done.returncode, done.stdout + done.stderr, [call for call in made if call != "xset q"]

    return run


def test_display_power_turns_signal_and_television_off_and_on(power):
    assert power("status")[:2] == (0, "on\n")
    code, said, calls = power("off")
    assert code == 0
    assert said.splitlines() == ["signal off", "cec yes"]
    assert [call.split()[-1] for call in calls] == ["--standby", "off"]
    assert power("status")[:2] == (0, "off\n")
    code, _, calls = power("on")
    assert code == 0
    assert [call.split()[-1] for call in calls] == ["on", "--image-view-on"]
    assert power("status")[:2] == (0, "on\n")


def test_display_power_works_without_a_television(power):
    code, said, _ = power("off", CEC_EXIT="1")
    assert code == 0
    assert "no television answers" in said
    assert {"cec no", "signal off"} <= set(said.splitlines())
    assert power("status")[1] == "off\n"


def test_display_power_says_when_the_driver_ignores_it(power, tmp_path):
    (tmp_path / "state.ignored").touch()
    code, said, _ = power("off")
    assert code == 1
    assert "the graphics driver ignores DPMS" in said
    assert "cec yes" in said.splitlines(), "the television is told all the same"


@pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xset")), reason="apt-get install xvfb x11-xserver-utils"
)
def test_display_power_says_what_to_do_on_an_x_server_without_dpms(tmp_path):
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp"], pass_fds=[writing], stderr=subprocess.DEVNULL
    )
    os.close(writing)
    with os.fdopen(reading) as answer:
        display = f":{answer.readline().strip()}"
    try:
        command = [PI / "infoscreen-display-power", "off"]
        environment = {**os.environ, "DISPLAY": display, "XAUTHORITY": str(tmp_path / "none")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    finally:
        server.terminate()
        server.wait()
    assert done.returncode == 1
    assert "must not be started with -dpms" in done.stderr


@pytest.mark.skipif(not shutil.which("xset"), reason="apt-get install x11-xserver-utils")
def test_display_power_says_what_to_do_without_an_x_server(tmp_path):
    command = [PI / "infoscreen-display-power", "off"]
    environment = {**os.environ, "DISPLAY": ":9999", "XAUTHORITY": str(tmp_path / "none")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "systemctl status infoscreen-display" in done.stderr


def test_display_power_explains_itself():
    done = subprocess.run([PI / "infoscreen-display-power"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "usage:" in done.stderr
