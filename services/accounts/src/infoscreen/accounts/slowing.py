"""Slows guesses at passwords down, and never locks an account.

Counted in memory, for each account and for each address. An address from which an account has signed in is trusted for
that account: only its own wrong passwords slow it down, so that a stranger's guesses do not keep the owner out.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

FREE_FAILURES = 5
LONGEST_DELAY_SECONDS = 8.0
FORGOTTEN_AFTER_SECONDS = 900.0

_FIRST_DELAY_SECONDS = 0.5
_MOST_KEYS = 100_000

_Key = tuple[str, ...]


class Slowing:
    """Wrong passwords of the last quarter of an hour, and the delays that follow from them.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[_Key, tuple[int, float]] = OrderedDict()
        self._trusted: OrderedDict[_Key, None] = OrderedDict()

    def delay_seconds(self, email: str, address: str) -> float:
        """How long the next attempt has to wait: 0 for the first five, then twice as long each time, up to 8 s."""
        most = max(self._count(key) for key in self._keys(email, address))
        if most < FREE_FAILURES:
            return 0.0
        return min(_FIRST_DELAY_SECONDS * 2.0 ** min(most - FREE_FAILURES, 10), LONGEST_DELAY_SECONDS)

    def failed(self, email: str, address: str) -> None:
        """Count a wrong password."""
        for key in self._keys(email, address):
            self._failures[key] = (self._count(key) + 1, self._clock())
            self._failures.move_to_end(key)
        _shorten(self._failures)

    def succeeded(self, email: str, address: str) -> None:
        """Trust this address for this account, and forget what it got wrong."""
        for key in self._keys(email, address):
            self._failures.pop(key, None)
        self._trusted[(email, address)] = None
        self._trusted.move_to_end((email, address))
        _shorten(self._trusted)

    def _keys(self, email: str, address: str) -> list[_Key]:
        both = (email, address)
        return [both] if both in self._trusted else [("account", email, ""), ("address", address, "")]

    def _count(self, key: _Key) -> int:
        count, at = self._failures.get(key, (0, 0.0))
        return count if self._clock() - at < FORGOTTEN_AFTER_SECONDS else 0


def _shorten(entries: OrderedDict[_Key, Any]) -> None:
    while len(entries) > _MOST_KEYS:
        entries.popitem(last=False)
