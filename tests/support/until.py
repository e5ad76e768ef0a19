"""The one way for a test to await what it can only see from outside."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest

_LOOK_AGAIN_SECONDS = 0.02


async def until(condition: Callable[[], Any], what: str, deadline_seconds: float = 60) -> Any:
    """The first true value of a condition, which may be a coroutine function; the test fails at the deadline."""
    try:
        async with asyncio.timeout(deadline_seconds):
            while True:
                value = condition()
                if inspect.isawaitable(value):
                    value = await value
                if value:
                    return value
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    except TimeoutError:
        pytest.fail(f"not within {deadline_seconds:g} s: {what}")
