"""Reads the catalog's published view and calls its functions, with a role that may do nothing else."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.postgres import AWAY
from infoscreen.common.read_model import (
    PLAYER_ENROL,
    PLAYER_HINTS,
    PLAYER_PROGRAMME,
    PLAYER_REPORT,
    PLAYER_SCREEN,
    PLAYER_SEEN,
    PLAYER_SNAPSHOT_GET,
    PLAYER_SNAPSHOT_PUT,
    PLAYER_SNAPSHOT_WANT,
    PLAYER_TYPICAL,
    PLAYER_VIEW,
)
from infoscreen.player_gateway.estimates import OpenConversion, Workload
from infoscreen.player_gateway.hints import Hints
from infoscreen.player_gateway.media_state import COLUMNS, MediaState
from infoscreen.player_gateway.observability import QUERIES
from infoscreen.player_gateway.players import PlayerState
from infoscreen.player_gateway.programme import Programme, Screen
from infoscreen.player_gateway.snapshots import Picture, Snapshot

_CONNECT_SECONDS = 2.0
_COMMAND_SECONDS = 5.0
_POOL_SIZE = 8

# The columns, the view and the functions are names of ours, so nothing foreign gets into these statements.
_BY_ID = f"SELECT {COLUMNS} FROM {PLAYER_VIEW} WHERE media_id = $1"  # noqa: S608 - see above
_BY_KEY = f"""
SELECT {COLUMNS} FROM {PLAYER_VIEW} WHERE pdf_key = $1
UNION ALL SELECT {COLUMNS} FROM {PLAYER_VIEW} WHERE thumbnail_key = $1
"""  # noqa: S608 - see above; one index a branch
_NEWEST = f"SELECT {COLUMNS} FROM {PLAYER_VIEW} ORDER BY media_id DESC LIMIT $1"  # noqa: S608 - see above
_OPEN = f"""
SELECT priority, requested_sequence, conversion_status::text AS status FROM {PLAYER_VIEW}
WHERE conversion_id IS NOT NULL AND conversion_status IN ('pending', 'processing') AND finished_at IS NULL
ORDER BY requested_sequence LIMIT 5000
"""  # noqa: S608 - see above
TYPICAL = f"SELECT {PLAYER_TYPICAL}()"
_PLAYER = f"SELECT player_id, name, revoked, group_id, screen FROM {PLAYER_SCREEN}($1)"  # noqa: S608 - see above
_HINTS = f"SELECT token_hint, code_hint FROM {PLAYER_HINTS}()"  # noqa: S608 - see above
_ENROL = f"SELECT name FROM {PLAYER_ENROL}($1, $2)"  # noqa: S608 - see above
_SNAPSHOT = f"SELECT taken_at, media_type, picture FROM {PLAYER_SNAPSHOT_GET}($1)"  # noqa: S608 - see above

_DEAD_CONNECTION = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn every way in which Postgres can be away into ``UnavailableError``."""
    try:
        yield
    except AWAY as error:
        raise UnavailableError("The database does not answer. Try again in a moment.") from error


