"""Catching up with the stream: once for all who ask, and never with what was read before an announcement."""

import asyncio
from uuid import uuid4

import pytest
from support.until import until

from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.player_gateway.cache import Cache
from infoscreen.player_gateway.display import Display
from infoscreen.player_gateway.media_state import MediaState

MEDIUM = uuid4()


def state(generation: int, status: str = "pending") -> MediaState:
    return MediaState(MEDIUM, generation, "deck.pptx", "x/y", "hash", 1, "key", status)


class Stream:
    """What the stream knows of uploads; counts the questions, and can be slow or away."""

    def __init__(self):
        self.generation, self.questions, self.away, self.gate = 1, 0, False, asyncio.Event()
        self.gate.set()

    async def newest(self, media_id):
        self.questions += 1
        generation = self.generation
        await self.gate.wait()
        if self.away:
            raise UnavailableError("away")
        return (state(generation), generation) if generation else None


@pytest.fixture
def view():
    """What the catalog has projected."""
    return {MEDIUM: state(1, "ready")}


@pytest.fixture
def stream():
    return Stream()


@pytest.fixture
def display(view, stream):
    async def load(media_id):
        return view.get(media_id)

    cache = Cache(load, capacity=10)
    cache.invalidate_all(listening=True)
    return Display(cache, stream, publisher=None, catch_up_seconds=20)


async def test_the_stream_is_read_only_after_an_expected_change(display, stream):
    assert (await display.state(MEDIUM)).status == "ready"
    assert stream.questions == 0
    display.expect_change(MEDIUM)
    await display.state(MEDIUM)
    await display.state(MEDIUM)
    assert stream.questions == 1


async def test_concurrent_viewers_cause_one_read_of_the_stream(display, stream):
    await display.state(MEDIUM)
    display.expect_change(MEDIUM)
    states = await asyncio.gather(*(display.state(MEDIUM) for _ in range(500)))
    assert ({found.generation for found in states}, stream.questions) == ({1}, 1)


async def test_an_expected_change_is_not_answered_with_a_state_read_before_it(display, stream, view):
    await display.state(MEDIUM)
    display.expect_change(MEDIUM)
    stream.gate.clear()
    before = asyncio.create_task(display.state(MEDIUM))
    await until(lambda: stream.questions >= 1, "a question to the stream")
    stream.generation, view[MEDIUM] = 2, state(2)
    display.expect_change(MEDIUM)
    after = asyncio.create_task(display.state(MEDIUM))
    await until(lambda: stream.questions >= 2, "a question to the stream")
    display.cache.invalidate(MEDIUM)
    stream.gate.set()
    assert (await after).generation == 2
    await before


async def test_a_viewer_that_asks_after_a_change_never_gets_the_state_before_it(stream):
    view, held_up, reads = {MEDIUM: state(1)}, {3}, asyncio.Queue()
    go_on = asyncio.Event()

    async def load(media_id):
        found = view[media_id]
        reads.put_nowait(found)
        if reads.qsize() in held_up:
            await go_on.wait()
        return found

    cache = Cache(load, capacity=10)
    cache.invalidate_all(listening=True)
    display = Display(cache, stream, publisher=None, catch_up_seconds=20)
    await display.state(MEDIUM)
    display.expect_change(MEDIUM)
    stream.gate.clear()
    cache.invalidate(MEDIUM)
    before = asyncio.create_task(display.state(MEDIUM))
    await until(lambda: stream.questions >= 1, "a question to the stream")
    cache.invalidate(MEDIUM)
    stream.gate.set()
    # this one is held up, with what was there before the change
    await until(lambda: reads.qsize() >= 3, "another read")
    view[MEDIUM] = state(1, "ready")
    cache.invalidate(MEDIUM)
    after = asyncio.create_task(display.state(MEDIUM))
    await until(lambda: reads.qsize() >= 4, "another read")
    go_on.set()
    assert [(await task).status for task in (before, after)] == ["ready", "ready"]


async def test_the_catalogs_state_is_served_while_the_stream_is_away_after_an_expected_change(display, stream, view):
    await display.state(MEDIUM)
    display.expect_change(MEDIUM)
    stream.away, view[MEDIUM] = True, state(2)
    display.cache.invalidate(MEDIUM)
    assert (await display.state(MEDIUM)).generation == 2


async def test_an_unknown_medium_is_unavailable_while_the_stream_is_away(display, stream, view):
    view.clear()
    stream.away = True
    with pytest.raises(UnavailableError):
        await display.state(MEDIUM)


async def test_a_medium_unknown_to_stream_and_catalog_is_not_found(display, stream, view):
    view.clear()
    stream.generation = 0
    with pytest.raises(NotFoundError):
        await display.state(MEDIUM)
