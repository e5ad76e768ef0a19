"""Which files the viewer could not show, and how long they are left alone.

A file that was never shown well is given up after two failures in a row, a proven one only after five: then it is more
likely the display than the file. Giving up is for a while, and longer each time, since a reason may pass.
"""

import time
from dataclasses import dataclass

from infoscreen.player.clock import Monotonic
from infoscreen.player.programme import Rendition

TIMES_UNPROVED, TIMES_PROVED = 2, 5
_FIRST_SECONDS, _LONGEST_SECONDS = 60.0, 3600.0


@dataclass(slots=True)
class _Record:
    failures: int = 0
    rejections: int = 0
    until: float = 0.0


class Strikes:
    """Counts failures of files."""

    def __init__(self, monotonic: Monotonic = time.monotonic) -> None:
        self._monotonic = monotonic
        self._records: dict[Rendition, _Record] = {}

    def count(self, file: Rendition, *, proved: bool) -> bool:
        """The viewer failed with a file; returns whether it is given up for now."""
        record = self._records.setdefault(file, _Record())
        record.failures += 1
        if record.failures < (TIMES_PROVED if proved else TIMES_UNPROVED):
            return False
        record.until = self._monotonic() + min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0**record.rejections)
        record.rejections += 1
        record.failures = 0
        return True

    def rejected(self, file: Rendition) -> bool:
        """Whether a file is given up for now."""
        record = self._records.get(file)
        return record is not None and record.until > self._monotonic()

    def forgive(self, file: Rendition) -> None:
        """A file was shown well after all."""
        self._records.pop(file, None)

    def clear(self) -> None:
        """It was not the files."""
        self._records.clear()
