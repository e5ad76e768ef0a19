"""A token is good for so many requests, whatever others do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from infoscreen.common.auth import Principal, Role
from infoscreen.common.problem import ProblemError
from infoscreen.common.rate_limit import RateLimit, parse_limit

ANN, BOB = Principal("ann", Role.OPERATOR), Principal("bob", Role.UPLOADER)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def count(limit, who, times):
    for _ in range(times):
        await limit.count(who)


@pytest.fixture
def limit():
    return RateLimit(parse_limit("5/minute"))


async def test_one_request_too_many_is_told_when_to_come_again(limit):
    with time_machine.travel(NOON, tick=False):
        await count(limit, ANN, 5)
        with pytest.raises(ProblemError) as caught:
            await limit.count(ANN)
    assert (caught.value.status, caught.value.code) == (429, "too_many_requests")
    assert 1 <= int(caught.value.headers["Retry-After"]) <= 60
    assert "5 per 1 minute" in caught.value.detail


async def test_one_token_does_not_use_up_anothers_share(limit):
    with time_machine.travel(NOON, tick=False):
        await count(limit, ANN, 5)
        await count(limit, BOB, 5)


async def test_after_the_time_it_was_told_a_token_is_good_again(limit):
    with time_machine.travel(NOON, tick=False) as clock:
        await count(limit, ANN, 5)
        clock.move_to(NOON + timedelta(minutes=2))
        await count(limit, ANN, 5)


@pytest.mark.parametrize("text", ["", "many", "5", "5/fortnight", "-1/minute"])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ValueError):
        parse_limit(text)
