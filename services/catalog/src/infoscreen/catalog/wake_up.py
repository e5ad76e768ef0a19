"""Waking those who wait for news: waiters look, and if there is nothing yet, sleep until the next ring."""

import asyncio
import contextlib


class Bell:
    """Wakes everybody who took a ticket before the ring.

    Take the ticket before looking, so that a ring between looking and waiting is not lost.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody."""
        self._event.set()
        self._event = asyncio.Event()

    def ticket(self) -> asyncio.Event:
        """Set at the next ring."""
        return self._event


async def wait_for(ticket: asyncio.Event, seconds: float) -> bool:
    """True as soon as the bell rings; False when the time is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ticket.wait()
    return ticket.is_set()
