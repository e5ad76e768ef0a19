"""A release: one version everywhere, and the same commit gives the same files."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tomllib
from pathlib import Path

import pytest
import yaml

from infoscreen.common.version import VERSION

ROOT = Path(__file__).parents[2]
MEMBERS = sorted(file for folder in ("libs", "services", "clients") for file in ROOT.glob(f"{folder}/*/pyproject.toml"))


def test_every_member_the_chart_and_the_images_have_one_version():
    chart = yaml.safe_load((ROOT / "deploy/helm/infoscreen/Chart.yaml").read_text())
    versions = {str(file.relative_to(ROOT)): tomllib.loads(file.read_text())["project"]["version"] for file in MEMBERS}
    versions |= {"chart": chart["version"], "application of the chart": chart["appVersion"]}
    for file in sorted(ROOT.glob("deploy/compose/compose*.yaml")):
        for line in file.read_text().splitlines():
            if "${VERSION:-" in line:
                versions[f"{file.name}: {line.strip()}"] = line.rpartition("${VERSION:-")[2].rstrip("}")
    assert {where: version for where, version in versions.items() if version != VERSION} == {}
    assert len(MEMBERS) == len(list(ROOT.glob("*/*/pyproject.toml")))


def test_the_changelog_has_a_section_of_the_version():
    assert f"\n## [{VERSION}] - " in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("program", ["infoscreen", "infoscreen-player"])
def test_a_command_prints_the_version(program):
    answer = subprocess.run([ROOT / ".venv/bin" / program, "--version"], capture_output=True, text=True, check=True)
    assert answer.stdout.split()[-1] == VERSION


@pytest.mark.parametrize("module", ["accounts", "ingest", "catalog", "player_gateway", "converter"])
def test_a_service_prints_the_version(module):
    command = [ROOT / ".venv/bin/python", "-m", f"infoscreen.{module}", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == VERSION


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The project as a commit of a repository of its own, with what `make` installs."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the project is no repository")
    folder = tmp_path / "checkout"
    files = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, files.decode().split("\0")):
        if os.path.lexists(ROOT / name):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target, follow_symlinks=False)
    for installed in (".venv", ".tools"):
        (folder / installed).symlink_to(ROOT / installed)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    (folder / ".git/info/exclude").write_text(".venv\n.tools\n")
    commit = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "commit", "--quiet", "--message", "Release"]
    for arguments in (["add", "--all"], commit):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    return folder


def release(checkout: Path) -> dict[str, str]:
    """Build the release; the sums of its files by name."""
    subprocess.run(["scripts/release"], cwd=checkout, check=True, env=os.environ | {"TZ": "Asia/Tokyo"})
    files = sorted((checkout / "dist" / VERSION).iterdir())
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@pytest.mark.exhaustive
@pytest.mark.timeout(1800)
def test_a_commit_gives_the_same_release_twice(checkout):
    first = release(checkout)
    out = checkout / "dist" / VERSION
    wheels = [name for name in first if name.endswith(".whl")]
    assert len(wheels) == len(MEMBERS)
    with tarfile.open(out / f"infoscreen-chart-{VERSION}.tgz") as chart:
        assert "infoscreen/Chart.yaml" in chart.getnames()
        assert not [member.name for member in chart if member.issym()]
    with tarfile.open(out / f"infoscreen-images-{VERSION}.tar.gz") as context:
        assert f"infoscreen-{VERSION}/deploy/Dockerfile" in context.getnames()
    for service in ("accounts", "ingest", "converter", "catalog", "player-gateway", "cli"):
        components = json.loads((out / f"infoscreen-{service}-{VERSION}.cdx.json").read_text())["components"]
        assert "nats-py" in {component["name"] for component in components}
    shutil.rmtree(checkout / "dist")
    assert release(checkout) == first


def test_a_release_is_not_made_of_what_is_not_committed(checkout):
    (checkout / "README.md").write_text("changed")
    refused = subprocess.run(["scripts/release"], cwd=checkout, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "a release is made of a commit" in refused.stderr
