"""The listener hears notifications on a real Postgres, and begins again after a loss of its connection."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import asyncpg
import pytest
from support.until import until

from infoscreen.common.postgres import Listener


class Log:
    """What a running listener has reported."""

    def __init__(self, url: str) -> None:
        self.payloads: list[tuple[str, str]] = []
        self.calls: Counter[str] = Counter()
        self.listener = Listener(
            url,
            {name: lambda payload, name=name: self.payloads.append((name, payload)) for name in ("media", "players")},
            connected=lambda: self.calls.update(["connected"]),
            lost=lambda: self.calls.update(["lost"]),
        )


@pytest.fixture
async def connection(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.fixture
async def log(postgres_url: str) -> AsyncIterator[Log]:
    log, stop = Log(postgres_url), asyncio.Event()
    running = asyncio.create_task(log.listener.run(stop))
    await until(lambda: log.calls["connected"], "the first connection")
    yield log
    stop.set()
    async with asyncio.timeout(60):
        await running
    assert log.calls["connected"] == log.calls["lost"]


async def test_each_notification_reaches_what_takes_its_channel(log, connection):
    await connection.execute("SELECT pg_notify('media', 'a'), pg_notify('other', 'b'), pg_notify('players', 'c')")
    await until(lambda: len(log.payloads) == 2, "both notifications")
    assert log.payloads == [("media", "a"), ("players", "c")]


async def test_listening_begins_again_after_a_loss_of_the_connection(log, connection):
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await until(lambda: log.calls == {"connected": 2, "lost": 1}, "the second connection")
    await connection.execute("SELECT pg_notify('media', 'later')")
    await until(lambda: log.payloads == [("media", "later")], "the notification")


async def test_the_stop_ends_the_attempts_to_reach_a_server_that_is_away():
    log, stop = Log("postgresql://user:secret@127.0.0.1:1/none"), asyncio.Event()
    running = asyncio.create_task(log.listener.run(stop))
    stop.set()
    async with asyncio.timeout(60):
        await running
    assert not log.calls
