"""What is installed on a Raspberry Pi: units, user and settings agree with each other and with the player."""

import re
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
