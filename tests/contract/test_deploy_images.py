"""The Dockerfile and what it copies: in step with the rest of the project, and clean by the linters that are there."""

import re
import subprocess

import pytest
from programs import program

from infoscreen.cli.requirements import repository_root

ROOT = repository_root()
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
SCRIPTS = (
    "deploy/docker/entrypoint",
    "deploy/docker/install-locked",
    "deploy/compose/make-secrets",
    "deploy/compose/postgres/roles.sh",
    "deploy/pi/infoscreen-display-power",
    "deploy/pi/install.sh",
    "scripts/bootstrap",
)


def run_entrypoint(tmp_path, *arguments: str, **environment: str) -> str:
    """The entrypoint, with a `python` that prints what it was started with."""
    (tmp_path / "module").write_text("infoscreen.ingest\n")
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@"\nenv\n')
    python.chmod(0o755)
    script = (ROOT / "deploy/docker/entrypoint").read_text().replace("/opt/infoscreen/module", str(tmp_path / "module"))
    return subprocess.run(
        ["/bin/sh", "-c", script, "entrypoint", *arguments],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "SECRETS_DIR": str(tmp_path / "secrets"), **environment},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_secrets_that_are_named_like_settings_become_settings_and_others_stay_files(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/NATS_URL").write_text("nats://t@nats:4222\n")
    (tmp_path / "secrets/tokens.json").write_text("[]")
    seen = run_entrypoint(tmp_path, "migrate", LOG_FORMAT="json")
    assert seen.startswith("-m infoscreen.ingest migrate\n")
    assert "NATS_URL=nats://t@nats:4222\n" in seen
    assert "LOG_FORMAT=json\n" in seen
    assert "tokens" not in seen


def test_a_container_without_secrets_starts_as_well(tmp_path):
    assert run_entrypoint(tmp_path).startswith("-m infoscreen.ingest\n")


def test_the_converter_image_has_the_offices_packages_that_the_tests_run_on():
    bootstrap = (ROOT / "scripts" / "bootstrap").read_text()
    wanted = set(re.search(r"OFFICE=\(([^)]*)\)", bootstrap)[1].split())
    stage = DOCKERFILE.partition(" AS office\n")[2].partition("\nFROM ")[0]
    assert wanted <= set(stage.split())


def test_every_converter_image_has_what_films_are_opened_with():
    media = re.search(r"MEDIA=\(([^)]*)\)", (ROOT / "scripts" / "bootstrap").read_text())[1].split()
    stage = DOCKERFILE.partition(" AS media\n")[2].partition("\nFROM ")[0]
    assert set(media) <= set(stage.split())
    assert {"FROM media AS office", "FROM media AS converter"} <= set(DOCKERFILE.splitlines())


def test_every_script_can_be_drawn_wherever_decks_are_drawn():
    bootstrap = (ROOT / "scripts" / "bootstrap").read_text()
    player = (ROOT / "deploy" / "pi" / "install.sh").read_text()
    needed = {"fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji", "fonts-open-sans", "fonts-symbola"}
    assert needed <= set(re.search(r"OFFICE=\(([^)]*)\)", bootstrap)[1].split())
    assert needed <= set(re.search(r"FONT_PACKAGES=\(([^)]*)\)", player)[1].split())


def test_what_the_dockerfile_copies_is_there():
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source


def test_the_edge_is_built_without_a_service_by_dockers_older_builder_too():
    """That one builds every stage above the one that is asked for, and knows no frontend that a comment names."""
    above = DOCKERFILE.partition("\nFROM python AS edge\n")
    assert above[1]
    assert "SERVICE}" not in above[0]
    assert not DOCKERFILE.startswith("# syntax")
    assert not (ROOT / "deploy" / "Dockerfile.dockerignore").exists(), "only BuildKit reads it"


def test_every_image_ends_as_a_user_without_rights():
    for stage in re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]:
        if "ENTRYPOINT" in stage:
            assert "USER 10001:10001" in stage


def test_the_base_is_pinned_by_digest():
    assert re.search(r"^ARG BASE=debian:bookworm-slim@sha256:[0-9a-f]{64}$", DOCKERFILE, re.MULTILINE)


def test_no_secret_and_no_data_can_get_into_an_image():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    assert "**/.*" in ignored


@pytest.mark.parametrize(("linter", "files"), [("hadolint", ["deploy/Dockerfile"]), ("shellcheck", SCRIPTS)])
def test_the_linters_find_nothing(linter, files):
    found = subprocess.run([program(linter), *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
