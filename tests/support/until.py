"""Polls a condition that a test can only observe from outside; the only polling loops of the tests."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

import pytest

_POLL_SECONDS = 0.02


async def until(condition: Callable[[], Any], what: str, deadline_seconds: float = 60) -> Any:
    """Awaits the first true value of a condition, which may be a coroutine function; fails the test at the deadline."""
    try:
        async with asyncio.timeout(deadline_seconds):
            while True:
                value = condition()
                if inspect.isawaitable(value):
                    value = await value
                if value:
                    return value
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        pytest.fail(_late(what, deadline_seconds))


def wait_until(condition: Callable[[], Any], what: str, deadline_seconds: float = 60) -> Any:
    """As `until`, for a test that is not asynchronous."""
    deadline = time.monotonic() + deadline_seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            pytest.fail(_late(what, deadline_seconds))
        time.sleep(_POLL_SECONDS)
    return value


def _late(what: str, deadline_seconds: float) -> str:
    return f"not within {deadline_seconds:g} s: {what}"
