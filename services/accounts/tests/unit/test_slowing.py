"""Delays of guesses at passwords."""

import pytest

from infoscreen.accounts.slowing import FORGOTTEN_AFTER_SECONDS, LONGEST_DELAY_SECONDS, Slowing

OWNER, HOME, ELSEWHERE = "owner@example.org", "192.0.2.1", "198.51.100.7"


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def slowing(now):
    return Slowing(lambda: now[0])


def fail(slowing, times, email=OWNER, address=ELSEWHERE):
    for _ in range(times):
        slowing.failed(email, address)


@pytest.mark.parametrize(("failures", "seconds"), [(0, 0), (4, 0), (5, 0.5), (6, 1), (8, 4), (9, 8), (5000, 8)])
def test_the_delay_grows_with_wrong_passwords_up_to_a_longest_one(slowing, failures, seconds):
    fail(slowing, failures)
    assert slowing.delay_seconds(OWNER, ELSEWHERE) == seconds <= LONGEST_DELAY_SECONDS


def test_guesses_at_many_accounts_slow_their_address_down(slowing):
    for number in range(10):
        slowing.failed(f"{number}@example.org", ELSEWHERE)
    assert slowing.delay_seconds("another@example.org", ELSEWHERE) == LONGEST_DELAY_SECONDS
    assert slowing.delay_seconds("another@example.org", HOME) == 0


def test_guesses_from_many_addresses_slow_the_account_down(slowing):
    for number in range(10):
        slowing.failed(OWNER, f"203.0.113.{number}")
    assert slowing.delay_seconds(OWNER, ELSEWHERE) == LONGEST_DELAY_SECONDS


def test_a_strangers_guesses_do_not_slow_down_an_address_that_the_owner_signed_in_from(slowing):
    slowing.succeeded(OWNER, HOME)
    fail(slowing, 100)
    assert slowing.delay_seconds(OWNER, HOME) == 0
    fail(slowing, 10, address=HOME)
    assert slowing.delay_seconds(OWNER, HOME) == LONGEST_DELAY_SECONDS


def test_wrong_passwords_are_forgotten_in_time_and_after_the_right_one(slowing, now):
    fail(slowing, 10)
    now[0] += FORGOTTEN_AFTER_SECONDS
    assert slowing.delay_seconds(OWNER, ELSEWHERE) == 0
    fail(slowing, 10)
    slowing.succeeded(OWNER, ELSEWHERE)
    assert slowing.delay_seconds(OWNER, ELSEWHERE) == 0
