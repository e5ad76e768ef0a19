"""The clean-up: it requests missing renditions again, and deletes objects that no row refers to.

Only events change rows, so a rebuild gives the same rows. The clean-up deletes an object only after a grace period that
is far longer than a service needs to publish a reference to it, and only by complete tables: it lists the outbox, reads
the end of the stream, and waits until the projection has reached that. An upload that has left the outbox by then is in
the stream, and so in the tables.
"""

import asyncio
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlmodel import col, select

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.repeated_request import PUBLISH_SECONDS, repeated_request
from infoscreen.catalog.media.versions import KeptVersions
from infoscreen.catalog.models import Conversion, MediaFile
from infoscreen.catalog.observability import COLLECTED, MISSING
from infoscreen.catalog.programme.models import PlayedItem
from infoscreen.catalog.projection.catch_up import CatchUp
from infoscreen.common.clock import Clock
from infoscreen.common.conversion_options import DEFAULT_PROFILE
from infoscreen.common.events import EventPublisher, MediaDeleted, RequestReason, event_id
from infoscreen.common.events.medium_state import MediumState
from infoscreen.common.events.publishing import OutdatedError
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.object_keys import CONVERTED, ORIGINALS, OUTBOX, medium_of_original, parked_media
from infoscreen.common.object_store import ObjectStore, StoredObject
from infoscreen.common.rendition import PDF_TARGET, PREVIEW_TARGET, rendition_key
from infoscreen.common.waiting import wait_for

_log = structlog.get_logger(__name__)
RETENTION = "retention"


@dataclass(frozen=True)
class Retention:
    """How long failed uploads, objects without a reference, earlier versions, the trash, and proof of play are kept."""

    failed: timedelta
    orphans: timedelta
    trash: timedelta = timedelta(days=30)
    plays: timedelta = timedelta(days=400)
    versions: KeptVersions = field(default_factory=KeptVersions)


@dataclass
class CleanupSummary:
    """The counts of one clean-up."""

    failed_deleted: int = 0
    trash_deleted: int = 0
    plays_forgotten: int = 0
    renditions_requested: int = 0
    originals_removed: int = 0
    converted_removed: int = 0


