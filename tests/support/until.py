"""Polls a condition that a test can only observe from outside; the only polling loops of the tests."""

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

_POLL_SECONDS = 0.02
Errors = tuple[type[Exception], ...]


async def until(
    condition: Callable[[], Any],
    what: str,
    deadline_seconds: float = 60,
    *,
    poll_seconds: float = _POLL_SECONDS,
    ignoring: Errors = (),
) -> Any:
    """Awaits the first true value of a condition, which may be a coroutine function; fails the test at the deadline.

    Args:
        condition: looked at again and again.
        what: the condition in words.
        deadline_seconds: how long it may take, on a busy machine too.
        poll_seconds: the pause between two looks; 0 sees what lasts for one turn of the event loop.
        ignoring: errors of the condition that count as not yet true; the last one is told at the deadline.
    """
    refusal: Exception | None = None
    try:
        async with asyncio.timeout(deadline_seconds):
            while True:
                try:
                    value = condition()
                    if inspect.isawaitable(value):
                        value = await value
                    if value:
                        return value
                except ignoring as error:
                    refusal = error
                await asyncio.sleep(poll_seconds)
    except TimeoutError:
        pytest.fail(_late(what, deadline_seconds, refusal))


async def second_after(moment: datetime) -> None:
    """Returns in a later second than a moment (in UTC): the clocks of object stores show no less."""
    await until(lambda: datetime.now(UTC).replace(microsecond=0) > moment, "a later second")


def wait_until(condition: Callable[[], Any], what: str, deadline_seconds: float = 60, *, ignoring: Errors = ()) -> Any:
    """As `until`, for a test that is not asynchronous."""
    deadline, refusal = time.monotonic() + deadline_seconds, None
    while True:
        try:
            if value := condition():
                return value
        except ignoring as error:
            refusal = error
        if time.monotonic() > deadline:
            pytest.fail(_late(what, deadline_seconds, refusal))
        time.sleep(_POLL_SECONDS)


async def paced(seconds: float) -> AsyncIterator[None]:
    """Yields for ever, with a pause after each time: the pace of a sender who is slow on purpose."""
    while True:
        yield
        await asyncio.sleep(seconds)


def _late(what: str, deadline_seconds: float, refusal: Exception | None) -> str:
    return f"not within {deadline_seconds:g} s: {what}" + (f" ({refusal!r})" if refusal else "")
