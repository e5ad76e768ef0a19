"""A short campaign with a fixed seed: every promise holds after the commonest faults."""

import pytest

from chaos.campaign import run_campaign
from chaos.nemesis import FAULTS

SEED = 20261122
SECONDS = 45
# Those whose outcome needs no ack wait of a minute to run out first.
QUICK = tuple(
    fault
    for fault in FAULTS
    if fault.name
    in {
        "kill ingest",
        "kill catalog",
        "kill player-gateway",
        "kill nats three times",
        "kill s3",
        "kill postgres",
        "reset nats",
        "blackhole s3",
        "kill an office",
        "fill the stream",
        "publish oddities",
    }
)


@pytest.mark.timeout(600)
async def test_every_promise_holds_after_the_commonest_faults(tmp_path):
    report = await run_campaign(tmp_path / "data", SEED, SECONDS, faults=QUICK)
    assert report.violations == [], str(report)
    assert len(report.history.uploads) > 0
    assert sum(report.faults.values()) > 0
