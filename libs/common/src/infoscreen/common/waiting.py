"""Waiting for events with a deadline, and for tasks that several callers share."""

import asyncio
import contextlib
from typing import Any

import structlog

_log = structlog.get_logger(__name__)


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait until the event is set; False when it was not set within the time."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def wait_for_any(*events: asyncio.Event, seconds: float | None = None) -> None:
    """Return once one of the events is set, or after the time."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def retrieve_error(task: asyncio.Task[Any]) -> None:
    """Log the error of a task that several callers wait for; give it to ``add_done_callback``.

    asyncio reports an error that no caller retrieves, and the callers may be gone.
    """
    if not task.cancelled() and (error := task.exception()):
        _log.warning("shared_task_failed", error=str(error))
