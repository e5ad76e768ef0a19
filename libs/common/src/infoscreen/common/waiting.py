"""Waiting for an event with a deadline, and the delays between attempts."""

import asyncio
import contextlib
from collections.abc import Iterator


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait until the event is set; False when it was not set within the time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def wait_for_either(first: asyncio.Event, second: asyncio.Event, seconds: float | None = None) -> None:
    """Return once one of the events is set, or after the time."""
    waits = [asyncio.create_task(event.wait()) for event in (first, second)]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def backoff(first_seconds: float, longest_seconds: float) -> Iterator[float]:
    """The delays between attempts: each is twice the one before, up to the longest; without end."""
    delay = first_seconds
    while True:
        yield delay
        delay = min(2 * delay, longest_seconds)
