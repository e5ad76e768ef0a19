"""The queue of a whole system in virtual time: real engine slots, and engines that share a machine's processors.

Deterministic, and hours take seconds, so a policy can be judged before it is built.
"""

import asyncio
import itertools
import random
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from infoscreen.common.events import Priority
from infoscreen.common.events.subjects import LANES, Lane
from infoscreen.common.messaging.consumer import lane_order
from infoscreen.converter.document import Progress
from infoscreen.converter.engine_slots import CrowdedOutError, EngineSlots

_TICK_SECONDS = 0.25
SMALL_SECONDS = 1.0
"""What takes a processor less than this is a small document."""


@dataclass(eq=False)
class Document:
    """A document: when it arrives, the processor time that it needs, and what becomes of it."""

    arrives: float
    cpu_seconds: float
    priority: Priority = Priority.NORMAL
    begun: float | None = None
    done: float | None = None
    made_room: int = 0
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def latency_seconds(self) -> float:
        """From its arrival to its PDF."""
        assert self.done is not None
        return self.done - self.arrives


@dataclass(frozen=True)
class Machine:
    """Processors, and busy loops beside the engines that take their share of them."""

    processors: int = 2
    busy_loops: int = 0
    engines: set[object] = field(default_factory=set)

    def share(self, more: int = 0) -> float:
        """Of one processor, for each engine that runs."""
        return min(1.0, self.processors / max(1, len(self.engines) + more + self.busy_loops))


@dataclass(eq=False)
class _Engine:
    slots: int = 1
    spares: int = 1

    async def ready(self) -> None: ...


class System:
    """Converters with one slot and one spare each, which share three lanes and one machine."""

    def __init__(self, converters: int, machine: Machine, quick_seconds: float = 3.0) -> None:
        self.machine = machine
        self.lanes: dict[Priority, deque[Document]] = {lane.priority: deque() for lane in LANES}
        self.idle_while_waited_seconds = 0.0
        self._converters = [
            EngineSlots(_Engine(), quick_seconds=quick_seconds, others_wait=self._quick_wait)  # type: ignore[arg-type]
            for _ in range(converters)
        ]
        self._running: list[dict[Document, float]] = [{} for _ in range(converters)]  # with the work that is done
        self._quick_seconds = quick_seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self._pulls = 0

    async def run(self, documents: Sequence[Document]) -> None:
        """Convert all of them, each from when it arrives."""
        for number, slots in enumerate(self._converters):
            slots.on_room = lambda number=number: self._soon(self._pull(number))
        arrivals = sorted(documents, key=lambda document: document.arrives)
        watch = asyncio.create_task(self._watch())
        for document in arrivals:
            await asyncio.sleep(document.arrives - asyncio.get_running_loop().time())
            self._put(document, document.priority)
        await asyncio.gather(*(document.finished.wait() for document in documents))
        watch.cancel()

    async def _quick_wait(self) -> bool:
        return any(queue for priority, queue in self.lanes.items() if priority is not Priority.BULK)

    def _put(self, document: Document, priority: Priority) -> None:
        self.lanes[priority].append(document)
        for number in range(len(self._converters)):
            self._soon(self._pull(number))

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pull(self, number: int) -> None:
        slots = self._converters[number]
        with slots.admit() as lanes:
            document = self._next(lanes)
        if document is not None:
            self._soon(self._convert(number, document))

    def _next(self, lanes: Sequence[Lane]) -> Document | None:
        if not lanes:
            return None
        self._pulls += 1
        queues = (self.lanes[lane.priority] for lane in lane_order(lanes, self._pulls))
        return next((queue.popleft() for queue in queues if queue), None)

    async def _convert(self, number: int, document: Document) -> None:
        slots = self._converters[number]
        try:
            with slots.expect() as reservation:
                await reservation.convert(lambda progress: self._work(number, document, progress))
        except CrowdedOutError:
            document.made_room += 1
            self._put(document, Priority.BULK)
        else:
            document.done = asyncio.get_running_loop().time()
            document.finished.set()

    async def _work(self, number: int, document: Document, progress: Progress) -> None:
        done, engine = 0.0, object()
        progress.begin(lambda: done)
        document.begun = document.begun or asyncio.get_running_loop().time()
        self.machine.engines.add(engine)
        self._running[number][document] = 0.0
        try:
            for _ in itertools.count():
                if done >= document.cpu_seconds:
                    break
                share = self.machine.share()
                seconds = min(_TICK_SECONDS, (document.cpu_seconds - done) / share + 1e-6)
                await asyncio.sleep(seconds)
                done += seconds * share
                self._running[number][document] = done
        finally:
            self.machine.engines.discard(engine)
            del self._running[number][document]

    async def _watch(self) -> None:
        """Add up the time in which a document waited in a lane while an office idled, and not only out of courtesy.

        A spare idles beside a quick conversion, so that the two do not share a processor.
        """
        for _ in itertools.count():
            await asyncio.sleep(_TICK_SECONDS)
            if any(self.lanes.values()) and any(map(self._idles, self._running)):
                self.idle_while_waited_seconds += _TICK_SECONDS

    def _idles(self, running: dict[Document, float]) -> bool:
        return len(running) < 2 and all(done >= self._quick_seconds for done in running.values())


def mixed(count: int, seconds: float, seed: int = 7, *, bulk_every: int = 0) -> list[Document]:
    """Documents as real folders have them: 94 % take 0.1 to 0.5 s, 4 % some seconds, 2 % up to two minutes."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        kind = chance.random()
        low, high = (0.1, 0.5) if kind < 0.94 else (1.5, 8) if kind < 0.98 else (20, 120)
        priority = Priority.BULK if bulk_every and number % bulk_every == 0 else Priority.NORMAL
        made.append(Document(chance.uniform(0, seconds), chance.uniform(low, high), priority))
    return made


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values is."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def small(documents: Sequence[Document], of: Callable[[Document], float]) -> list[float]:
    """A figure of each small document."""
    return [of(document) for document in documents if document.cpu_seconds < SMALL_SECONDS]
