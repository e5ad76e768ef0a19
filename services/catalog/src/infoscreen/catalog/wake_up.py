"""The wake-up signal: tasks that wait for news look first and, when there is none, wait for the next signal."""

import asyncio


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
