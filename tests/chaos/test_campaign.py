"""A short campaign with a fixed seed: every promise holds after the commonest faults."""

import pytest

from chaos.campaign import run_campaign
from chaos.faults import FAULTS

SEED = 20261122
SECONDS = 45
# Those whose outcome needs no ack wait of a minute to run out first.
QUICK = {
    "kill ingest",
    "kill catalog",
    "kill player-gateway",
    "kill nats three times",
    "lose the answers of nats",
    "kill s3",
    "s3 answers 503",
    "kill postgres",
    "reset nats",
    "blackhole s3",
    "kill an office",
    "fill the stream",
    "gotenberg 429",
    "old events again",
    "poison events",
    "harmful file",
    "document that calls out",
    "replacement during conversion",
    "reused key",
    "delete beside replace",
    "clean up",
    "wrong role",
    "tampered URL",
    "oversized body",
    "cut body",
}


@pytest.mark.timeout(600)
async def test_every_promise_holds_after_the_commonest_faults(tmp_path):
    faults = tuple(fault for fault in FAULTS if fault.name in QUICK)
    assert len(faults) == len(QUICK)
    report = await run_campaign(tmp_path / "data", SEED, SECONDS, faults)
    assert report.violations == [], str(report)
    assert len(report.history.uploads) > 0
    assert report.nemesis.counts["injected"].total() > 0
