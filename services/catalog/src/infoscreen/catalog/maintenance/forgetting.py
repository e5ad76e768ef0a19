"""Forgets media that were deleted long ago: their originals, then their facts, then their rows.

Each step can be repeated, and a run that dies between two of them is finished by the next one. A rebuild from what the
stream then holds gives the rows that are there:

- Only facts that the tables have applied are purged, and a medium's uploads before all its other facts.
- Rows go only while the projector is held up, and only of media of which the stream's leader has no fact any more.
- No rebuild runs beside it: one that had read an upload could miss the deletion.
"""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from infoscreen.catalog.database import Database, DatabaseConnection
from infoscreen.catalog.maintenance.rebuild import REBUILD_LOCK
from infoscreen.catalog.projection.store import read_offset
from infoscreen.common.messaging.fact_purge import FactPurge
from infoscreen.common.object_keys import ORIGINALS
from infoscreen.common.object_store import ObjectStore

_BATCH_MEDIA = 50
_NONE_BEFORE = UUID(int=0)
_DUE = """
    SELECT id FROM media_files WHERE deleted_at < $1 AND id > $2 ORDER BY id LIMIT $3
"""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Forgetting:
    """Forgets deleted media."""

    database: Database
    store: ObjectStore
    facts: FactPurge

    async def forget(self, now: datetime, grace: timedelta, keep: AbstractSet[UUID]) -> int:
        """Forget every medium that was deleted before the grace, and return how many.

        Args:
            now: the time.
            grace: longer than any outage after which a client resumes; the duplicate window at least.
            keep: media that have a parked upload.

        Raises:
            UnavailableError: Postgres, NATS or the object store is away; the next run goes on.
        """
        async with self.database.connection() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", REBUILD_LOCK):
                return 0
            least_grace = await self.facts.least_grace()
            if least_grace is None:
                _log.warning("stream_denies_purge", remedy="docs/how-to/back-up-and-restore.md")
                return 0
            deleted_before, forgotten, last = now - max(grace, least_grace), 0, _NONE_BEFORE
            while True:
                offset = await read_offset(connection)  # before the media are: they were deleted by then
                rows = await connection.fetch(_DUE, deleted_before, last, _BATCH_MEDIA)
                if not rows:
                    return forgotten
                due, last = [row[0] for row in rows if row[0] not in keep], rows[-1][0]
                forgotten += await self._forget(connection, due, offset)

    async def _forget(self, connection: DatabaseConnection, media_ids: Sequence[UUID], offset: int) -> int:
        for media_id in media_ids:
            async for item in self.store.walk(f"{ORIGINALS}{media_id}/"):
                await self.store.delete(item.key)
            await self.facts.purge(media_id, before=offset + 1)
        async with connection.transaction():
            await connection.execute("SELECT sequence FROM projection_offset FOR UPDATE")
            gone = [media_id for media_id in media_ids if not await self.facts.has_facts(media_id)]
            await _delete_rows(connection, gone)
        return len(gone)


async def _delete_rows(connection: DatabaseConnection, media_ids: Collection[UUID]) -> None:
    """Delete the rows of media, those of conversions with them."""
    await connection.execute("DELETE FROM media_events WHERE media_id = ANY($1)", media_ids)
    await connection.execute("DELETE FROM media_files WHERE id = ANY($1)", media_ids)
