"""Waiting for events with a deadline."""

import asyncio
import gc

import pytest
from structlog.testing import capture_logs

from infoscreen.common.waiting import retrieve_error, wait_for, wait_for_any


async def test_wait_for_tells_whether_the_event_was_set():
    event = asyncio.Event()
    assert not await wait_for(event, 0.001)
    waiting = asyncio.create_task(wait_for(event, 60))
    event.set()
    assert await waiting
    assert await wait_for(event, 0)


@pytest.mark.parametrize("number", [0, 1])
async def test_either_event_ends_the_wait(number):
    events = asyncio.Event(), asyncio.Event()
    waiting = asyncio.create_task(wait_for_any(*events))
    events[number].set()
    async with asyncio.timeout(60):
        await waiting


async def test_the_time_ends_the_wait_for_any():
    async with asyncio.timeout(60):
        await wait_for_any(asyncio.Event(), asyncio.Event(), seconds=0.001)


async def test_the_error_of_a_task_without_callers_is_logged_once_and_not_reported_by_asyncio():
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def fail() -> None:
        raise OSError("away")

    with capture_logs() as logs:
        task = asyncio.create_task(fail())
        task.add_done_callback(retrieve_error)
        await asyncio.wait([task])
        del task
        gc.collect()
        await asyncio.sleep(0)
    assert [line["event"] for line in logs] == ["shared_task_failed"]
    assert reported == []