@dataclass(frozen=True)
class Cleanup:
    """The scheduled clean-up, which `python -m infoscreen.catalog cleanup` runs at once."""

    database: Database
    store: ObjectStore
    renditions: RenditionRegistry
    publisher: EventPublisher
    media: MediaLog
    catch_up: CatchUp
    retention: Retention
    clock: Clock
    interval_seconds: float

    async def run(self, stop: asyncio.Event) -> None:
        """Clean up on a schedule until ``stop`` is set."""
        while not await wait_for(stop, self.interval_seconds):
            await self.clean()

    async def clean(self) -> CleanupSummary:
        """Run every step once. The next run finishes what an error interrupts.

        Raises:
            UnavailableError: Postgres, NATS or the object store is away, or the projection is far behind.
        """
        summary = CleanupSummary()
        summary.failed_deleted = await self._delete_failed()
        summary.trash_deleted = await self._empty_trash()
        summary.plays_forgotten = await self._forget_plays()
        expected = await self._with_rendition()
        converted = await self.store.list(CONVERTED)
        summary.renditions_requested = await self._request_missing(expected, {item.key for item in converted})
        parked = parked_media(item.key for item in await self.store.list(OUTBOX))
        await self.catch_up.to_end_of_stream()
        summary.converted_removed = await self._collect_converted(converted)
        summary.originals_removed = await self._collect_originals(await self.store.list(ORIGINALS), parked)
        _log.info("cleaned_up", **asdict(summary))
        return summary

    async def _delete_failed(self) -> int:
        """Delete uploads that failed before the retention, unless the stream holds a newer generation of them."""
        query = (
            select(MediaFile.id, MediaFile.generation)
            .join(Conversion, col(Conversion.source_file_id) == col(MediaFile.id))
            .where(
                MediaFile.is_there(),  # what is in the trash has the time of the trash
                col(Conversion.file_hash) == col(MediaFile.sha256),
                col(Conversion.status) == ConversionStatus.FAILED,
                col(Conversion.pdf_key).is_(None),  # or it is shown as another profile
                col(Conversion.finished_at) < self.clock() - self.retention.failed,
            )
        )
        async with self.database.read() as session:
            failed = (await session.exec(query)).all()
        deleted = 0
        for media_id, generation in failed:
            state = await self.media.state(media_id)
            if state.exists and state.generation == generation:
                deleted += await self._delete(media_id, state)
        return deleted

    async def _empty_trash(self) -> int:
        """Delete what has been in the trash for its time, unless it is restored at the same moment."""
        oldest = self.clock() - self.retention.trash
        query = select(MediaFile.id).where(col(MediaFile.deleted_at).is_(None), col(MediaFile.trashed_at) <= oldest)
        async with self.database.read() as session:
            over = (await session.exec(query)).all()
        deleted = 0
        for media_id in over:
            state = await self.media.state(media_id)  # the tables may not know yet that it went out and in again
            if state.trashed_at is not None and state.trashed_at <= oldest:
                deleted += await self._delete(media_id, state)
        return deleted

    async def _delete(self, media_id: UUID, state: MediumState) -> bool:
        """Delete a medium in this state; return False where another fact came first."""
        event = MediaDeleted(media_id=media_id, deleted_by=RETENTION, generation=state.generation)
        identity = event_id(event.type, media_id, state.last_sequence)
        try:
            await self.publisher.publish(event, identity, after=state.last_sequence, deadline_seconds=PUBLISH_SECONDS)
        except OutdatedError:
            _log.info("deletion_overtaken", media_id=str(media_id))
            return False
        return True

    async def _forget_plays(self) -> int:
        oldest = (self.clock() - self.retention.plays).date()
        async with self.database.write() as session:
            forgotten = await session.exec(delete(PlayedItem).where(col(PlayedItem.day) < oldest))
        return forgotten.rowcount

    async def _with_rendition(self) -> list[Conversion]:
        async with self.database.read() as session:
            query = select(Conversion).where(
                col(Conversion.status) != ConversionStatus.OBSOLETE, col(Conversion.pdf_key).is_not(None)
            )
            return list((await session.exec(query)).all())

    async def _request_missing(self, expected: Iterable[Conversion], stored: set[str]) -> int:
        """Forget each rendition whose object is gone, and request it again.

        A listing is no proof: SeaweedFS was seen to leave out objects that it serves, after its disk had been full.
        """
        unlisted = [row for row in expected if not stored.issuperset(row.object_keys)]
        missing = [row for row in unlisted if not await self._is_stored(row)]
        for row in missing:
            key = rendition_key(row.file_hash, row.target_format, row.shown_profile or row.profile)
            await self.renditions.forget(key, row.pdf_key or "")
            event = repeated_request(row, RequestReason.RENDITION_MISSING)
            identity = event_id(event.type, event.media_id, event.reason, row.generation, row.requested_sequence)
            await self.publisher.publish(event, identity, deadline_seconds=PUBLISH_SECONDS)
            MISSING.labels("converted").inc()
            _log.warning("rendition_missing", media_id=str(row.source_file_id), key=row.pdf_key)
        return len(missing)

    async def _is_stored(self, row: Conversion) -> bool:
        return all([await self.store.stat(key) for key in row.object_keys])

    async def _collect_converted(self, stored: Iterable[StoredObject]) -> int:
        """Remove PDFs, thumbnails and reports that no conversion refers to and that no current upload could reuse."""
        referenced = {key for row in await self._with_rendition() for key in row.object_keys}
        async with self.database.read() as session:
            query = select(MediaFile.sha256).where(col(MediaFile.deleted_at).is_(None))
            hashes = set((await session.exec(query)).all())
        removed = 0
        for item in self._old(stored):
            file_hash = item.key.removeprefix(CONVERTED).partition("/")[0]
            if item.key in referenced or not await self._is_orphan(item.key, file_hash, in_use=file_hash in hashes):
                continue
            await self.store.delete(item.key)
            COLLECTED.labels("converted").inc()
            removed += 1
        return removed

    async def _is_orphan(self, key: str, file_hash: str, *, in_use: bool) -> bool:
        """Return False for the registered rendition of bytes in use; forget the registered rendition of other bytes.

        A rendition that was made with options is kept only while a conversion refers to it.
        """
        for target_format in (PDF_TARGET, PREVIEW_TARGET):
            entry = rendition_key(file_hash, target_format, DEFAULT_PROFILE)
            registered = await self.renditions.find(entry)
            if registered is not None and key in registered.object_keys:
                break
        else:
            return True
        if in_use:
            return False
        await self.renditions.forget(entry, registered.pdf_key)
        return True

    async def _collect_originals(self, stored: Iterable[StoredObject], parked: AbstractSet[UUID]) -> int:
        """Remove originals of deleted media and of versions that are not kept; ingest collects those of no event.

        A medium with a parked upload keeps every original: which one is current is not decided yet.
        """
        async with self.database.read() as session:
            rows = (await session.exec(select(MediaFile.id, MediaFile.object_key, MediaFile.deleted_at))).all()
        current = {media_id: None if deleted_at else key for media_id, key, deleted_at in rows}
        removed = 0
        for item in self._old(stored):
            media_id = medium_of_original(item.key)
            if media_id is None or media_id in parked or media_id not in current or current[media_id] == item.key:
                continue
            if current[media_id] is not None and item.key in await self._kept(media_id):
                continue
            await self.store.delete(item.key)
            COLLECTED.labels("originals").inc()
            removed += 1
        return removed

    async def _kept(self, media_id: UUID) -> set[str]:
        generations = await self.media.generations(media_id)
        return {kept.upload.object_key for kept in self.retention.versions.of(generations, self.clock())}

    def _old(self, stored: Iterable[StoredObject]) -> list[StoredObject]:
        limit: datetime = self.clock() - self.retention.orphans
        return [item for item in stored if item.modified_at is not None and item.modified_at < limit]
