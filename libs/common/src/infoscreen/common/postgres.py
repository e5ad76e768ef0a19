"""Postgres as the services share it: transactions of a bounded pool, and listening for notifications.

For services that depend on `infoscreen-common[postgres]`; no other module of `common` imports this one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import asyncpg
import structlog

from infoscreen.common.errors import UnavailableError
from infoscreen.common.waiting import wait_for, wait_for_any

AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
"""How asyncpg says that Postgres is away, among other things."""

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Any]"

# SQLSTATEs, or classes of them, that stand for the server's state: connection, transaction rollback, resources,
# operator intervention, authorisation; and a missing schema or table, which the migration job adds.
_OUTAGES = ("08", "40", "53", "55", "57", "3F000", "42P01", "28")

_CONNECT_SECONDS = 3.0
_COMMAND_SECONDS = 10.0
_PROBE_SECONDS = 5.0
_RETRY_SECONDS = 0.5

_log = structlog.get_logger(__name__)


class SchemaPool:
    """Transactions on the connections of a bounded pool, which sees one schema and survives restarts of the server.

    Args:
        url: the server and the database, as ``postgresql://…``.
        application: what Postgres calls the connections.
        schema: the search path.
        probe: a statement that succeeds once the schema is migrated.
        size: how many connections there are at most.
    """

    def __init__(self, url: str, *, application: str, schema: str, probe: str, size: int) -> None:
        self._url = url
        self._application = application
        self._schema = schema
        self._probe = probe
        self._size = size
        self._pool: asyncpg.Pool[Any] | None = None

    async def open(self) -> None:
        """Create the pool, which connects later: the service also starts without Postgres."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._size,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings={"application_name": self._application, "jit": "off", "search_path": self._schema},
        )

    async def close(self) -> None:
        """Close every connection at once."""
        if self._pool is not None:
            self._pool.terminate()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection whose changes are committed together at the end of the block, or none of them.

        Raises:
            UnavailableError: Postgres is away.
            asyncpg.PostgresError: any other error, such as a value that is taken.
        """
        assert self._pool is not None, "open() comes first"  # noqa: S101 - a mistake in wiring, not in data
        try:
            connection = await self._live_connection(self._pool)
            try:
                async with connection.transaction():
                    yield connection
            finally:
                await self._pool.release(connection)
        except AWAY as error:
            if not _is_outage(error):
                raise
            raise UnavailableError("The database does not answer. Try again in a moment.") from error

    async def check(self) -> str | None:
        """Health: None when the database answers and is migrated."""
        async with self.transaction() as connection:
            await connection.execute(self._probe)
        return None

    async def _live_connection(self, pool: "asyncpg.Pool[Any]") -> Connection:
        """A connection that answers: the server may have been restarted since it was put back."""
        for _ in range(self._size):
            connection = await pool.acquire(timeout=_CONNECT_SECONDS)
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    await connection.execute("SELECT 1")
            except AWAY:
                await pool.release(connection)  # the pool opens another in place of one that is closed
            else:
                return connection
        return await pool.acquire(timeout=_CONNECT_SECONDS)


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(_OUTAGES)
    return not isinstance(error, asyncpg.DataError | ValueError)


@dataclass(frozen=True)
class Listener:
    """Listens on channels of Postgres, and reconnects after each loss of the connection.

    Attributes:
        url: the server and the database, as ``postgresql://…``.
        channels: for each channel what takes the payload of a notification.
        connected: called each time that listening begins; notifications before that were missed.
        lost: called each time that listening ends.
    """

    url: str
    channels: Mapping[str, Callable[[str], None]]
    connected: Callable[[], None]
    lost: Callable[[], None] = lambda: None

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until ``stop`` is set."""
        while not stop.is_set():
            try:
                await self._listen(stop)
            except AWAY as error:
                _log.warning("listening_interrupted", error=repr(error))
                await wait_for(stop, _RETRY_SECONDS)

    async def _listen(self, stop: asyncio.Event) -> None:
        connection = await asyncpg.connect(self.url, timeout=_CONNECT_SECONDS, command_timeout=_PROBE_SECONDS)
        over = asyncio.Event()
        connection.add_termination_listener(lambda _: over.set())
        try:
            for channel in self.channels:
                await connection.add_listener(channel, self._notified)
            self.connected()
            while not (stop.is_set() or over.is_set()):
                await connection.execute("SELECT 1")  # a connection that died silently is noticed only by using it
                await wait_for_any(stop, over, seconds=_PROBE_SECONDS)
        finally:
            self.lost()
            connection.terminate()

    def _notified(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self.channels[channel](str(payload))
