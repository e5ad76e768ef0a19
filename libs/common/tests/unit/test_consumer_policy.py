"""Which lane a slot asks first, and what becomes of a message whose handler raised."""

import asyncio
from collections import Counter

import pytest

from infoscreen.common.errors import FailureReason, PermanentError, TransientError, UnavailableError
from infoscreen.common.events import Priority, subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.consumer import lane_order, outcome_of_error
from infoscreen.common.messaging.outcome import Retry, Terminate

LANES = subjects.LANES
LEADERS = [lane_order(LANES, pull)[0] for pull in range(8)]


def test_every_pull_asks_every_lane_once():
    for pull in range(100):
        assert sorted(lane.durable for lane in lane_order(LANES, pull)) == sorted(lane.durable for lane in LANES)


def test_the_urgent_lane_leads_most_pulls_and_no_other_lane_starves():
    leaders = Counter(lane.priority for lane in LEADERS)
    assert leaders[Priority.URGENT] > len(LEADERS) / 2
    assert leaders[Priority.NORMAL] > leaders[Priority.BULK] >= 1


def test_the_lanes_that_do_not_lead_follow_in_their_order():
    assert [lane.priority for lane in lane_order(LANES, 7)] == ["bulk", "urgent", "normal"]


@pytest.mark.parametrize("count", [1, 2])
def test_any_number_of_lanes_is_served(count):
    for pull in range(8):
        assert sorted(lane_order(LANES[:count], pull), key=LANES.index) == list(LANES[:count])


@pytest.mark.parametrize(
    ("error", "delivery_count", "outcome"),
    [
        (TransientError("engine away", retry_after_seconds=12), 1, Retry(12)),
        (TransientError("engine away"), 9, Retry(5)),
        (UnavailableError("NATS away"), 1, Retry(5)),
        (UnavailableError("NATS away"), 9, Retry(5)),
        (RuntimeError("bug"), 1, Retry(30)),
        (RuntimeError("bug"), 2, Retry(30)),
        (RuntimeError("bug"), 3, Terminate("handler_error", "RuntimeError('bug')")),
        (asyncio.CancelledError("leaked"), 3, Terminate("handler_error", "CancelledError('leaked')")),
        # Handlers publish what is the document's fault; one that lets it escape has a bug.
        (PermanentError(FailureReason.CORRUPT, "no zip"), 1, Retry(30)),
    ],
)
def test_an_error_of_a_handler_decides_the_outcome_of_its_message(error, delivery_count, outcome):
    assert outcome_of_error(error, delivery_count) == outcome


@pytest.mark.parametrize("error", [TransientError("engine away"), UnavailableError("NATS away")])
def test_a_transient_error_at_the_last_delivery_becomes_a_dead_letter(error):
    outcome = outcome_of_error(error, topology.MAX_DELIVER)
    assert isinstance(outcome, Terminate)
    assert outcome.reason == "deliveries_exhausted"
