"""What people changed of the programme, as open event streams tell it: which nouns, so that a page reads them again.

A stream compares counts instead of reading a log: a thousand changes at once are one message, and a stream that is late
misses nothing.
"""

import asyncio
from collections import Counter

from infoscreen.catalog.programme.audit import NOUNS
from infoscreen.catalog.wake_up import WakeUpSignal


class ProgrammeEdits:
    """Counts the changes of each noun by people at any replica."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._wake_up = WakeUpSignal()

    def note(self, noun: str) -> None:
        """Count a change and wake the streams."""
        self._counts[noun] += 1
        self._wake_up.send()

    def note_all(self) -> None:
        """Count a change of every noun: notifications may have been missed."""
        self._counts.update(NOUNS)
        self._wake_up.send()

    def next(self) -> asyncio.Event:
        """Return the event that is set at the next change."""
        return self._wake_up.next()

    @property
    def counts(self) -> Counter[str]:
        """How often each noun changed so far; keep it for ``since``."""
        return self._counts.copy()

    def since(self, counts: Counter[str]) -> list[str]:
        """Return the nouns that changed since these counts, in the order of the alphabet."""
        return sorted(noun for noun, count in self._counts.items() if count > counts[noun])
