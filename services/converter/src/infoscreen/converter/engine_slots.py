"""Assigns engine slots to documents and decides when to fetch the next one: small documents never wait behind giants.

What a document costs cannot be known beforehand (of two decks of half a megabyte, one took 0.6 s and one 23 s), so
time tells. Once all slots have been busy for `quick_seconds`, a spare lets quicker documents past, and converts bulk
work while none come. A conversion is slow once the engine could run for so long, whatever else kept the machine busy.
When all are slow and quicker documents wait, the last one makes room for them: its document goes to the bulk lane. For
a while after that, nothing is taken from that lane beside slow work, because it would have to make room again. See
docs/adr/0006-small-before-giants.md.

While the engine works, the document before is uploaded and published, and the next one is fetched and inspected, so
that the engine hardly waits. But nothing is taken early that an idle converter could begin at once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from infoscreen.common.errors import InfoscreenError
from infoscreen.common.events import Priority
from infoscreen.common.events.subjects import LANES, Lane
from infoscreen.converter.document import DocumentConverter, Progress

_Result = TypeVar("_Result")
_BULK_CLOSED = 3.0  # times `quick_seconds` in which no bulk work is begun beside slow work, once a document made room
_LOOK_AHEAD_SECONDS = 0.025  # into a conversion: an idle converter would have taken by then what waits


class CrowdedOutError(InfoscreenError):
    """A slow conversion was stopped because it kept others waiting; the document is not to blame."""


class Reservation:
    """A document's claim to an engine slot, from its fetch until the block ends."""

    def __init__(self, engine_slots: "EngineSlots") -> None:
        self._engine_slots = engine_slots
        self.progress = Progress()
        self.long = False

    @property
    def slow(self) -> bool:
        """True once the engine could have run for longer than a quick document takes."""
        return self.progress.worked_seconds >= self._engine_slots.quick_seconds

    def __enter__(self) -> Self:
        """The reservation."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the claim, so that another document may be fetched."""
        self._engine_slots.forget(self)

    async def convert(self, conversion: Callable[[Progress], Coroutine[Any, Any, _Result]]) -> _Result:
        """Wait for the engine, then convert. Cancelling it cancels the conversion.

        Raises:
            CrowdedOutError: it was the latest of too many slow conversions, and was cancelled.
            TransientError: the engine does not get ready.
        """
        async with self._engine_slots.at_engine(self):
            work = asyncio.create_task(conversion(self.progress))
            try:
                while not (await asyncio.wait({work}, timeout=self._engine_slots.quick_seconds))[0]:
                    if await self._engine_slots.is_in_the_way(self):
                        self._engine_slots.close_bulk()
                        raise CrowdedOutError("slow, while others waited")
                return work.result()
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)


async def _no_document_waits() -> bool:
    return False


