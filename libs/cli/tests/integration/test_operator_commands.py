"""Operator commands when a server is away or refuses: one sentence, an exit code, and no traceback."""

import os
import subprocess
import sys

import pytest
from support.nats_users import as_user

from infoscreen.cli.ports import PortBook
from infoscreen.common.messaging.permissions import OPERATOR

CREDENTIALS = "s3cr3t"


@pytest.fixture
def nowhere() -> str:
    """An address at which no server listens."""
    return f"127.0.0.1:{PortBook().port('nowhere')}"


@pytest.fixture
def settings(session_nats_url, s3) -> dict[str, str]:
    """The settings of the running servers."""
    return {
        "NATS_URL": as_user(session_nats_url, OPERATOR),
        "S3_ENDPOINT": s3.endpoint,
        "S3_PUBLIC_ENDPOINT": s3.endpoint,
        "S3_ACCESS_KEY": s3.access_key,
        "S3_SECRET_KEY": s3.secret_key,
        "S3_BUCKET": s3.bucket,
    }


def sentence(settings: dict[str, str], *command: str, code: int = 1) -> str:
    """The one line that a failing command prints."""
    environment = {"PATH": os.environ["PATH"], **settings}
    done = subprocess.run(
        [sys.executable, "-m", "infoscreen.cli", *command],
        env=environment, cwd="/", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done.stdout + done.stderr
    assert CREDENTIALS not in done.stderr
    return done.stderr


def test_topology_apply_says_that_the_object_store_is_away(settings, nowhere):
    said = sentence({**settings, "S3_ENDPOINT": f"http://{nowhere}"}, "topology", "apply")
    assert "object store does not answer" in said
    assert nowhere in said


def test_topology_apply_says_that_the_object_store_refuses_the_keys(settings):
    said = sentence({**settings, "S3_SECRET_KEY": CREDENTIALS}, "topology", "apply")
    assert "object store refused" in said


@pytest.mark.parametrize("command", [("topology", "apply"), ("dead-letters", "list")], ids=" ".join)
def test_a_command_says_that_nats_is_away(settings, nowhere, command):
    said = sentence({**settings, "NATS_URL": f"nats://{CREDENTIALS}@{nowhere}"}, *command)
    assert f"NATS at {nowhere} cannot be reached" in said


def test_topology_apply_says_that_nats_refuses_the_token(settings):
    address = settings["NATS_URL"].rpartition("@")[2]
    said = sentence({**settings, "NATS_URL": f"nats://{CREDENTIALS}@{address}"}, "topology", "apply")
    assert "Authorization" in said


def test_topology_apply_names_the_setting_that_is_missing(settings):
    del settings["NATS_URL"]
    assert "NatsSettings.url" in sentence(settings, "topology", "apply", code=2)
