"""Files that the viewer could not show: each is left out for a while, and for longer after each further time.

A file that was never shown well is quarantined after two failures in a row; a proven file after five, since then the
display is more likely at fault than the file. A quarantine ends, because the reason of a failure may pass.
"""

import time
from dataclasses import dataclass

from infoscreen.player.backoff import delay_after
from infoscreen.player.clock import Monotonic
from infoscreen.player.manifest import DisplayFile

FAILURES_UNPROVEN, FAILURES_PROVEN = 2, 5
_FIRST_SECONDS, _LONGEST_SECONDS = 60.0, 3600.0


@dataclass(slots=True)
class _Record:
    failures: int = 0
    times: int = 0
    until: float = 0.0


class Quarantine:
    """Counts the failures of files, and says which files are in quarantine now."""

    def __init__(self, monotonic: Monotonic = time.monotonic) -> None:
        self._monotonic = monotonic
        self._records: dict[DisplayFile, _Record] = {}

    def record_failure(self, file: DisplayFile, *, proven: bool) -> bool:
        """Count a failure of the viewer with a file. Returns True when this one puts the file into quarantine."""
        record = self._records.setdefault(file, _Record())
        record.failures += 1
        if record.failures < (FAILURES_PROVEN if proven else FAILURES_UNPROVEN):
            return False
        record.times += 1
        record.until = self._monotonic() + delay_after(record.times, _FIRST_SECONDS, _LONGEST_SECONDS)
        record.failures = 0
        return True

    def holds(self, file: DisplayFile) -> bool:
        """Whether a file is in quarantine now."""
        record = self._records.get(file)
        return record is not None and record.until > self._monotonic()

    def release(self, file: DisplayFile) -> None:
        """Forget all failures of a file, because the viewer showed it well."""
        self._records.pop(file, None)

    def clear(self) -> None:
        """Forget all failures of all files, because the files were not at fault."""
        self._records.clear()
