"""Postgres as accounts uses it: short transactions of a bounded pool, with a role that has this one schema only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg

from infoscreen.common.errors import UnavailableError
from infoscreen.common.postgres import AWAY

SCHEMA = "accounts"
ROLE = "infoscreen_accounts"

_CONNECT_SECONDS = 3.0
_COMMAND_SECONDS = 10.0
_POOL_SIZE = 8

# SQLSTATEs, or classes of them, that stand for the server's state: connection, transaction rollback, resources,
# operator intervention; and a missing schema or table, which the migration job adds.
_OUTAGES = ("08", "40", "53", "55", "57", "3F000", "42P01", "28")

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Any]"


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(_OUTAGES)
    return not isinstance(error, asyncpg.DataError | ValueError)


class Database:
    """Transactions of a bounded pool that survives restarts of the server.

    Args:
        url: the server and the database, as ``postgresql://…``.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool[Any] | None = None

    async def open(self) -> None:
        """Create the pool, which connects later: the service also starts without Postgres."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=_POOL_SIZE,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings={"application_name": "accounts", "jit": "off", "search_path": SCHEMA},
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
            await connection.execute("SELECT FROM account LIMIT 0")
        return None

    @staticmethod
    async def _live_connection(pool: "asyncpg.Pool[Any]") -> Connection:
        """A connection that answers: the server may have been restarted since it was put back."""
        for _ in range(_POOL_SIZE):
            connection = await pool.acquire(timeout=_CONNECT_SECONDS)
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    await connection.execute("SELECT 1")
            except AWAY:
                await pool.release(connection)  # the pool opens another in place of one that is closed
            else:
                return connection
        return await pool.acquire(timeout=_CONNECT_SECONDS)
