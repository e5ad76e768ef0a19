"""A pause that ends early when the service is told to stop."""

import asyncio


async def told_within(stop: asyncio.Event, seconds: float) -> bool:
    """True as soon as the event is set; False when the time passed without."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return False
    return True
