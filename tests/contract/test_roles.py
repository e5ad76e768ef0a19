"""The same files for the same roles in every service: what a name promises in one, it holds in all."""

import re
from pathlib import Path

import pytest

from infoscreen.cli.requirements import repository_root

PACKAGES = sorted(path for path in repository_root().glob("services/*/src/infoscreen/*") if path.is_dir())
ROLES = {
    r"\brun_service\(|\bWorkConsumer\(": r"__main__\.py",
    r"\bSettingsConfigDict\(": r"settings\.py",
    r"\bprometheus_client\b": r"observability\.py",
    r"\bcreate_api\(": r"api\.py|api/app\.py",
    r"\bDelivery\b.*\bOutcome\b": r"consumer\.py",
}
"""What only the file of a role contains, and the name that this file has below its package."""


def misplaced(package: Path) -> list[str]:
    """The files that contain what belongs into another one."""
    return [
        f"{path.relative_to(package.parent)} contains {content}"
        for path in package.rglob("*.py")
        for content, name in ROLES.items()
        if re.search(content, path.read_text()) and not re.fullmatch(name, path.relative_to(package).as_posix())
    ]


def test_services_are_found():
    assert {"ingest", "converter", "catalog", "player_gateway", "notifier"} <= {package.name for package in PACKAGES}


def test_each_service_has_a_composition_root_and_settings():
    names = ("__main__.py", "settings.py")
    assert [package / name for package in PACKAGES for name in names if not (package / name).is_file()] == []


def test_each_role_has_the_same_file_in_every_service():
    assert [line for package in PACKAGES for line in misplaced(package)] == []


@pytest.mark.parametrize(
    ("name", "text", "reported"),
    [
        ("upload.py", "from prometheus_client import Counter", True),
        ("observability.py", "from prometheus_client import Counter", False),
        ("api/media.py", "app = create_api(routers)", True),
    ],
)
def test_a_planted_role_in_another_file_is_reported(tmp_path, name, text, reported):
    planted = tmp_path / name
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(text)
    assert bool(misplaced(tmp_path)) is reported
