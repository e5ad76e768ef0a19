"""Whose turn it is at the engine: quick documents pass slow ones, and nothing is taken that could not be begun."""

import asyncio

import pytest

from infoscreen.common.events import Priority
from infoscreen.common.events.subjects import LANES
from infoscreen.converter.turns import CrowdedOutError, EngineTurns

QUICK_LANES = [lane for lane in LANES if lane.priority is not Priority.BULK]
SOON = 0.001
NEVER = 1000.0


class Engine:
    def __init__(self, slots: int, spares: int = 0) -> None:
        self.slots, self.spares = slots, spares
        self.is_ready = asyncio.Event()
        self.is_ready.set()

    async def ready(self) -> None:
        await self.is_ready.wait()


class Document:
    """A document in hand, whose conversion lasts until it is told to end."""

    def __init__(self, turns: EngineTurns) -> None:
        self.begun, self.end, self.stopped = asyncio.Event(), asyncio.Event(), False
        self._turn = turns.expect()
        self.done = asyncio.create_task(self._run())

    async def _run(self) -> str:
        with self._turn as turn:
            return await turn.run(self._convert)

    async def _convert(self) -> str:
        self.begun.set()
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        return "converted"

    async def grow_slow(self) -> None:
        await self.begun.wait()
        while not self._turn.slow:
            await asyncio.sleep(SOON)


@pytest.fixture
async def document():
    """Takes documents into hand; what is left of them ends with the test."""
    documents = []

    def take(turns: EngineTurns) -> Document:
        documents.append(Document(turns))
        return documents[-1]

    yield take
    for document in documents:
        document.done.cancel()
    await asyncio.gather(*(document.done for document in documents), return_exceptions=True)


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


def open_lanes(turns: EngineTurns) -> list:
    with turns.admit() as lanes:
        return list(lanes)


async def others_wait() -> bool:
    return True


async def test_documents_have_the_engine_one_after_the_other(document):
    turns = EngineTurns(Engine(1))
    first, second = document(turns), document(turns)
    await settle()
    assert (first.begun.is_set(), second.begun.is_set()) == (True, False)
    first.end.set()
    assert await first.done == "converted"
    await second.begun.wait()


async def test_a_free_engine_has_room_for_one_document_even_while_it_is_only_asked_for():
    turns = EngineTurns(Engine(1))
    with turns.admit() as lanes:
        assert list(lanes) == list(LANES)
        assert open_lanes(turns) == []
    assert open_lanes(turns) == list(LANES)


async def test_a_document_in_hand_takes_room_from_the_moment_it_is_taken():
    turns = EngineTurns(Engine(1))
    with turns.expect():
        assert open_lanes(turns) == []
    assert open_lanes(turns) == list(LANES)


async def test_there_is_room_again_once_the_engine_is_through_with_a_document(document):
    """Uploading and publishing the result goes on beside the next conversion."""
    turns, rung = EngineTurns(Engine(1)), asyncio.Event()
    with turns.expect() as turn:
        turns.on_room = rung.set
        conversion = asyncio.create_task(turn.run(document(EngineTurns(Engine(1)))._convert))
        await settle()
        assert open_lanes(turns) == []
        conversion.cancel()
        await asyncio.gather(conversion, return_exceptions=True)
        assert rung.is_set()
        assert open_lanes(turns) == list(LANES)


async def test_one_document_is_taken_early_while_a_quick_one_is_converted(document):
    turns, rung = EngineTurns(Engine(1, 1), quick_seconds=NEVER), asyncio.Event()
    document(turns)
    await settle()
    turns.on_room = rung.set
    await rung.wait()
    assert open_lanes(turns) == list(LANES)
    document(turns)
    await settle()
    assert open_lanes(turns) == []


async def test_nothing_is_taken_early_where_it_could_be_stuck_behind_a_giant(document):
    turns = EngineTurns(Engine(1, 0), quick_seconds=SOON)
    await document(turns).grow_slow()
    assert open_lanes(turns) == []


async def test_while_all_slots_are_slow_a_spare_takes_quick_work_but_no_bulk(document):
    turns = EngineTurns(Engine(1, 1), quick_seconds=SOON)
    await document(turns).grow_slow()
    assert open_lanes(turns) == QUICK_LANES
    await document(turns).begun.wait()


async def test_a_document_that_waits_in_hand_gets_the_spare_when_the_slot_turns_out_slow(document):
    turns = EngineTurns(Engine(1, 1), quick_seconds=SOON)
    first, second = document(turns), document(turns)
    await second.begun.wait()
    assert not first.done.done()


async def test_the_last_of_too_many_slow_ones_makes_room_when_others_wait(document):
    turns = EngineTurns(Engine(1, 1), quick_seconds=SOON, others_wait=others_wait)
    first = document(turns)
    await first.grow_slow()
    second = document(turns)
    with pytest.raises(CrowdedOutError):
        await second.done
    assert second.stopped
    assert not first.done.done()
    first.end.set()
    assert await first.done == "converted"


async def test_slow_ones_go_on_while_nobody_waits(document):
    turns = EngineTurns(Engine(1, 1), quick_seconds=SOON)
    first, second = document(turns), document(turns)
    await first.grow_slow()
    await second.grow_slow()
    second.end.set()
    assert await second.done == "converted"
    assert not first.done.done()


async def test_one_that_waits_in_hand_counts_as_waiting(document):
    turns = EngineTurns(Engine(2, 0), quick_seconds=SOON)
    first, second, third = (document(turns) for _ in range(3))
    with pytest.raises(CrowdedOutError):
        await second.done
    await third.begun.wait()
    assert not first.done.done()


async def test_a_single_place_is_never_taken_from_its_document(document):
    turns = EngineTurns(Engine(1, 0), quick_seconds=SOON, others_wait=others_wait)
    only = document(turns)
    await only.grow_slow()
    only.end.set()
    assert await only.done == "converted"


async def test_without_spares_slow_work_fills_all_slots_but_one(document):
    turns = EngineTurns(Engine(3, 0), quick_seconds=SOON)
    await document(turns).grow_slow()
    assert open_lanes(turns) == list(LANES)
    await document(turns).grow_slow()
    assert open_lanes(turns) == QUICK_LANES


async def test_a_cancelled_document_leaves_its_place(document):
    turns = EngineTurns(Engine(1))
    first, second = document(turns), document(turns)
    await first.begun.wait()
    first.done.cancel()
    await second.begun.wait()
    assert first.stopped


async def test_what_a_conversion_raises_is_raised():
    turns = EngineTurns(Engine(1))

    async def convert() -> None:
        raise ValueError("broken")

    with turns.expect() as turn, pytest.raises(ValueError, match="broken"):
        await turn.run(convert)
    assert open_lanes(turns) == list(LANES)


async def test_waiting_for_the_engine_to_get_ready_does_not_make_a_document_slow(document):
    engine = Engine(1, 1)
    turns = EngineTurns(engine, quick_seconds=SOON)
    await document(turns).grow_slow()
    engine.is_ready.clear()
    waiting = document(turns)
    await asyncio.sleep(10 * SOON)
    assert not waiting.begun.is_set()
    assert open_lanes(turns) == []
    engine.is_ready.set()
    await waiting.grow_slow()
