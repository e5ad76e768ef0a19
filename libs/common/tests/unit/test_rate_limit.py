"""A token is good for so many requests, whatever others do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from infoscreen.common import rate_limit
from infoscreen.common.auth import Principal
from infoscreen.common.problem import ProblemError
from infoscreen.common.rate_limit import RateLimit, parse_limit
from infoscreen.common.roles import Role

ANN, BOB = Principal("ann", Role.OPERATOR), Principal("bob", Role.UPLOADER)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def count(limit, who, times):
    for _ in range(times):
        limit.count(who)


@pytest.fixture
def limit():
    return RateLimit(parse_limit("5/minute"))


def test_one_request_too_many_is_told_when_to_come_again(limit):
    with time_machine.travel(NOON, tick=False):
        count(limit, ANN, 5)
        with pytest.raises(ProblemError) as caught:
            limit.count(ANN)
    assert (caught.value.status, caught.value.code) == (429, "too_many_requests")
    assert 1 <= int(caught.value.headers["Retry-After"]) <= 120
    assert "5 per 1 minute" in caught.value.detail


def test_one_token_does_not_use_up_anothers_share(limit):
    with time_machine.travel(NOON, tick=False):
        count(limit, ANN, 5)
        count(limit, BOB, 5)


def test_after_the_time_it_was_told_a_token_is_good_again(limit):
    with time_machine.travel(NOON, tick=False) as clock:
        count(limit, ANN, 5)
        clock.move_to(NOON + timedelta(minutes=2))
        count(limit, ANN, 5)


def test_retry_after_suffices_and_no_burst_fits_between_two_windows(limit):
    with time_machine.travel(NOON + timedelta(seconds=59), tick=False) as clock:
        count(limit, ANN, 5)
        for _ in range(3):
            clock.shift(1)
            with pytest.raises(ProblemError) as caught:
                limit.count(ANN)
            clock.shift(int(caught.value.headers["Retry-After"]))
            limit.count(ANN)


def test_the_number_of_remembered_keys_is_bounded(limit, monkeypatch):
    monkeypatch.setattr(rate_limit, "_MOST_KEYS", 3)
    with time_machine.travel(NOON, tick=False):
        count(limit, ANN, 5)
        for number in range(3):
            limit.count_key(str(number))
        count(limit, ANN, 1)  # forgotten: there are too many others


@pytest.mark.parametrize("text", ["", "many", "5", "5/fortnight", "-1/minute"])
def test_an_invalid_limit_is_refused(text):
    with pytest.raises(ValueError):
        parse_limit(text)
