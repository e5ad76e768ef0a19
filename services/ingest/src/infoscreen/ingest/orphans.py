"""Removes originals that no event names: an ingest that dies between storing and announcing leaves them.

They are removed a day later. The stream decides, so what it cannot know is not touched: an original that is older than
the stream's memory stays, also when the stream was lost and made anew.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.object_keys import ORIGINALS, medium_of_original
from infoscreen.common.object_store import ObjectStore, StoredObject
from infoscreen.common.waiting import wait_for
from infoscreen.ingest.idempotency import KeyBindings
from infoscreen.ingest.observability import ORPHANS
from infoscreen.ingest.outbox import ObjectOutbox
from infoscreen.ingest.resumable.ending import Ender

_BATCH_MEDIA = 200

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Collected:
    """How many objects and multipart uploads one collection removed."""

    originals: int
    uploads: int


@dataclass(frozen=True)
class OrphanCollector:
    """Removes the leftovers of failed uploads from the bucket."""

    store: ObjectStore
    media: MediaLog
    outbox: ObjectOutbox
    keys: KeyBindings
    resumable: Ender
    grace: timedelta
    clock: Clock = utc_now

    async def collect(self) -> Collected:
        """Collect once. The next collection finishes an interrupted one.

        Raises:
            UnavailableError: NATS or the object store is away.
        """
        before = self.clock() - self.grace
        under_way, expired = await self.resumable.collect()
        uploads = expired + await self.store.abort_stale_uploads(ORIGINALS, before, under_way)
        since = await self.media.complete_since()
        removed, judged = 0, dict[UUID, list[StoredObject]]()
        async for stored in self.store.walk(ORIGINALS):
            media_id = medium_of_original(stored.key)
            if media_id is None or stored.modified_at is None or stored.key in under_way:
                continue
            if since < stored.modified_at < before:
                judged.setdefault(media_id, []).append(stored)
            if len(judged) >= _BATCH_MEDIA:
                removed += await self._remove_unnamed(judged)
                judged.clear()
        removed += await self._remove_unnamed(judged)
        ORPHANS.labels("key").inc(await self.keys.forget_expired())
        collected = Collected(removed, uploads)
        ORPHANS.labels("original").inc(removed)
        ORPHANS.labels("upload").inc(uploads)
        _log.info("orphans_collected", **asdict(collected))
        return collected

    async def _remove_unnamed(self, judged: Mapping[UUID, list[StoredObject]]) -> int:
        """Remove those originals that no event names, and return how many."""
        if not judged:
            return 0
        parked = await self.outbox.media_ids()  # before the stream is asked: what is relayed by then is in it
        newest = await self.media.newest_object_keys(judged)
        removed = 0
        for media_id, originals in judged.items():
            others = [original for original in originals if original.key not in newest]
            for original in await self._unnamed(media_id, others) if others and media_id not in parked else []:
                await self.store.delete(original.key)
                removed += 1
        return removed

    async def _unnamed(self, media_id: UUID, originals: list[StoredObject]) -> list[StoredObject]:
        """Those of a medium's originals that no event names.

        Any replica may answer with the events, and may lack the newest one, so the leader is asked for that.
        """
        named = await self.media.object_keys(media_id)
        unnamed = [original for original in originals if original.key not in named]
        current = (await self.media.state(media_id)).upload if unnamed else None
        return [original for original in unnamed if current is None or original.key != current.object_key]


async def run_collector(collector: OrphanCollector, interval_seconds: float, stop: asyncio.Event) -> None:
    """Collect on a schedule until told to stop."""
    while not await wait_for(stop, interval_seconds):
        try:
            await collector.collect()
        except UnavailableError as error:
            _log.warning("collecting_waits", error=str(error))
