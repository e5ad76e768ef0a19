"""The notifier's tables in Postgres: channels, conditions and deliveries, each statement a method.

An outage is an ``UnavailableError``; nothing is half written.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from infoscreen.common.errors import UnavailableError
from infoscreen.common.postgres import AWAY

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[Any]"
SCHEMA = "notifier"
_CONNECT_SECONDS = 3.0
_COMMAND_SECONDS = 10.0
_POOL_SIZE = 4


class Database:
    """A small pool of connections whose search path is the notifier's schema.

    Args:
        url: the server and the database, as ``postgresql://…``, with the notifier's role.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool[Any] | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction, which commits at the end of the block.

        Raises:
            UnavailableError: Postgres is away.
        """
        try:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=0,
                    max_size=_POOL_SIZE,
                    timeout=_CONNECT_SECONDS,
                    command_timeout=_COMMAND_SECONDS,
                    server_settings={"application_name": "notifier", "search_path": SCHEMA},
                )
            async with self._pool.acquire(timeout=_CONNECT_SECONDS) as connection, connection.transaction():
                yield connection
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError):
            raise
        except AWAY as error:
            raise UnavailableError("The database does not answer. Try again in a moment.") from error

    async def check(self) -> str | None:
        """Health: None when the database answers and is migrated."""
        async with self.transaction() as connection:
            await connection.fetch("SELECT id FROM channels LIMIT 1")
        return None

    async def close(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            self._pool.terminate()


@dataclass(frozen=True)
class Delivery:
    """A message on its way to a channel."""

    id: UUID
    channel_id: UUID
    kind: str
    target: str
    secret: str
    body: dict[str, Any]
    created_at: datetime
    attempts: int


async def claim_deliveries(
    connection: Connection, now: datetime, lease: timedelta, busy: Sequence[UUID]
) -> list[Delivery]:
    """The oldest delivery that is due of each channel, none of which another process takes for as long as the lease.

    Args:
        connection: in a transaction.
        now: the time.
        lease: longer than an attempt may take.
        busy: the channels that have one in hand.
    """
    rows = await connection.fetch(
        """
        WITH due AS (
            SELECT DISTINCT ON (channel_id) id FROM deliveries
            WHERE ended_at IS NULL AND channel_id <> ALL($3) ORDER BY channel_id, created_at, id
        ), taken AS (
            SELECT id FROM deliveries WHERE id IN (SELECT id FROM due) AND next_attempt_at <= $1
            FOR UPDATE SKIP LOCKED
        )
        UPDATE deliveries d SET next_attempt_at = $1 + $2::interval
        FROM channels c WHERE d.id IN (SELECT id FROM taken) AND c.id = d.channel_id
        RETURNING d.id, d.channel_id, c.kind, c.target, c.secret, d.body, d.created_at, d.attempts
        """,
        now,
        lease,
        list(busy),
    )
    return [Delivery(**{**row, "body": json.loads(row["body"])}) for row in rows]
