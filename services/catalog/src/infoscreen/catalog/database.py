"""The connection to Postgres: it survives the server's restarts, and says in one way that the server is away."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.common.errors import UnavailableError

_CONNECT_SECONDS = 3.0
_COMMAND_SECONDS = 15.0
_POOL_SIZE = 8
_POOL_WAIT_SECONDS = 5.0

# Classes of SQLSTATE that blame the data of a statement: data exception, integrity violation.
_DATA_TROUBLE = ("22", "23")


def asyncpg_url(url: str) -> str:
    """The URL with SQLAlchemy's name for the driver."""
    return "postgresql+asyncpg://" + url.split("://", 1)[1]


def create_engine(url: str, *, search_path: str = "public", command_seconds: float = _COMMAND_SECONDS) -> AsyncEngine:
    """An engine with a bounded pool, whose connections are tried before each use."""
    return create_async_engine(
        asyncpg_url(url),
        pool_size=_POOL_SIZE,
        max_overflow=0,
        pool_timeout=_POOL_WAIT_SECONDS,
        pool_pre_ping=True,
        connect_args={
            "timeout": _CONNECT_SECONDS,
            "command_timeout": command_seconds,
            "server_settings": {"application_name": "catalog", "search_path": search_path, "jit": "off"},
        },
    )


def blames_data(error: BaseException) -> bool:
    """True where a statement failed for what it was given, so that doing it again would fail again."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    if isinstance(error.orig.__cause__, asyncpg.DataError | ValueError):
        return True
    return str(getattr(error.orig, "sqlstate", "") or "").startswith(_DATA_TROUBLE)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn every way in which Postgres can be away into ``UnavailableError``."""
    try:
        yield
    except DBAPIError as error:
        if not error.connection_invalidated and not isinstance(error, OperationalError | InterfaceError):
            state = str(getattr(error.orig, "sqlstate", "") or "")
            if state and not state.startswith(("08", "53", "57")):
                raise
        raise UnavailableError("The database does not answer. Try again in a moment.") from error
    except (PoolTimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise UnavailableError("The database does not answer. Try again in a moment.") from error


class Database:
    """Sessions for one use case each.

    Args:
        engine: where to.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for reading.

        Raises:
            UnavailableError: Postgres is away.
        """
        with translated_errors():
            async with AsyncSession(self.engine, expire_on_commit=False, autoflush=False) as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session whose changes are committed together at the end of the block, or not at all.

        Raises:
            UnavailableError: Postgres is away.
        """
        async with self.read() as session, session.begin():
            yield session

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """A connection of one's own, for advisory locks; it is not given back to the pool."""
        with translated_errors():
            async with self.engine.connect() as connection:
                try:
                    yield connection
                finally:
                    await connection.invalidate()

    async def check(self) -> str | None:
        """Health: None when the database answers."""
        async with self.read() as session:
            await (await session.connection()).exec_driver_sql("SELECT 1")
        return None

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
