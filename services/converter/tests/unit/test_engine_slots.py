"""Engine slots: quick documents pass slow ones, and nothing is taken that could not be begun."""

import asyncio
from collections.abc import Callable

import pytest
from support.until import until

from infoscreen.common.events import Priority
from infoscreen.common.events.subjects import LANES
from infoscreen.converter.document import Progress
from infoscreen.converter.engine_slots import CrowdedOutError, EngineSlots

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

    def __init__(self, engine_slots: EngineSlots, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock
        self.begun, self.end, self.stopped = asyncio.Event(), asyncio.Event(), False
        self._reservation = engine_slots.expect()
        self.done = asyncio.create_task(self._run())

    async def _run(self) -> str:
        with self._reservation as reservation:
            return await reservation.convert(self._convert)

    async def _convert(self, progress: Progress) -> str:
        if self._clock:
            progress.begin(self._clock)
        self.begun.set()
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.stopped = True
            raise
        return "converted"

    async def grow_slow(self) -> None:
        await self.begun.wait()
        await until(lambda: self._reservation.slow and self._reservation.long, "a slow job")


@pytest.fixture
async def document():
    """Takes documents into hand; what is left of them ends with the test."""
    documents = []

    def take(engine_slots: EngineSlots, clock: Callable[[], float] | None = None) -> Document:
        documents.append(Document(engine_slots, clock))
        return documents[-1]

    yield take
    for document in documents:
        document.done.cancel()
    await asyncio.gather(*(document.done for document in documents), return_exceptions=True)


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


def open_lanes(engine_slots: EngineSlots) -> list:
    with engine_slots.admit() as lanes:
        return list(lanes)


async def others_wait() -> bool:
    return True


async def test_documents_have_the_engine_one_after_the_other(document):
    engine_slots = EngineSlots(Engine(1))
    first, second = document(engine_slots), document(engine_slots)
    await settle()
    assert (first.begun.is_set(), second.begun.is_set()) == (True, False)
    first.end.set()
    assert await first.done == "converted"
    await second.begun.wait()


async def test_a_free_engine_has_room_for_one_document_even_while_it_is_only_asked_for():
    engine_slots = EngineSlots(Engine(1))
    with engine_slots.admit() as lanes:
        assert list(lanes) == list(LANES)
        assert open_lanes(engine_slots) == []
    assert open_lanes(engine_slots) == list(LANES)


async def test_a_document_in_hand_takes_room_from_the_moment_it_is_taken():
    engine_slots = EngineSlots(Engine(1))
    with engine_slots.expect():
        assert open_lanes(engine_slots) == []
    assert open_lanes(engine_slots) == list(LANES)


async def test_there_is_room_again_once_the_engine_is_through_with_a_document(document):
    """Uploading and publishing the result goes on beside the next conversion."""
    engine_slots, woken = EngineSlots(Engine(1)), asyncio.Event()
    with engine_slots.expect() as reservation:
        engine_slots.on_room = woken.set
        conversion = asyncio.create_task(reservation.convert(document(EngineSlots(Engine(1)))._convert))
        await settle()
        assert open_lanes(engine_slots) == []
        conversion.cancel()
        await asyncio.gather(conversion, return_exceptions=True)
        assert woken.is_set()
        assert open_lanes(engine_slots) == list(LANES)


async def test_one_document_is_taken_early_while_a_quick_one_is_converted(document):
    engine_slots, woken = EngineSlots(Engine(1, 1), quick_seconds=NEVER), asyncio.Event()
    document(engine_slots)
    await settle()
    engine_slots.on_room = woken.set
    await woken.wait()
    assert open_lanes(engine_slots) == list(LANES)
    document(engine_slots)
    await settle()
    assert open_lanes(engine_slots) == []


async def test_nothing_is_taken_early_where_it_could_be_stuck_behind_a_giant(document):
    engine_slots = EngineSlots(Engine(1, 0), quick_seconds=SOON)
    await document(engine_slots).grow_slow()
    assert open_lanes(engine_slots) == []


async def test_while_all_slots_are_slow_a_spare_takes_any_work(document):
    engine_slots = EngineSlots(Engine(1, 1), quick_seconds=SOON)
    await document(engine_slots).grow_slow()
    assert open_lanes(engine_slots) == list(LANES)
    await document(engine_slots).begun.wait()


async def test_after_a_document_made_room_no_bulk_work_is_begun_beside_slow_work_for_a_while(document, monkeypatch):
    monkeypatch.setattr("infoscreen.converter.engine_slots._BULK_CLOSED", 1000)
    engine_slots = EngineSlots(Engine(1, 1), quick_seconds=SOON, others_wait=others_wait)
    first = document(engine_slots)
    await first.grow_slow()
    with pytest.raises(CrowdedOutError):
        await document(engine_slots).done
    assert open_lanes(engine_slots) == QUICK_LANES
    monkeypatch.setattr("infoscreen.converter.engine_slots._BULK_CLOSED", 0)
    engine_slots.close_bulk()
    assert open_lanes(engine_slots) == list(LANES)


async def test_a_document_that_the_machine_keeps_from_running_makes_no_room_and_a_spare_is_opened_beside_it(document):
    engine_slots = EngineSlots(Engine(1, 1), quick_seconds=SOON, others_wait=others_wait)
    first, second = (document(engine_slots, clock=lambda: 0.0) for _ in range(2))
    await second.begun.wait()
    await asyncio.sleep(20 * SOON)
    assert not first.stopped
    assert not second.stopped


async def test_a_document_that_waits_in_hand_gets_the_spare_when_the_slot_turns_out_slow(document):
    engine_slots = EngineSlots(Engine(1, 1), quick_seconds=SOON)
    first, second = document(engine_slots), document(engine_slots)
    await second.begun.wait()
    assert not first.done.done()


async def test_the_last_of_too_many_slow_ones_makes_room_when_others_wait(document):
    engine_slots = EngineSlots(Engine(1, 1), quick_seconds=SOON, others_wait=others_wait)
    first = document(engine_slots)
    await first.grow_slow()
    second = document(engine_slots)
    with pytest.raises(CrowdedOutError):
        await second.done
    assert second.stopped
    assert not first.done.done()
    first.end.set()
    assert await first.done == "converted"


async def test_slow_ones_go_on_while_no_other_document_waits(document):
    engine_slots = EngineSlots(Engine(1, 1), quick_seconds=SOON)
    first, second = document(engine_slots), document(engine_slots)
    await first.grow_slow()
    await second.grow_slow()
    second.end.set()
    assert await second.done == "converted"
    assert not first.done.done()


async def test_one_that_waits_in_hand_counts_as_waiting(document):
    engine_slots = EngineSlots(Engine(2, 0), quick_seconds=SOON)
    first, second, third = (document(engine_slots) for _ in range(3))
    with pytest.raises(CrowdedOutError):
        await second.done
    await third.begun.wait()
    assert not first.done.done()


async def test_a_single_place_is_never_taken_from_its_document(document):
    engine_slots = EngineSlots(Engine(1, 0), quick_seconds=SOON, others_wait=others_wait)
    only = document(engine_slots)
    await only.grow_slow()
    only.end.set()
    assert await only.done == "converted"


async def test_without_spares_slow_work_fills_all_slots_but_one(document):
    engine_slots = EngineSlots(Engine(3, 0), quick_seconds=SOON)
    await document(engine_slots).grow_slow()
    assert open_lanes(engine_slots) == list(LANES)
    await document(engine_slots).grow_slow()
    engine_slots.close_bulk()
    assert open_lanes(engine_slots) == QUICK_LANES


async def test_a_cancelled_document_leaves_its_place(document):
    engine_slots = EngineSlots(Engine(1))
    first, second = document(engine_slots), document(engine_slots)
    await first.begun.wait()
    first.done.cancel()
    await second.begun.wait()
    assert first.stopped


async def test_what_a_conversion_raises_is_raised():
    engine_slots = EngineSlots(Engine(1))

    async def convert(progress: Progress) -> None:
        raise ValueError("broken")

    with engine_slots.expect() as reservation, pytest.raises(ValueError, match="broken"):
        await reservation.convert(convert)
    assert open_lanes(engine_slots) == list(LANES)


async def test_waiting_for_the_engine_to_get_ready_does_not_make_a_document_slow(document, monkeypatch):
    monkeypatch.setattr("infoscreen.converter.engine_slots._LOOK_AHEAD_SECONDS", NEVER)  # not what this is about
    engine = Engine(1, 1)
    engine_slots = EngineSlots(engine, quick_seconds=SOON)
    await document(engine_slots).grow_slow()
    engine.is_ready.clear()
    waiting = document(engine_slots)
    await asyncio.sleep(10 * SOON)
    assert not waiting.begun.is_set()
    assert open_lanes(engine_slots) == []
    engine.is_ready.set()
    await waiting.grow_slow()
