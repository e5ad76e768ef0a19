"""Conversions past their deadline: asked for again, then failed; those that only wait are left alone."""

from datetime import timedelta

import pytest

from infoscreen.catalog.lanes import JetStreamLanes
from infoscreen.catalog.sweeper import Deadlines, Sweeper
from infoscreen.common.clock import utc_now
from infoscreen.common.events import subjects
from infoscreen.common.messaging import topology

DEADLINES = Deadlines(processing=timedelta(minutes=10), pending=timedelta(minutes=10), overdue_requests=2)


@pytest.fixture
def sweep(catalog, database, connection, publisher):
    """Sweeps as if so many minutes had passed, and waits until that is projected."""

    async def run(minutes: float) -> int:
        sweeper = Sweeper(
            database=database,
            lanes=JetStreamLanes(connection),
            publisher=publisher,
            deadlines=DEADLINES,
            clock=lambda: utc_now() + timedelta(minutes=minutes),
            interval_seconds=3600,
        )
        swept = await sweeper.sweep()
        await catalog.projected((await connection.js.stream_info(topology.STREAM)).state.last_seq)
        return swept

    return run


@pytest.fixture
def status(operator):
    async def read(upload):
        return (await operator.get(f"/api/conversions/{upload.id}/status")).json()

    return read


async def deliver_everything(connection):
    """What converters do that take every message and are never heard of again."""
    for lane in subjects.LANES:
        subscription = await connection.js.pull_subscribe_bind(consumer=lane.durable, stream=topology.STREAM)
        pending = (await connection.js.consumer_info(topology.STREAM, lane.durable)).num_pending
        for _ in range(pending):
            [message] = await subscription.fetch(1, timeout=5)
            await message.ack_sync()


async def test_a_conversion_that_went_silent_is_asked_for_again(stream, catalog, sweep, status):
    deck = await stream.upload()
    await catalog.projected(await stream.start(deck))
    assert await sweep(9) == 0
    assert await sweep(11) == 1
    assert (await status(deck))["status"] == "pending"


async def test_a_sweep_that_is_repeated_asks_once(stream, catalog, sweep, connection):
    deck = await stream.upload()
    await catalog.projected(await stream.start(deck))
    await sweep(11)
    before = (await connection.js.stream_info(topology.STREAM)).state.last_seq
    await sweep(11)
    assert (await connection.js.stream_info(topology.STREAM)).state.last_seq == before


async def test_what_stays_silent_is_failed_in_the_end_and_can_be_retried(stream, catalog, sweep, status, operator):
    deck = await stream.upload()
    for _ in range(3):
        await catalog.projected(await stream.start(deck))
        await sweep(11)
    state = await status(deck)
    assert (state["status"], state["reason"], state["retryable"]) == ("failed", "timeout", True)
    assert (await operator.post(f"/api/conversions/{deck.id}/pdf")).json()["status"] == "pending"


async def test_what_waits_its_turn_is_left_alone_however_long(stream, catalog, sweep, status):
    deck = await stream.upload()
    await catalog.projected(deck.generation)
    assert await sweep(24 * 60) == 0
    assert (await status(deck))["status"] == "pending"


async def test_what_was_delivered_and_never_heard_of_again_is_asked_for_again_and_failed_in_the_end(
    stream, catalog, sweep, status, connection
):
    deck = await stream.upload()
    await catalog.projected(deck.generation)
    for _ in range(3):
        await deliver_everything(connection)
        assert await sweep(11) == 1
    assert (await status(deck))["status"] == "failed"
