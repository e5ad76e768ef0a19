"""One lock for each thing that is worked on, for as long as somebody works on it."""

import asyncio
from collections.abc import Hashable
from weakref import WeakValueDictionary


class KeyedLock:
    """Gives out the same lock to everybody who asks for the same key at the same time."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def of(self, key: Hashable) -> asyncio.Lock:
        """The lock of a key; keep it in a variable or an ``async with``."""
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        return lock
