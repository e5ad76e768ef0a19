"""The gateway's cache: its values are fresh while the catalog's notifications arrive, and stay there when they do not.

A notification marks a value as stale and keeps it, so that the gateway serves the last known value while Postgres is
away. Concurrent requests for a value cause one read; a notification wakes the requests that watch for a change.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from infoscreen.common.errors import UnavailableError
from infoscreen.common.waiting import retrieve_error
from infoscreen.player_gateway.observability import STALE_SERVED

_FRESH_SECONDS = 30.0

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True)
class _Entry(Generic[Value]):
    value: Value
    fresh_until: float


class Cache(Generic[Key, Value]):
    """A bounded store of the most recently used values.

    Args:
        load: reads a value, None where there is none; raises ``UnavailableError`` when it cannot.
        capacity: how many values it keeps.
        fresh_seconds: the bound on staleness, should a notification ever be lost.
        now: a monotonic clock.

    Attributes:
        closing: True when the process is about to stop, so that no request waits any longer.
    """

    def __init__(
        self,
        load: Callable[[Key], Awaitable[Value | None]],
        capacity: int,
        fresh_seconds: float = _FRESH_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._capacity = capacity
        self._fresh_seconds = fresh_seconds
        self._now = now
        self._entries: OrderedDict[Key, _Entry[Value]] = OrderedDict()
        self._loading: dict[Key, asyncio.Task[Value | None]] = {}
        self._watchers: dict[Key, set[asyncio.Event]] = {}
        self._watchers_of_all: set[asyncio.Event] = set()
        self._listening = False
        self.closing = False

    def __contains__(self, key: Key) -> bool:
        return key in self._entries

    async def get(self, key: Key) -> Value | None:
        """A value, or None where there is none.

        Raises:
            UnavailableError: the database is away and the cache has no value.
        """
        entry = self._entries.get(key)
        if entry is not None and self._listening and entry.fresh_until > self._now():
            self._entries.move_to_end(key)
            return entry.value
        try:
            return await self._load_once(key)
        except UnavailableError:
            entry = self._entries.get(key)
            if entry is None:
                raise
            STALE_SERVED.inc()
            return entry.value

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
        """A value changed: mark it as stale, so that the next request reads it, and wake its watchers."""
        if entry := self._entries.get(key):
            entry.fresh_until = 0
        self._loading.pop(key, None)  # what is being read now may be from before the change
        for event in (*self._watchers.get(key, ()), *self._watchers_of_all):
            event.set()

    def invalidate_where(self, concerned: Callable[[Value], bool]) -> None:
        """Values changed that a notification names by something else than their keys.

        What is not known yet, because it is being read or is only watched, counts as changed too.
        """
        changed = [key for key, entry in self._entries.items() if concerned(entry.value)]
        for key in {*changed, *({*self._loading, *self._watchers} - self._entries.keys())}:
            self.invalidate(key)

    def invalidate_all(self, *, listening: bool) -> None:
        """Notifications begin or end: mark every value as stale, and wake every watcher."""
        self._listening = listening
        for key in {*self._entries, *self._loading, *self._watchers}:
            self.invalidate(key)
        for event in self._watchers_of_all:
            event.set()

    def close(self) -> None:
        """The process is about to stop: wake every watcher, so that no request waits any longer."""
        self.closing = True
        self.invalidate_all(listening=False)

    async def _load_once(self, key: Key) -> Value | None:
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.create_task(self._load_and_keep(key))
            task.add_done_callback(retrieve_error)
        return await asyncio.shield(task)

    async def _load_and_keep(self, key: Key) -> Value | None:
        this = asyncio.current_task()
        try:
            value = await self._load(key)
        finally:
            overtaken = self._loading.get(key) is not this
            if not overtaken:
                del self._loading[key]
        if value is None:
            self._entries.pop(key, None)
            return None
        self._entries[key] = _Entry(value, 0 if overtaken else self._now() + self._fresh_seconds)
        self._entries.move_to_end(key)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
        return value
