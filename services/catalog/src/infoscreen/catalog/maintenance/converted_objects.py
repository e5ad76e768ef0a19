"""Compares the stored renditions with the rows: requests what is missing, removes what no row refers to.

The store's listing and the rows are walked side by side, in the order of the hashes. What looks missing or unreferenced
is asked for once more before anything happens to it: a listing is no proof, and rows change while it is walked.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter

import structlog
from sqlmodel import col, select

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.repeated_request import PUBLISH_SECONDS, repeated_request
from infoscreen.catalog.maintenance.sorted_groups import side_by_side
from infoscreen.catalog.models import Conversion, MediaFile
from infoscreen.catalog.observability import COLLECTED, MISSING
from infoscreen.common.conversion_options import DEFAULT_PROFILE
from infoscreen.common.events import EventPublisher, RequestReason, event_id
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.object_keys import CONVERTED
from infoscreen.common.object_store import ObjectStore, StoredObject
from infoscreen.common.page_sheets import is_sheet, stem
from infoscreen.common.rendition import PDF_TARGET, PREVIEW_TARGET, Rendition, rendition_key

_BATCH_OBJECTS = 200
_FETCHED_ROWS = 500

_log = structlog.get_logger(__name__)


@dataclass
class Reconciled:
    """What one comparison did."""

    requested: int = 0
    removed: int = 0


@dataclass(frozen=True)
class _Uses:
    """Who needs the objects of some hashes, as of one moment."""

    referenced: Collection[str]
    current_hashes: Collection[str]
    registered: dict[str, Rendition] = field(default_factory=dict)

    def need(self, key: str) -> bool:
        """True for what a row shows, and for the registered rendition of a current upload, which another one reuses.

        A rendition that was made with options is kept only while a row shows it.
        """
        file_hash, is_referenced = hash_of(key), _is_among(key, self.referenced)
        if is_referenced or file_hash not in self.current_hashes:
            return is_referenced
        entries = (rendition_key(file_hash, target, DEFAULT_PROFILE) for target in (PDF_TARGET, PREVIEW_TARGET))
        return any(_is_among(key, self.registered[entry].object_keys) for entry in entries if entry in self.registered)


@dataclass(frozen=True)
class ConvertedObjects:
    """The objects of renditions, beside the rows that refer to them."""

    database: Database
    store: ObjectStore
    renditions: RenditionRegistry
    publisher: EventPublisher

    async def reconcile(self, old_before: datetime) -> Reconciled:
        """Walk everything once; only objects from before a time are removed.

        Raises:
            UnavailableError: Postgres, NATS or the object store is away.
        """
        done, candidates = Reconciled(), list[StoredObject]()
        async with self.database.read() as session:
            rows = await session.stream_scalars(_SHOWN.execution_options(yield_per=_FETCHED_ROWS))
            objects = self.store.walk(CONVERTED)
            async for _, stored, shown in side_by_side(objects, _folder_of, rows, attrgetter("file_hash")):
                done.requested += await self._request_missing(shown, {item.key for item in stored})
                referenced = {key for row in shown for key in row.object_keys}
                candidates += [i for i in stored if not _is_among(i.key, referenced) and i.is_older(old_before)]
                if len(candidates) >= _BATCH_OBJECTS:
                    done.removed += await self._remove_unneeded(candidates)
                    candidates.clear()
        done.removed += await self._remove_unneeded(candidates)
        return done

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

    async def _remove_unneeded(self, candidates: Sequence[StoredObject]) -> int:
        """Remove PDFs, thumbnails, reports and sheets that nothing needs, and forget their renditions first."""
        if not candidates:
            return 0
        keys = [item.key for item in candidates]
        uses = await self._uses(keys)
        unneeded = {key for key in keys if not uses.need(key)}
        for entry, rendition in uses.registered.items():
            if not unneeded.isdisjoint(rendition.object_keys):  # sheets alone make no rendition
                await self.renditions.forget(entry, rendition.pdf_key)
        for key in unneeded:
            await self.store.delete(key)
            COLLECTED.labels("converted").inc()
        return len(unneeded)

    async def _uses(self, keys: Sequence[str]) -> _Uses:
        hashes = {hash_of(key) for key in keys}
        shown = _SHOWN.where(col(Conversion.file_hash).in_(hashes))
        current = select(MediaFile.sha256).where(col(MediaFile.deleted_at).is_(None), col(MediaFile.sha256).in_(hashes))
        async with self.database.read() as session:
            referenced = {key for row in await session.exec(shown) for key in row.object_keys}
            return _Uses(referenced, set(await session.exec(current)), await self.renditions.of_hashes(hashes))


_SHOWN = (
    select(Conversion)
    .where(col(Conversion.status) != ConversionStatus.OBSOLETE, col(Conversion.pdf_key).is_not(None))
    .order_by(col(Conversion.file_hash).collate("C"))
)


def _is_among(key: str, object_keys: Collection[str]) -> bool:
    """True for an object of renditions, by all of their keys; a sheet belongs to the rendition whose stem it has."""
    return any(stem(each) == stem(key) for each in object_keys) if is_sheet(key) else key in object_keys


def hash_of(key: str) -> str:
    """The hash of the bytes that a converted object was made of."""
    return key.removeprefix(CONVERTED).partition("/")[0]


def _folder_of(item: StoredObject) -> str:
    return hash_of(item.key)
