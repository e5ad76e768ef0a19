"""Waiting for events with a deadline."""

import asyncio

import pytest

from infoscreen.common.waiting import wait_for, wait_for_either


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
    waiting = asyncio.create_task(wait_for_either(*events))
    events[number].set()
    async with asyncio.timeout(60):
        await waiting


async def test_the_time_ends_the_wait_for_either():
    async with asyncio.timeout(60):
        await wait_for_either(asyncio.Event(), asyncio.Event(), 0.001)
