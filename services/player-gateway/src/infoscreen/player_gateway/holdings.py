"""What this gateway holds in memory: fresh while the catalog's notifications arrive, and still there when not.

A notification marks a value stale rather than dropping it, so that with Postgres away the last known one is
served. However many ask at once, it is read once; whoever watches for a change is woken by the notification.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from infoscreen.common.errors import UnavailableError
from infoscreen.player_gateway.observability import HELD_SERVED

_FRESH_SECONDS = 30.0  # the bound on staleness, should a notification ever be lost

_log = structlog.get_logger(__name__)
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True)
class _Held(Generic[Value]):
    value: Value
    fresh_until: float


class Holdings(Generic[Key, Value]):
    """A bounded store of the most recently used values.

    Args:
        load: reads a value, None where there is none; raises ``UnavailableError`` when it cannot.
        capacity: how many values are held.
        now: a monotonic clock.

    Attributes:
        closing: True when the process is about to stop, so that nobody waits any longer.
    """

    def __init__(
        self,
        load: Callable[[Key], Awaitable[Value | None]],
        capacity: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._capacity = capacity
        self._now = now
        self._held: OrderedDict[Key, _Held[Value]] = OrderedDict()
        self._loading: dict[Key, asyncio.Task[Value | None]] = {}
        self._watchers: dict[Key, set[asyncio.Event]] = {}
        self._watchers_of_all: set[asyncio.Event] = set()
        self._listening = False
        self.closing = False

    def __contains__(self, key: Key) -> bool:
        return key in self._held

    async def get(self, key: Key) -> Value | None:
        """A value, or None where there is none.

        Raises:
            UnavailableError: the database is away and nothing is held.
        """
        held = self._held.get(key)
        if held is not None and self._listening and held.fresh_until > self._now():
            self._held.move_to_end(key)
            return held.value
        try:
            return await self._load_once(key)
        except UnavailableError:
            held = self._held.get(key)
            if held is None:
                raise
            HELD_SERVED.inc()
            return held.value

    @contextlib.contextmanager
    def watching(self, keys: Iterable[Key], event: asyncio.Event) -> Iterator[None]:
        """Within the block, the event is set whenever one of these changes. Enter it before looking."""
        watched = set(keys)
        for key in watched:
            self._watchers.setdefault(key, set()).add(event)
        try:
            yield
        finally:
            for key in watched:
                self._watchers[key].discard(event)
                if not self._watchers[key]:
                    del self._watchers[key]

    @contextlib.contextmanager
    def watching_all(self, event: asyncio.Event) -> Iterator[None]:
        """As ``watching``, for a change of anything."""
        self._watchers_of_all.add(event)
        try:
            yield
        finally:
            self._watchers_of_all.discard(event)

    def invalidate(self, key: Key) -> None:
        """A value changed: read it anew when it is next asked for, and wake those who watch."""
        if held := self._held.get(key):
            held.fresh_until = 0
        self._loading.pop(key, None)  # what is being read now may be from before the change
        for event in (*self._watchers.get(key, ()), *self._watchers_of_all):
            event.set()

    def invalidate_all(self, *, listening: bool) -> None:
        """Notifications begin or end: whatever is held may be stale, and everybody who watches looks again."""
        self._listening = listening
        for key in {*self._held, *self._loading, *self._watchers}:
            self.invalidate(key)
        for event in self._watchers_of_all:
            event.set()

    def close(self) -> None:
        """The process is about to stop: wake everybody who watches; waiting is over."""
        self.closing = True
        self.invalidate_all(listening=False)

    async def _load_once(self, key: Key) -> Value | None:
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.create_task(self._load_and_hold(key))
            task.add_done_callback(_retrieve)
        return await asyncio.shield(task)

    async def _load_and_hold(self, key: Key) -> Value | None:
        this = asyncio.current_task()
        try:
            value = await self._load(key)
        finally:
            overtaken = self._loading.get(key) is not this
            if not overtaken:
                del self._loading[key]
        if value is None:
            self._held.pop(key, None)
            return None
        self._held[key] = _Held(value, 0 if overtaken else self._now() + _FRESH_SECONDS)
        self._held.move_to_end(key)
        while len(self._held) > self._capacity:
            self._held.popitem(last=False)
        return value


def _retrieve(task: asyncio.Task[Value | None]) -> None:
    """Look at a task's error, for whoever asked may have gone away meanwhile."""
    if not task.cancelled() and (error := task.exception()):
        _log.warning("load_failed", error=str(error))


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """True as soon as the event is set; False when the time is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
