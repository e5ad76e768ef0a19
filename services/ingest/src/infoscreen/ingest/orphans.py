"""Originals that no event names: what an ingest that died between storing and announcing leaves behind.

They are removed a day later. The stream decides, so what it cannot know is not touched: an original that is older than
the stream's memory stays, also when the stream was lost and made anew.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import groupby
from uuid import UUID

import structlog

from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.errors import UnavailableError
from infoscreen.common.object_store import ObjectStore, StoredObject
from infoscreen.ingest.media_log import StreamMediaLog
from infoscreen.ingest.observability import ORPHANS
from infoscreen.ingest.outbox import ObjectOutbox
from infoscreen.ingest.waiting import told_within

_log = structlog.get_logger(__name__)
ORIGINALS = "originals/"


@dataclass(frozen=True)
class Collected:
    """What a round removed."""

    originals: int
    uploads: int


@dataclass(frozen=True)
class OrphanCollector:
    """Removes what uploads that came to nothing left in the bucket."""

    store: ObjectStore
    media: StreamMediaLog
    outbox: ObjectOutbox
    grace: timedelta
    clock: Clock = utc_now

    async def collect(self) -> Collected:
        """Do it once. What is interrupted is gone on with the next time.

        Raises:
            UnavailableError: NATS or the object store is away.
        """
        before = self.clock() - self.grace
        uploads = await self.store.abort_stale_uploads(ORIGINALS, before)
        since = await self.media.complete_since()
        judged = [
            stored
            for stored in await self.store.list(ORIGINALS)
            if stored.modified_at is not None and since < stored.modified_at < before
        ]
        parked = await self.outbox.media_ids()  # before the stream is asked: what is relayed meanwhile is there then
        removed = 0
        for media_id, originals in _by_medium(judged):
            named = None if media_id in parked else await self.media.object_keys(media_id)
            for original in originals:
                if named is not None and original.key not in named:
                    await self.store.delete(original.key)
                    removed += 1
        collected = Collected(removed, uploads)
        ORPHANS.labels("original").inc(removed)
        ORPHANS.labels("upload").inc(uploads)
        _log.info("orphans_collected", **asdict(collected))
        return collected


def _by_medium(originals: Iterable[StoredObject]) -> Iterator[tuple[UUID, list[StoredObject]]]:
    """Originals of each medium; objects that somebody else put there are passed over."""

    def folder(stored: StoredObject) -> str:
        return stored.key.removeprefix(ORIGINALS).partition("/")[0]

    for name, group in groupby(sorted(originals, key=folder), folder):
        try:
            yield UUID(name), list(group)
        except ValueError:
            _log.warning("not_an_original", folder=name)


async def run_collector(collector: OrphanCollector, interval_seconds: float, stop: asyncio.Event) -> None:
    """Collect on a schedule until told to stop."""
    while not await told_within(stop, interval_seconds):
        try:
            await collector.collect()
        except UnavailableError as error:
            _log.warning("collecting_waits", error=str(error))
