"""Cached values are fresh while changes are notified, stay while the source is away, and are read once at a time."""

import asyncio

import pytest
from support.until import until

from infoscreen.common.errors import UnavailableError
from infoscreen.player_gateway.cache import Cache


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
def cache(source):
    cache = Cache(source.load, capacity=2, now=lambda: 0.0)
    cache.invalidate_all(listening=True)
    return cache


async def test_a_value_is_read_once_while_nothing_changes(cache, source):
    assert [await cache.get("a") for _ in range(3)] == [1, 1, 1]
    assert source.reads == 1


async def test_without_notifications_every_answer_is_read(cache, source):
    cache.invalidate_all(listening=False)
    assert [await cache.get("a") for _ in range(3)] == [1, 1, 1]
    assert source.reads == 3


async def test_a_change_is_seen_by_the_next_request(cache, source):
    await cache.get("a")
    source.values["a"] = 10
    cache.invalidate("a")
    assert await cache.get("a") == 10


async def test_a_change_during_a_read_makes_the_next_one_read_again(cache, source):
    source.gate.clear()
    reading = asyncio.create_task(cache.get("a"))
    await until(lambda: source.reads, "a read")
    source.values["a"] = 10
    cache.invalidate("a")
    source.gate.set()
    assert await reading == 1
    assert await cache.get("a") == 10


async def test_concurrent_requests_cause_one_read(cache, source):
    assert await asyncio.gather(*(cache.get("a") for _ in range(50))) == [1] * 50
    assert source.reads == 1


async def test_a_cancelled_request_does_not_cancel_the_read_of_the_others(cache, source):
    source.gate.clear()
    cancelled, waiting = asyncio.create_task(cache.get("a")), asyncio.create_task(cache.get("a"))
    await until(lambda: source.reads, "a read")
    cancelled.cancel()
    source.gate.set()
    assert await waiting == 1


async def test_a_cached_value_is_served_while_the_source_is_away(cache, source):
    await cache.get("a")
    source.away = True
    cache.invalidate("a")
    assert await cache.get("a") == 1
    with pytest.raises(UnavailableError):
        await cache.get("b")


async def test_a_value_that_is_gone_leaves_the_cache(cache, source):
    await cache.get("a")
    del source.values["a"]
    cache.invalidate("a")
    assert await cache.get("a") is None
    assert "a" not in cache


async def test_the_least_recently_used_value_is_evicted_first(cache):
    for key in ("a", "b", "a", "c"):
        await cache.get(key)
    assert ["a" in cache, "b" in cache, "c" in cache] == [True, False, True]


async def test_watchers_are_woken_by_their_own_keys_only(cache):
    mine, others, everything = asyncio.Event(), asyncio.Event(), asyncio.Event()
    with cache.watching(["a", "b"], mine), cache.watching(["c"], others), cache.watching_all(everything):
        cache.invalidate("b")
    assert (mine.is_set(), others.is_set(), everything.is_set()) == (True, False, True)
    mine.clear()
    cache.invalidate("b")
    assert not mine.is_set()


async def test_a_change_that_names_values_wakes_those_and_what_is_not_known_yet(cache, source):
    await cache.get("a")
    await cache.get("b")
    concerned, unknown, other = asyncio.Event(), asyncio.Event(), asyncio.Event()
    with cache.watching(["a"], concerned), cache.watching(["c"], unknown), cache.watching(["b"], other):
        cache.invalidate_where(lambda value: value == 1)
    assert (concerned.is_set(), unknown.is_set(), other.is_set()) == (True, True, False)
    source.values.update(a=10, b=20)
    assert [await cache.get("a"), await cache.get("b")] == [10, 2]


async def test_a_change_that_names_values_overtakes_a_read_whose_value_is_not_known_yet(cache, source):
    source.gate.clear()
    reading = asyncio.create_task(cache.get("a"))
    await until(lambda: source.reads, "the read has begun", poll_seconds=0)
    source.values["a"] = 10
    cache.invalidate_where(lambda value: value == 10)
    source.gate.set()
    await reading
    assert await cache.get("a") == 10
