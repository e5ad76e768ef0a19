"""Removes originals of deleted media and of versions that are not kept; ingest removes those that no event names.

The store's listing and the rows are walked side by side, in the order of the media's ids.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.sorted_groups import side_by_side
from infoscreen.catalog.media.versions import KeptVersions
from infoscreen.catalog.models import MediaFile
from infoscreen.catalog.observability import COLLECTED
from infoscreen.common.clock import Clock
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.object_keys import ORIGINALS, medium_of_original
from infoscreen.common.object_store import ObjectStore, StoredObject

_BATCH_OBJECTS = 200
_FETCHED_ROWS = 500


@dataclass(frozen=True)
class OriginalObjects:
    """The uploaded files, beside the media that they belong to."""

    database: Database
    store: ObjectStore
    media: MediaLog
    versions: KeptVersions
    clock: Clock

    async def remove_outdated(self, old_before: datetime, parked: AbstractSet[UUID]) -> int:
        """Walk everything once, remove outdated originals from before a time, and return how many.

        A medium with a parked upload keeps every original: which one is current is not decided yet.

        Raises:
            UnavailableError: Postgres or the object store is away.
        """
        removed, candidates = 0, list[StoredObject]()
        async with self.database.read() as session:
            query = select(MediaFile.id).order_by(col(MediaFile.id))
            known = await session.stream_scalars(query.execution_options(yield_per=_FETCHED_ROWS))
            objects = self.store.walk(ORIGINALS)
            async for _, stored, media in side_by_side(objects, _folder_of, known, str):
                if media and media[0] not in parked:
                    candidates += [item for item in stored if item.is_older(old_before)]
                if len(candidates) >= _BATCH_OBJECTS:
                    removed += await self._remove(candidates)
                    candidates.clear()
        return removed + await self._remove(candidates)

    async def _remove(self, candidates: Sequence[StoredObject]) -> int:
        if not candidates:
            return 0
        media = {medium_of_original(item.key) for item in candidates}
        query = select(MediaFile.id, MediaFile.object_key, MediaFile.deleted_at).where(col(MediaFile.id).in_(media))
        async with self.database.read() as session:
            rows = (await session.exec(query)).all()
        current = {media_id: key for media_id, key, deleted_at in rows if deleted_at is None}
        outdated = [item for item in candidates if item.key not in current.values()]
        for media_id in current.keys() & {medium_of_original(item.key) for item in outdated}:
            kept = await self._kept(media_id)
            outdated = [item for item in outdated if item.key not in kept]
        for item in outdated:
            await self.store.delete(item.key)
            COLLECTED.labels("originals").inc()
        return len(outdated)

    async def _kept(self, media_id: UUID) -> set[str]:
        generations = await self.media.generations(media_id)
        return {kept.upload.object_key for kept in self.versions.of(generations, self.clock())}


def _folder_of(item: StoredObject) -> str:
    media_id = medium_of_original(item.key)
    return str(media_id) if media_id else item.key