class CatalogDatabase:
    """Asks through a bounded pool that survives the server's restarts.

    Every method raises ``UnavailableError`` when Postgres is away.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool[Any] | None = None
        self._reached = False

    async def open(self) -> None:
        """Create the pool, which connects later: the gateway also starts without Postgres."""
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=_POOL_SIZE,
            timeout=_CONNECT_SECONDS,
            command_timeout=_COMMAND_SECONDS,
            server_settings={"application_name": "player-gateway", "jit": "off"},
        )

    async def close(self) -> None:
        """Close every connection at once."""
        if self._pool is not None:
            self._pool.terminate()

    async def media(self, media_id: UUID) -> MediaState | None:
        """A medium as it is now, or None."""
        rows = await self._fetch(_BY_ID, media_id)
        return MediaState(**rows[0]) if rows else None

    async def media_with(self, object_key: str) -> list[MediaState]:
        """The media whose current PDF or thumbnail is this object; the same bytes may be several media."""
        return [MediaState(**row) for row in await self._fetch(_BY_KEY, object_key)]

    async def newest(self, limit: int) -> list[MediaState]:
        """The newest media."""
        return [MediaState(**row) for row in await self._fetch(_NEWEST, limit)]

    async def workload(self) -> Workload:
        """The open conversions, and how long one takes."""
        open_conversions = [OpenConversion(**row) for row in await self._fetch(_OPEN)]
        return Workload(open_conversions, (await self._fetch(TYPICAL))[0][0])

    async def player(self, token_sha256: str) -> PlayerState | None:
        """The player with this token, or None."""
        rows = await self._fetch(_PLAYER, token_sha256)
        if not rows:
            return None
        player_id, name, revoked, group_id, screen = rows[0]
        return PlayerState(player_id, name, revoked, group_id, Screen.model_validate_json(screen))

    async def programme(self, group_id: UUID | None) -> Programme:
        """What the screens of a group share, or with None those in no group."""
        return Programme.model_validate_json((await self._fetch(f"SELECT {PLAYER_PROGRAMME}($1)", group_id))[0][0])

    async def hints(self) -> Hints:
        """The beginnings of the digests of all tokens and outstanding codes."""
        rows = await self._fetch(_HINTS)
        return Hints(frozenset(row[0] for row in rows), frozenset(row[1] for row in rows if row[1]))

    async def enrol(self, code_sha256: str, token_sha256: str) -> str | None:
        """Exchange a code for a token; the player's name, or None where the code is not good (any more)."""
        rows = await self._fetch(_ENROL, code_sha256, token_sha256)
        return rows[0]["name"] if rows else None

    async def report(self, player_id: UUID, report: str) -> None:
        """Store a player's report about itself, as JSON."""
        await self._fetch(f"SELECT {PLAYER_REPORT}($1, $2)", player_id, report)

    async def seen(self, player_ids: list[UUID]) -> None:
        """Note that players sent a request."""
        await self._fetch(f"SELECT {PLAYER_SEEN}($1)", player_ids)

    async def put_snapshot(self, player_id: UUID, picture: Picture) -> None:
        """Keep a player's picture in place of the one before."""
        await self._fetch(f"SELECT {PLAYER_SNAPSHOT_PUT}($1, $2, $3)", player_id, picture.media_type, picture.content)

    async def snapshot(self, player_id: UUID) -> Snapshot | None:
        """A player's last picture, or None.

        Raises:
            NotFoundError: there is no such player.
        """
        rows = await self._fetch(_SNAPSHOT, player_id)
        if not rows:
            raise NotFoundError(f"There is no player {player_id}.")
        taken_at, media_type, content = rows[0]
        return Snapshot(taken_at, Picture(content, media_type)) if content else None

    async def want_snapshots(self, player_id: UUID, until: datetime) -> None:
        """Ask a player for pictures until then."""
        await self._fetch(f"SELECT {PLAYER_SNAPSHOT_WANT}($1, $2)", player_id, until)

    async def check(self) -> str | None:
        """Health: None when the database answers and is migrated."""
        await self._fetch(f"SELECT FROM {PLAYER_VIEW} LIMIT 0")
        return None

    async def check_first_contact(self) -> str | None:
        """Readiness: None once the database has answered, be it away again since."""
        if not self._reached:
            await self.check()
        return None

    async def _fetch(self, query: str, *arguments: object) -> list[Any]:
        """Rows; a connection that turns out to be dead is replaced once."""
        with translated_errors():
            try:
                return await self._query(query, *arguments)
            except _DEAD_CONNECTION:
                return await self._query(query, *arguments)

    async def _query(self, query: str, *arguments: object) -> list[Any]:
        assert self._pool is not None, "open() comes first"  # noqa: S101 - a mistake in wiring, not in data
        async with asyncio.timeout(_COMMAND_SECONDS), self._pool.acquire(timeout=_CONNECT_SECONDS) as connection:
            rows: list[Any] = await connection.fetch(query, *arguments)
            self._reached = True
            QUERIES.inc()
            return rows
