"""What the gateway reads in Postgres: the catalog's published view, with a role that can do nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import MediaUploaded

_CONNECT_SECONDS = 2.0
_COMMAND_SECONDS = 5.0
_POOL_SIZE = 8


@dataclass(frozen=True, slots=True)
class MediaState:
    """A row of ``player_view``: a medium as it is to be shown now."""

    media_id: UUID
    generation: int
    filename: str
    media_type: str
    sha256: str
    size_bytes: int
    object_key: str
    status: str
    priority: str | None = None
    requested_sequence: int | None = None
    started_at: datetime | None = None
    reason: str | None = None
    message: str | None = None
    retryable: bool | None = None
    pdf_key: str | None = None
    pdf_sha256: str | None = None
    pdf_size_bytes: int | None = None
    pages: int | None = None
    thumbnail_key: str | None = None

    @property
    def under_way(self) -> bool:
        """True while there is nothing to show yet."""
        return self.status in ("pending", "processing")

    @classmethod
    def of_upload(cls, event: MediaUploaded, generation: int) -> "MediaState":
        """An upload that the catalog has not projected yet."""
        return cls(
            event.media_id,
            generation,
            event.filename,
            event.media_type,
            event.sha256,
            event.size_bytes,
            event.object_key,
            "pending" if event.convertible else "not_needed",
        )


_COLUMNS = ", ".join(field.name for field in fields(MediaState))
_BY_ID = f"SELECT {_COLUMNS} FROM player_view WHERE media_id = $1"  # noqa: S608 - our own names
_BY_KEY = f"SELECT {_COLUMNS} FROM player_view WHERE pdf_key = $1 OR thumbnail_key = $1"  # noqa: S608 - as above

AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""How asyncpg says that Postgres is away."""


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn every way in which Postgres can be away into ``UnavailableError``."""
    try:
        yield
    except AWAY as error:
        raise UnavailableError("The database does not answer. Try again in a moment.") from error


class PlayerView:
    """Reads the view through a bounded pool that survives the server's restarts.

    Every method raises ``UnavailableError`` when Postgres is away.
    """

    def __init__(self, url: str) -> None:
        self._pool: asyncpg.Pool[Any] = asyncpg.create_pool(
            url,
            min_size=0,  # so that the gateway starts, and serves what it can, without Postgres
            max_size=_POOL_SIZE,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings={"application_name": "player-gateway", "jit": "off"},
        )

    async def open(self) -> None:
        """Get ready; connects to nothing yet."""
        await self._pool

    async def close(self) -> None:
        """Close every connection at once."""
        self._pool.terminate()

    async def media(self, media_id: UUID) -> MediaState | None:
        """A medium as it is now, or None."""
        row = await self._row(_BY_ID, media_id)
        return MediaState(*row.values()) if row else None

    async def media_with(self, object_key: str) -> MediaState | None:
        """A medium whose current PDF or thumbnail is this object, or None."""
        row = await self._row(_BY_KEY, object_key)
        return MediaState(*row.values()) if row else None

    async def check(self) -> str | None:
        """Health: None when the database answers."""
        await self._row("SELECT 1")
        return None

    async def _row(self, query: str, *arguments: object) -> Any:
        """One row; a connection that turns out dead is replaced once."""
        with translated_errors():
            try:
                return await self._query(query, *arguments)
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, ConnectionError):
                return await self._query(query, *arguments)

    async def _query(self, query: str, *arguments: object) -> Any:
        async with asyncio.timeout(_COMMAND_SECONDS), self._acquired() as connection:
            return await connection.fetchrow(query, *arguments)

    @asynccontextmanager
    async def _acquired(self) -> AsyncIterator[Any]:
        async with self._pool.acquire(timeout=_CONNECT_SECONDS) as connection:
            yield connection
