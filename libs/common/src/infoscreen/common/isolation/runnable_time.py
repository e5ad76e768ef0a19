"""How long a process could have run: a deadline of work must not count the time in which the machine was busy.

Linux tells of each thread how long it stood ready and waited for a processor. All other time counts, also that in which
a thread sleeps, so a process that hangs reaches its deadline as one that works does.
"""

import time
from collections.abc import Callable
from pathlib import Path


class RunnableTime:
    """Counts the seconds since its making in which a process ran, slept or was stopped, but did not wait for a CPU.

    It is the more exact the more often it is called: what a thread waited that ended between two calls counts as time
    in which it could have run. Where the kernel does not tell, and of a process that is gone, all time counts.

    Args:
        pid: of the process, whose threads are looked at; not its children.
        clock: seconds of real time.
        proc: where the kernel tells of processes.
    """

    def __init__(self, pid: int, *, clock: Callable[[], float] = time.monotonic, proc: Path = Path("/proc")) -> None:
        self._tasks = proc / str(pid) / "task"
        self._clock = clock
        self._seconds = 0.0
        self._last = clock()
        self._waited = self._read()

    def __call__(self) -> float:
        """The seconds so far."""
        now, waited = self._clock(), self._read()
        longest_wait = max((waited[thread] - self._waited.get(thread, 0.0) for thread in waited), default=0.0)
        self._seconds += max(0.0, now - self._last - longest_wait)
        self._last, self._waited = now, waited
        return self._seconds

    def _read(self) -> dict[str, float]:
        """Thread to the seconds that it has waited for a processor: the second field of its schedstat, in ns."""
        waited = {}
        for statistics in self._tasks.glob("*/schedstat"):
            try:
                waited[statistics.parent.name] = int(statistics.read_text().split()[1]) / 1e9
            except (OSError, IndexError, ValueError):  # it has just ended
                continue
        return waited
