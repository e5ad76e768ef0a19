"""Counters that alerts compare over time are there, as 0, before what they count first happens."""

import pytest
from prometheus_client import REGISTRY

from infoscreen.common.events import subjects
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.consumer import WorkConsumer
from infoscreen.common.messaging.publisher import Publisher


async def nothing(_delivery):
    raise AssertionError


@pytest.mark.parametrize("event_type", ["conversion.started", "conversion.succeeded", "conversion.failed"])
def test_a_publisher_shows_the_events_its_service_publishes_before_the_first(event_type):
    Publisher(Connection(), "infoscreen/converter/converter-1")
    assert REGISTRY.get_sample_value("infoscreen_events_published_total", {"type": event_type}) is not None


@pytest.mark.parametrize("outcome", ["acknowledge", "retry", "deadletter", "abandon"])
def test_a_consumer_shows_every_outcome_in_every_lane_before_the_first(outcome):
    WorkConsumer(Connection(), nothing, slots=1, grace_seconds=1)
    for lane in subjects.LANES:
        labels = {"durable": lane.durable, "outcome": outcome}
        assert REGISTRY.get_sample_value("infoscreen_messages_total", labels) is not None
