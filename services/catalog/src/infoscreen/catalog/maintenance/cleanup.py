"""The clean-up: it requests missing renditions again, and deletes objects that no row refers to.

Only events change rows, so a rebuild gives the same rows. The clean-up deletes an object only after a grace period that
is far longer than a service needs to publish a reference to it, and only by complete tables: it lists the outbox, reads
the end of the stream, and waits until the projection has reached that. An upload that has left the outbox by then is in
the stream, and so in the tables. Its memory does not grow with the library.
"""

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete
from sqlmodel import col, select

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.converted_objects import ConvertedObjects
from infoscreen.catalog.maintenance.forgetting import Forgetting
from infoscreen.catalog.maintenance.original_objects import OriginalObjects
from infoscreen.catalog.maintenance.repeated_request import PUBLISH_SECONDS
from infoscreen.catalog.media.versions import KeptVersions
from infoscreen.catalog.models import Conversion, MediaFile
from infoscreen.catalog.programme.models import PlayedItem
from infoscreen.catalog.projection.catch_up import CatchUp
from infoscreen.common.clock import Clock
from infoscreen.common.events import EventPublisher, MediaDeleted, event_id
from infoscreen.common.events.medium_state import MediumState
from infoscreen.common.events.publishing import OutdatedError
from infoscreen.common.messaging.fact_purge import FactPurge
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.object_keys import OUTBOX, parked_media
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.waiting import wait_for

_log = structlog.get_logger(__name__)
RETENTION = "retention"


@dataclass(frozen=True)
class Retention:
    """How long failed uploads, unreferenced objects, earlier versions, the trash, deleted media, and plays are kept."""

    failed: timedelta
    orphans: timedelta
    trash: timedelta = timedelta(days=30)
    deleted: timedelta = timedelta(days=7)
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
    media_forgotten: int = 0
    converted_removed: int = 0


@dataclass(frozen=True)
class Cleanup:
    """The scheduled clean-up, which `python -m infoscreen.catalog cleanup` runs at once."""

    database: Database
    store: ObjectStore
    renditions: RenditionRegistry
    publisher: EventPublisher
    media: MediaLog
    facts: FactPurge
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
        parked = parked_media(item.key for item in await self.store.list(OUTBOX))
        await self.catch_up.to_end_of_stream()
        old_before = self.clock() - self.retention.orphans
        converted = ConvertedObjects(self.database, self.store, self.renditions, self.publisher)
        done = await converted.reconcile(old_before)
        summary.renditions_requested, summary.converted_removed = done.requested, done.removed
        originals = OriginalObjects(self.database, self.store, self.media, self.retention.versions, self.clock)
        summary.originals_removed = await originals.remove_outdated(old_before, parked)
        forgetting = Forgetting(self.database, self.store, self.facts)
        summary.media_forgotten = await forgetting.forget(self.clock(), self.retention.deleted, parked)
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
