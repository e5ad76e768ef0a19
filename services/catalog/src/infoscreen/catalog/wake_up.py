"""The wake-up signal: tasks that wait for news look first and, when there is none, wait for the next signal."""

import asyncio
import contextlib


class WakeUpSignal:
    """Wakes every task that waits for an event taken from ``next`` before ``send``.

    A task takes the event before it looks, so that a signal between looking and waiting is not lost.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def send(self) -> None:
        """Wake every waiting task."""
        self._event.set()
        self._event = asyncio.Event()

    def next(self) -> asyncio.Event:
        """Return the event that the next ``send`` sets."""
        return self._event


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Return True as soon as the event is set, False when ``seconds`` have passed without it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
