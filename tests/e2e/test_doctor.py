"""`infoscreen doctor` on a real system: it finds nothing, or the hop that was broken on purpose."""

import asyncio
import os
import subprocess
import sys

import nats
import pytest
from support.paused import paused

from infoscreen.common.glyphs.scripts import SCRIPTS
from infoscreen.common.messaging import topology


@pytest.fixture
def examined(own_system):
    """Runs the doctor; gives its exit code and what it printed."""

    def run(*arguments: str, **settings: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "infoscreen.cli", "doctor", "--data-dir", str(own_system.data_dir), *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **settings}
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_system_that_is_well_is_found_well_and_the_deck_is_gone_afterwards(own_system, examined):
    code, said = examined()
    assert (code, "A deck passes every hop." in said) == (0, True), said
    for hop in ("edge", "ingest", "S3", "NATS", "converter", "catalog", "gateway", "download"):
        assert f"{hop} " in said
    assert f"{len(SCRIPTS)} are drawn whole" in said
    with own_system.client() as client:
        assert client.get("/api/media").json()["items"] == []


def test_a_system_is_also_found_by_the_environment(own_system, examined):
    endpoints = own_system.endpoints
    s3 = {f"S3_{name.upper()}": value for name, value in endpoints["s3"].items()}
    access = {"NATS_URL": endpoints["nats"], "CATALOG_DATABASE_URL": endpoints["postgres"]}
    code, said = examined(**access, **s3, S3_PUBLIC_ENDPOINT=endpoints["edge"])
    assert (code, "INFOSCREEN_TOKEN" in said) == (1, True), said
    token = endpoints["operator_token"]
    code, said = examined(**access, **s3, S3_PUBLIC_ENDPOINT=endpoints["edge"], INFOSCREEN_TOKEN=token)
    assert (code, token in said) == (0, False), said


def test_converters_that_stand_still_are_named(own_system, examined):
    with paused(own_system.endpoints, "converter-1", "converter-2"):
        code, said = examined("--wait", "2")
    assert (code, "The first broken hop is converter" in said) == (1, True), said
    assert "no converter took the deck" in said


async def test_a_durable_that_was_deleted_is_named(own_system, examined):
    client = await nats.connect(own_system.endpoints["nats"])
    js = client.jetstream()
    await js.delete_consumer(topology.STREAM, "converter-bulk")
    try:
        code, said = await asyncio.to_thread(examined)
    finally:
        await topology.apply_durables(js)
        await client.close()
    assert (code, "The first broken hop is NATS (topology): converter-bulk is missing" in said) == (1, True), said
    assert "infoscreen topology apply" in said


@pytest.mark.parametrize(
    ("name", "hop"),
    [
        ("player-gateway", "gateway"),
        pytest.param("catalog", "catalog", marks=pytest.mark.exhaustive),
        pytest.param("nats", "NATS", marks=pytest.mark.exhaustive),
        pytest.param("edge", "edge", marks=pytest.mark.exhaustive),
    ],
)
def test_a_part_that_does_not_answer_is_named(own_system, examined, name, hop):
    expected = f"The first broken hop is {hop} "
    with paused(own_system.endpoints, name):
        for seconds in (2, 10, 50):  # the parts before it need their time on a busy machine
            code, said = examined("--wait", str(seconds))
            if expected in said:
                break
    assert (code, expected in said) == (1, True), said


def test_where_nothing_runs_it_says_so(examined, tmp_path):
    code, said = examined("--data-dir", str(tmp_path))
    assert (code, "infoscreen up" in said) == (1, True)
