"""When a consumer pauses because most messages become dead letters, and when it goes on."""

import pytest
from prometheus_client import REGISTRY

from infoscreen.common.messaging.dead_letter_limit import DeadLetterLimit
from infoscreen.common.settings import DeadLetterSettings

SETTINGS = DeadLetterSettings(messages=10, share=0.5, window_seconds=60, pause_seconds=100)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limit(clock):
    return DeadLetterLimit(SETTINGS, clock)


def count(limit, dead, acknowledged=0):
    for _ in range(acknowledged):
        limit.count(dead=False)
    for _ in range(dead):
        limit.count(dead=True)
    return limit.is_exceeded


def paused_metric():
    return REGISTRY.get_sample_value("infoscreen_consumption_paused")


def test_a_greater_share_of_dead_letters_pauses_consumption(limit):
    assert not count(limit, dead=5, acknowledged=5)
    assert paused_metric() == 0
    assert count(limit, dead=1)
    assert paused_metric() == 1


def test_few_dead_letters_never_pause_consumption(limit):
    assert not count(limit, dead=9)
    assert count(limit, dead=1)


def test_messages_before_the_window_do_not_count(limit, clock):
    count(limit, dead=9)
    clock.now = 60
    assert not count(limit, dead=1)


def test_the_first_dead_letter_after_a_pause_pauses_consumption_again(limit, clock):
    count(limit, dead=10)
    clock.now = 100
    assert not limit.is_exceeded
    assert paused_metric() == 1
    assert count(limit, dead=1)
    clock.now = 199
    assert limit.is_exceeded


def test_an_acknowledged_message_after_a_pause_ends_it(limit, clock):
    count(limit, dead=10)
    clock.now = 100
    assert not count(limit, dead=9, acknowledged=1)
    assert paused_metric() == 0


def test_a_message_in_hand_when_the_pause_begins_does_not_end_it(limit, clock):
    count(limit, dead=10)
    clock.now = 1
    limit.count(dead=False)
    assert limit.is_exceeded
