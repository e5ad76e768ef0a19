"""Holding values: fresh while told of changes, there when nobody answers, read once for all who ask."""

import asyncio

import pytest

from infoscreen.common.errors import UnavailableError
from infoscreen.player_gateway.holdings import Holdings


class Source:
    """What values are read from; counts the reads, and can be away or slow."""

    def __init__(self):
        self.values, self.reads, self.away, self.gate = {"a": 1, "b": 2, "c": 3}, 0, False, asyncio.Event()
        self.gate.set()

    async def load(self, key):
        self.reads += 1
        value = self.values.get(key)
        await self.gate.wait()
        if self.away:
            raise UnavailableError("away")
        return value


@pytest.fixture
def source():
    return Source()


@pytest.fixture
def holdings(source):
    holdings = Holdings(source.load, capacity=2, now=lambda: 0.0)
    holdings.invalidate_all(listening=True)
    return holdings


async def test_a_value_is_read_once_while_nothing_changes(holdings, source):
    assert [await holdings.get("a") for _ in range(3)] == [1, 1, 1]
    assert source.reads == 1


async def test_without_notifications_every_answer_is_read(holdings, source):
    holdings.invalidate_all(listening=False)
    assert [await holdings.get("a") for _ in range(3)] == [1, 1, 1]
    assert source.reads == 3


async def test_a_change_is_seen_by_the_next_who_asks(holdings, source):
    await holdings.get("a")
    source.values["a"] = 10
    holdings.invalidate("a")
    assert await holdings.get("a") == 10


async def test_a_change_during_a_read_makes_the_next_one_read_again(holdings, source):
    source.gate.clear()
    reading = asyncio.create_task(holdings.get("a"))
    while not source.reads:
        await asyncio.sleep(0)
    source.values["a"] = 10
    holdings.invalidate("a")
    source.gate.set()
    assert await reading == 1
    assert await holdings.get("a") == 10


async def test_many_who_ask_at_once_cause_one_read(holdings, source):
    assert await asyncio.gather(*(holdings.get("a") for _ in range(50))) == [1] * 50
    assert source.reads == 1


async def test_one_who_gives_up_does_not_spoil_it_for_the_others(holdings, source):
    source.gate.clear()
    impatient, patient = asyncio.create_task(holdings.get("a")), asyncio.create_task(holdings.get("a"))
    while not source.reads:
        await asyncio.sleep(0)
    impatient.cancel()
    source.gate.set()
    assert await patient == 1


async def test_what_is_held_is_served_while_the_source_is_away(holdings, source):
    await holdings.get("a")
    source.away = True
    holdings.invalidate("a")
    assert await holdings.get("a") == 1
    with pytest.raises(UnavailableError):
        await holdings.get("b")


async def test_what_is_gone_is_not_held(holdings, source):
    await holdings.get("a")
    del source.values["a"]
    holdings.invalidate("a")
    assert await holdings.get("a") is None
    assert "a" not in holdings


async def test_what_was_not_asked_for_longest_goes_first(holdings):
    for key in ("a", "b", "a", "c"):
        await holdings.get(key)
    assert ["a" in holdings, "b" in holdings, "c" in holdings] == [True, False, True]


async def test_watchers_are_woken_by_their_own_keys_only(holdings):
    mine, others, everything = asyncio.Event(), asyncio.Event(), asyncio.Event()
    with holdings.watching(["a", "b"], mine), holdings.watching(["c"], others), holdings.watching_all(everything):
        holdings.invalidate("b")
    assert (mine.is_set(), others.is_set(), everything.is_set()) == (True, False, True)
    mine.clear()
    holdings.invalidate("b")
    assert not mine.is_set()
