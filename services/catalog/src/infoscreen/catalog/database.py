"""The connections to Postgres: they survive restarts of the server, and report every outage as ``UnavailableError``."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.common.errors import UnavailableError
from infoscreen.common.postgres import AWAY

DatabaseConnection: TypeAlias = "asyncpg.Connection[Any]"
"""The driver's connection, for work on many rows."""

_CONNECT_SECONDS = 3.0
_COMMAND_SECONDS = 10.0
_LONG_COMMAND_SECONDS = 120.0
_POOL_SIZE = 8
_POOL_WAIT_SECONDS = 5.0
_SERVER_SETTINGS = {"application_name": "catalog", "jit": "off"}  # compilation takes longer than these queries

# SQLSTATEs, or classes of them, that stand for the server's state: connection, transaction rollback, resources,
# operator intervention; and a missing table or column, which the migration job adds.
_OUTAGES = ("08", "40", "53", "55", "57", "42P01", "42703")


def asyncpg_url(url: str) -> str:
    """The URL with SQLAlchemy's name for the driver."""
    return "postgresql+asyncpg://" + url.split("://", 1)[1]


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, DBAPIError):
        if error.connection_invalidated or error.orig is None:
            return True
        state = getattr(error.orig, "sqlstate", None)
        cause = error.orig.__cause__
        return state.startswith(_OUTAGES) if state else not isinstance(cause, asyncpg.DataError)
    if isinstance(error, asyncpg.PostgresError):
        return str(error.sqlstate or "").startswith(_OUTAGES)
    return not isinstance(error, asyncpg.DataError)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn every error of an outage into ``UnavailableError``; other errors pass unchanged."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, *AWAY) as error:
        if not _is_outage(error):
            raise
        raise UnavailableError("The database does not answer. Try again in a moment.") from error


class Database:
    """Sessions of a bounded pool for requests, and separate connections for long work.

    Args:
        url: the server and the database, as ``postgresql://…``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = create_async_engine(
            asyncpg_url(url),
            pool_size=_POOL_SIZE,
            max_overflow=0,
            pool_timeout=_POOL_WAIT_SECONDS,
            pool_pre_ping=True,  # the server may have been restarted since
            connect_args={
                "timeout": _CONNECT_SECONDS,
                "command_timeout": _COMMAND_SECONDS,
                "server_settings": _SERVER_SETTINGS,
            },
        )

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a session for reading.

        Raises:
            UnavailableError: Postgres is away.
        """
        with translated_errors():
            async with AsyncSession(self._engine, expire_on_commit=False, autoflush=False) as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a session that commits its changes together at the end of the block, or none of them.

        Raises:
            UnavailableError: Postgres is away.
        """
        async with self.read() as session, session.begin():
            yield session

    @asynccontextmanager
    async def connection(self, search_path: str = "public") -> AsyncIterator[DatabaseConnection]:
        """Open a connection outside the pool, for work that holds a lock or writes many rows.

        Its commits do not wait for the disk. A crash of Postgres takes lost rows and their offset back together, so the
        projection applies them again from the stream.

        Raises:
            UnavailableError: Postgres is away, at the start or within the block.
        """
        with translated_errors():
            connection = await asyncpg.connect(
                self.url,
                timeout=_CONNECT_SECONDS,
                command_timeout=_LONG_COMMAND_SECONDS,
                server_settings=_SERVER_SETTINGS | {"search_path": search_path, "synchronous_commit": "off"},
            )
            try:
                yield connection
            finally:
                connection.terminate()  # this frees its locks; a clean close would wait for a server that is away

    async def check(self) -> str | None:
        """Check the health: return None when the database answers and is migrated."""
        async with self.read() as session:
            await (await session.connection()).exec_driver_sql("SELECT sequence FROM projection_offset")
        return None

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
