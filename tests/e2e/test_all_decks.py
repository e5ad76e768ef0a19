"""Every real deck ends as it should, however many converters share the work."""

import csv
import subprocess
import sys

import nats
import pytest
from support.until import wait_until

from infoscreen.common.messaging import topology

DEADLINE_SECONDS = 240


async def forget_renditions(nats_url: str) -> None:
    """Let everything be converted anew, although the same bytes were converted before."""
    client = await nats.connect(nats_url)
    await client.jetstream().purge_stream(f"KV_{topology.RENDITIONS}")
    await client.close()


def scale(system, count: int) -> None:
    command = [sys.executable, "-m", "infoscreen.cli", "scale", "converter", str(count)]
    subprocess.run([*command, "--data-dir", str(system.data_dir)], check=True)


def outcomes(client, media: dict[str, str]) -> dict[str, str]:
    """File name to ``ready``, ``failed:REASON`` or the state it is still in."""
    found = {}
    for name, media_id in media.items():
        status = client.get(f"/api/conversions/{media_id}/status").json()
        found[name] = f"failed:{status['reason']}" if status["status"] == "failed" else status["status"]
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "converters", [pytest.param(1, marks=pytest.mark.exhaustive), 2, pytest.param(4, marks=pytest.mark.exhaustive)]
)
async def test_every_real_deck_ends_as_expected(system, decks, converters):
    with (decks / "expected.tsv").open() as table:
        expected = {row["file"]: row["expected"] for row in csv.DictReader(table, delimiter="\t")}
    await forget_renditions(system.endpoints["nats"])
    scale(system, converters)
    with system.client() as client:
        media = {}
        for name in expected:
            with (decks / name).open("rb") as file:
                media[name] = client.post("/api/media", files={"file": (name, file)}).json()["media_id"]

        def as_expected():
            assert outcomes(client, media) == expected
            return True

        try:
            wait_until(as_expected, "every deck ends as expected", DEADLINE_SECONDS, ignoring=(AssertionError,))
        finally:
            scale(system, 2)
