"""Overdue conversions: the sweeper requests them again, then fails them, and ignores queued ones."""

from datetime import timedelta

import pytest
from sqlmodel import update

from infoscreen.catalog.maintenance.sweeper import Deadlines, Sweeper
from infoscreen.catalog.models import Conversion
from infoscreen.catalog.operations.lanes import JetStreamLanes
from infoscreen.common.clock import utc_now
from infoscreen.common.events import subjects
from infoscreen.common.messaging import topology

DEADLINES = Deadlines(processing=timedelta(minutes=10), pending=timedelta(minutes=10), overdue_requests=2)


@pytest.fixture
def sweep(catalog, database, connection, publisher):
    """Runs a sweep with the clock so many minutes ahead, and waits until its events are projected."""

    ahead = timedelta(0)
    sweeper = Sweeper(
        database=database,
        lanes=JetStreamLanes(connection),
        publisher=publisher,
        deadlines=DEADLINES,
        clock=lambda: utc_now() + ahead,
        interval_seconds=3600,
    )

    async def run(minutes: float) -> int:
        nonlocal ahead
        ahead = timedelta(minutes=minutes)
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
    """Take and acknowledge every message without publishing a fact, as lost converters do."""
    for lane in subjects.LANES:
        subscription = await connection.js.pull_subscribe_bind(consumer=lane.durable, stream=topology.STREAM)
        pending = (await connection.js.consumer_info(topology.STREAM, lane.durable)).num_pending
        for _ in range(pending):
            [message] = await subscription.fetch(1, timeout=5)
            await message.ack_sync()


async def test_the_sweeper_requests_an_overdue_conversion_again(stream, catalog, sweep, status):
    deck = await stream.upload()
    await catalog.projected(await stream.start(deck))
    assert await sweep(9) == 0
    assert await sweep(11) == 1
    assert (await status(deck))["status"] == "pending"


async def test_a_slow_conversion_is_not_overdue_while_its_converter_says_how_far_it_is(
    stream, catalog, sweep, status, database
):
    deck = await stream.upload()
    await stream.start(deck)
    progress = stream.events.progressed(deck.event, deck.generation, pages=800, pages_done=20, remaining_seconds=300)
    await catalog.projected(await stream.publish(progress))
    async with database.write() as session:
        await session.exec(update(Conversion).values(started_at=Conversion.started_at - timedelta(minutes=20)))
    assert await sweep(9) == 0
    state = await status(deck)
    assert (state["status"], state["pages_done"], state["pages_expected"]) == ("processing", 20, 800)
    assert 100 < state["eta_seconds"] <= 300
    assert await sweep(11) == 1
    assert (await status(deck))["pages_expected"] is None


async def test_a_repeated_sweep_requests_a_conversion_once(stream, catalog, sweep, connection):
    deck = await stream.upload()
    await catalog.projected(await stream.start(deck))
    await sweep(11)
    before = (await connection.js.stream_info(topology.STREAM)).state.last_seq
    await sweep(11)
    assert (await connection.js.stream_info(topology.STREAM)).state.last_seq == before


async def test_the_sweeper_fails_a_conversion_after_its_last_deadline_and_it_can_be_retried(
    stream, catalog, sweep, status, operator
):
    deck = await stream.upload()
    for _ in range(3):
        await catalog.projected(await stream.start(deck))
        await sweep(11)
    state = await status(deck)
    assert (state["status"], state["reason"], state["retryable"]) == ("failed", "timeout", True)
    assert (await operator.post(f"/api/conversions/{deck.id}/pdf")).json()["status"] == "pending"


async def test_the_sweeper_ignores_a_conversion_that_its_lane_has_not_delivered(stream, catalog, sweep, status):
    deck = await stream.upload()
    await catalog.projected(deck.generation)
    assert await sweep(24 * 60) == 0
    assert (await status(deck))["status"] == "pending"


async def test_the_sweeper_requests_and_then_fails_a_delivered_conversion_that_never_starts(
    stream, catalog, sweep, status, connection
):
    deck = await stream.upload()
    await catalog.projected(deck.generation)
    for minutes in (0, 20, 40):
        await deliver_everything(connection)
        assert await sweep(minutes) == 0
        assert await sweep(minutes + 11) == 1
    assert (await status(deck))["status"] == "failed"


async def test_a_conversion_that_waited_for_long_is_not_lost_at_the_moment_at_which_its_lane_delivers_it(
    stream, catalog, sweep, status, connection
):
    deck = await stream.upload()
    await catalog.projected(deck.generation)
    assert await sweep(24 * 60 - 11) == 0
    await deliver_everything(connection)
    assert await sweep(24 * 60) == 0
    assert (await status(deck))["status"] == "pending"
