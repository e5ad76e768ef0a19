"""Projects credentials from the database into the access bucket: the one way in which what a person may do changes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

import structlog

from infoscreen.accounts.database import Database
from infoscreen.accounts.roles import lesser
from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging.access import AccessBucket, AccessEntry
from infoscreen.common.postgres import Connection
from infoscreen.common.roles import Role
from infoscreen.common.waiting import wait_for

_SYNC_LOCK = 0x696E666F_00000004
"""Changes share it; the comparison of everything has it alone, so that it sees no change half done."""

_ENTRIES = """
SELECT c.digest, c.scope, c.expires_at, a.id, a.role FROM credential c JOIN account a ON a.id = c.account_id
WHERE a.disabled_at IS NULL AND c.expires_at > now() AND ($1::uuid IS NULL OR a.id = $1)
"""

_NO_CHANGE: Mapping[str, None] = {"0" * 64: None}
"""Forgets a credential that never was, so that each comparison also tells whether the bucket can be written."""

_log = structlog.get_logger(__name__)


class Projection:
    """Keeps the access bucket as the database says."""

    def __init__(self, database: Database, bucket: AccessBucket) -> None:
        self._database = database
        self._bucket = bucket
        self._trouble: str | None = None

    @asynccontextmanager
    async def change(self, account_id: UUID) -> AsyncIterator[Connection]:
        """A transaction that changes an account or its credentials. It commits once the bucket says the same.

        Raises:
            UnavailableError: Postgres or NATS is away; nothing was changed, or ``sync`` takes it back.
        """
        async with self._database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", _SYNC_LOCK)
            await connection.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", account_id)
            before = await _entries(connection, account_id)
            yield connection
            await self._bucket.write(_changes(before, await _entries(connection, account_id)))

    async def sync(self) -> int:
        """Make the bucket what the database says, and forget what has expired; returns how many entries differed.

        Raises:
            UnavailableError: Postgres or NATS is away.
        """
        async with self._database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _SYNC_LOCK)
            await connection.execute("DELETE FROM credential WHERE expires_at <= now()")
            await connection.execute("DELETE FROM invite WHERE expires_at <= now() - interval '30 days'")
            changes = _changes(await self._bucket.all(), await _entries(connection, None))
            await self._bucket.write(changes or _NO_CHANGE)
        return len(changes)

    async def run(self, interval_seconds: float, stop: asyncio.Event) -> None:
        """Compare at the start and every so often: after a crash in between, or with a bucket that was made anew."""
        while not stop.is_set():
            try:
                if count := await self.sync():
                    _log.info("access_synced", changed=count)
                self._trouble = None
            except UnavailableError as error:
                self._trouble = str(error)
                _log.warning("access_not_synced", error=str(error))
            await wait_for(stop, interval_seconds)

    async def check(self) -> str | None:
        """Health: None where the last comparison went well, so that the bucket could be read and written."""
        return self._trouble


async def _entries(connection: Connection, account_id: UUID | None) -> dict[str, AccessEntry]:
    return {
        row["digest"]: AccessEntry(
            account_id=row["id"], role=lesser(Role(row["scope"]), Role(row["role"])), expires_at=row["expires_at"]
        )
        for row in await connection.fetch(_ENTRIES, account_id)
    }


def _changes(
    before: Mapping[str, AccessEntry | None], after: Mapping[str, AccessEntry]
) -> dict[str, AccessEntry | None]:
    removed = dict.fromkeys(before.keys() - after.keys())
    return {**removed, **{digest: entry for digest, entry in after.items() if before.get(digest) != entry}}
