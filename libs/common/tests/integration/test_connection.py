"""A connection that waits for servers and topology, and says when it is away or gone for good."""

import asyncio
import contextlib

import pytest
import structlog
from nats.errors import ConnectionClosedError, NoRespondersError
from support.until import until

from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection, connect


async def test_a_service_waits_for_a_server_that_is_not_up_yet(breakable_nats):
    breakable_nats.kill()
    connection = Connection()
    with structlog.testing.capture_logs() as logs:
        opening = asyncio.create_task(connection.open(breakable_nats.settings, "test"))
        await until(lambda: logs, "a log line that no server answers")
        assert await connection.check() == "not connected to NATS"
        breakable_nats.start()
        await opening
    assert connection.client.is_connected
    await connection.close()


async def test_a_service_waits_for_the_topology_and_says_what_is_missing(nats_settings):
    job = Connection()
    await job.open(nats_settings, "job")
    with structlog.testing.capture_logs() as logs:
        connecting = asyncio.create_task(connect(nats_settings, "test"))
        await until(lambda: any(line["event"] == "topology_missing" for line in logs), "a log line of the topology")
        assert not connecting.done()
        await topology.apply(job.js, nats_settings)
        connection = await connecting
    assert topology.STREAM in next(line for line in logs if line["event"] == "topology_missing")["missing"]
    assert await connection.check() is None
    await connection.close()
    await job.close()


async def test_the_check_says_when_nats_is_away_and_when_it_is_back(breakable_nats, breakable_connection):
    breakable_nats.kill()
    await until(lambda: not breakable_connection.client.is_connected, "a client that misses its server")
    assert await breakable_connection.check() == "not connected to NATS"
    breakable_nats.start()
    await breakable_connection.wait_connected()
    assert await breakable_connection.check() is None


async def test_watching_ends_with_an_error_when_the_connection_is_closed_for_good(connection):
    watching = asyncio.create_task(connection.watch(asyncio.Event()))
    await connection.client.close()
    with pytest.raises(ConnectionClosedError):
        await watching
    with pytest.raises(ConnectionClosedError):
        await connection.wait_connected()


async def test_watching_ends_quietly_when_the_service_is_told_to_stop(connection):
    stop = asyncio.Event()
    watching = asyncio.create_task(connection.watch(stop))
    stop.set()
    await watching


async def test_closing_while_nats_is_away_is_no_trouble(breakable_nats, breakable_connection):
    breakable_nats.kill()
    await until(lambda: not breakable_connection.client.is_connected, "a client that misses its server")
    with structlog.testing.capture_logs():
        await breakable_connection.close()


@pytest.mark.parametrize("subject", ["$JS.API.INFO", "without.listeners"])
async def test_a_request_is_cancelled_even_in_the_moment_of_its_answer(connection, subject):
    async def ask_for_ever():
        while True:
            with contextlib.suppress(NoRespondersError):
                await connection.client.request(subject, timeout=5)

    asking = asyncio.create_task(ask_for_ever())
    # where nats-py keeps what it will answer
    await until(lambda: connection.client._resp_map, "a request that NATS has yet to answer", poll_seconds=0)
    (answer,) = connection.client._resp_map.values()
    answer.add_done_callback(lambda _: asking.cancel())
    await asyncio.wait([asking], timeout=5)
    cancelled = asking.done()
    asking.cancel()
    assert cancelled


async def test_a_connection_that_never_came_about_can_be_closed():
    await Connection().close()
