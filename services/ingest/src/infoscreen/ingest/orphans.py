"""Removes originals that no event names: an ingest that dies between storing and announcing leaves them.

They are removed a day later. The stream decides, so what it cannot know is not touched: an original that is older than
the stream's memory stays, also when the stream was lost and made anew.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
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
        judged = [
            stored
            for stored in await self.store.list(ORIGINALS)
            if stored.modified_at is not None and since < stored.modified_at < before
            if stored.key not in under_way
        ]
        parked = await self.outbox.media_ids()  # before the stream is asked: what is relayed by then is in it
        removed = 0
        for media_id, originals in _by_medium(judged):
            for original in [] if media_id in parked else await self._unnamed(media_id, originals):
                await self.store.delete(original.key)
                removed += 1
        ORPHANS.labels("key").inc(await self.keys.forget_expired())
        collected = Collected(removed, uploads)
        ORPHANS.labels("original").inc(removed)
        ORPHANS.labels("upload").inc(uploads)
        _log.info("orphans_collected", **asdict(collected))
        return collected

    async def _unnamed(self, media_id: UUID, originals: list[StoredObject]) -> list[StoredObject]:
        """Those of a medium's originals that no event names.

        Any replica may answer with the events, and may lack the newest one, so the leader is asked for that.
        """
        named = await self.media.object_keys(media_id)
        unnamed = [original for original in originals if original.key not in named]
        current = (await self.media.state(media_id)).upload if unnamed else None
        return [original for original in unnamed if current is None or original.key != current.object_key]


def _by_medium(originals: Iterable[StoredObject]) -> Iterator[tuple[UUID, list[StoredObject]]]:
    """Originals of each medium; foreign objects are passed over."""
    known = [(media_id, item) for item in originals if (media_id := medium_of_original(item.key)) is not None]
    for media_id, group in groupby(sorted(known, key=itemgetter(0)), itemgetter(0)):
        yield media_id, [item for _, item in group]


async def run_collector(collector: OrphanCollector, interval_seconds: float, stop: asyncio.Event) -> None:
    """Collect on a schedule until told to stop."""
    while not await wait_for(stop, interval_seconds):
        try:
            await collector.collect()
        except UnavailableError as error:
            _log.warning("collecting_waits", error=str(error))
