"""Ends a process whose event loop no longer turns, whatever holds the interpreter.

A regular expression, a deadlock or a system call can hold the interpreter for ever. Then the ops port, signals and
every Python thread are deaf, so the watch is faulthandler's: a thread of C code that needs no lock. It writes the
traceback of all threads to standard error, which says what held the loop, and ends the process; whatever supervises the
process starts it again.

The watch's clock (CLOCK_MONOTONIC) stands still while the machine sleeps, so a laptop that wakes up restarts nothing.
It goes on while only the process is stopped (SIGSTOP, a debugger, a frozen container): one that was stopped for longer
than the limit ends as soon as it goes on. That costs one restart for each such pause and never a loop of them, since
the new process has its whole limit before it; what the old one had in hand is delivered again, as after any death.
"""

import asyncio
import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager

_TURNS = 10
_STANDARD_ERROR = 2  # by its number: sys.stderr may have been replaced by what has no file


@contextmanager
def ended_when_hung(loop: asyncio.AbstractEventLoop, limit_seconds: float) -> Iterator[None]:
    """Within the block, a loop that has not turned for so long ends the process with exit code 1.

    Args:
        loop: the loop that shows life; it need not run yet.
        limit_seconds: how long it may be held; at most a tenth more passes before the end.
    """
    interval_seconds = limit_seconds / _TURNS
    timer: asyncio.Handle

    def rearm() -> None:
        nonlocal timer
        faulthandler.dump_traceback_later(limit_seconds + interval_seconds, exit=True, file=_STANDARD_ERROR)
        timer = loop.call_later(interval_seconds, rearm)

    rearm()
    try:
        yield
    finally:
        timer.cancel()
        faulthandler.cancel_dump_traceback_later()