class EngineSlots:
    """The slots of one engine, and the only limit to what a converter does at a time.

    The consumer asks here before it fetches a document; the pools of processes have one for each document in hand.

    Args:
        engine: with how many conversions it does at a time, and how many more while those are slow.
        quick_seconds: what the engine works on for longer is slow.
        others_wait: tells whether there is work in a lane that is not for bulk.
        lanes: where work comes from.

    Attributes:
        on_room: called when there may be room for another document.
    """

    def __init__(
        self,
        engine: DocumentConverter,
        *,
        quick_seconds: float = 3.0,
        others_wait: Callable[[], Awaitable[bool]] = _no_document_waits,
        lanes: Sequence[Lane] = LANES,
    ) -> None:
        self.quick_seconds = quick_seconds
        self.on_room: Callable[[], None] = lambda: None
        self._engine = engine
        self._slots, self._most = engine.slots, engine.slots + engine.spares
        self._others_wait = others_wait
        self._lanes = lanes
        self._quick_lanes = [lane for lane in lanes if lane.priority is not Priority.BULK]
        self._ahead: set[Reservation] = set()  # documents in hand that are not through the engine
        self._at_engine: list[Reservation] = []  # those that have the engine, in the order in which they got it
        self._asking = 0  # how many slots are asking for a document
        self._may_look_ahead = False
        self._bulk_closed_until = 0.0
        self._changed = asyncio.Event()

    @property
    def in_hand(self) -> int:
        """The largest useful number of documents in hand: at the engine, on the way to it, and on the way from it."""
        return self._most + 1

    @contextmanager
    def admit(self) -> Iterator[Sequence[Lane]]:
        """Wraps each pull of a message, and gives the lanes that it may ask; none while there is no room."""
        if not self._has_room():
            yield ()
            return
        self._may_look_ahead = False
        self._asking += 1
        try:
            yield self._open_lanes()
        finally:
            self._asking -= 1

    def expect(self) -> Reservation:
        """The reservation of a document that was just fetched."""
        reservation = Reservation(self)
        self._ahead.add(reservation)
        return reservation

    def forget(self, reservation: Reservation) -> None:
        """Release a document's claim to the engine."""
        self._ahead.discard(reservation)
        self._change()

    @asynccontextmanager
    async def at_engine(self, reservation: Reservation) -> AsyncIterator[None]:
        """Wait until the engine is free, and hold it for this document while the block runs."""
        self._ahead.add(reservation)
        while len(self._at_engine) >= self._limit():
            await self._changed.wait()
        self._at_engine.append(reservation)
        timers: list[asyncio.TimerHandle] = []
        try:
            await self._engine.ready()
            timers = self._start_timers(reservation)
            reservation.progress = Progress()
            yield
        finally:
            for timer in timers:
                timer.cancel()
            self._at_engine.remove(reservation)
            reservation.long = self._may_look_ahead = False
            self.forget(reservation)

    def _start_timers(self, reservation: Reservation) -> list[asyncio.TimerHandle]:
        loop = asyncio.get_running_loop()
        timers = [loop.call_later(self.quick_seconds, self._grow_long, reservation)]
        if self._most > self._slots:  # else whatever is taken early might wait behind a giant
            timers.append(loop.call_later(_LOOK_AHEAD_SECONDS, self._look_ahead))
        return timers

    def close_bulk(self) -> None:
        """Take no bulk work beside slow work for a while: a document has just made room."""
        loop = asyncio.get_running_loop()
        seconds = _BULK_CLOSED * self.quick_seconds
        self._bulk_closed_until = loop.time() + seconds
        loop.call_later(seconds, self._change)

    async def is_in_the_way(self, reservation: Reservation) -> bool:
        """True when all conversions are slow, this one came last, and other documents wait."""
        if not (1 < self._most == len(self._at_engine) and self._at_engine[-1] is reservation and self._all_slow()):
            return False
        return len(self._ahead) > len(self._at_engine) or await self._others_wait()

    def _limit(self) -> int:
        """The number of documents that may hold the engine now."""
        return self._most if len(self._at_engine) >= self._slots and self._all_long() else self._slots

    def _has_room(self) -> bool:
        expected = len(self._ahead) + self._asking
        return expected < self._limit() or (self._may_look_ahead and expected == len(self._at_engine))

    def _open_lanes(self) -> Sequence[Lane]:
        """Close the bulk lane for a while after a document made room, where slow work fills all places but one."""
        long = sum(reservation.long for reservation in self._at_engine)
        closed = asyncio.get_running_loop().time() < self._bulk_closed_until
        return self._quick_lanes if closed and long >= max(1, self._most - 1) else self._lanes

    def _grow_long(self, reservation: Reservation) -> None:
        reservation.long = True
        self._change()

    def _all_long(self) -> bool:
        return all(reservation.long for reservation in self._at_engine)

    def _all_slow(self) -> bool:
        return all(reservation.slow for reservation in self._at_engine)

    def _look_ahead(self) -> None:
        self._may_look_ahead = True
        self.on_room()

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
        self.on_room()
