"""Ends resumable uploads: terminated by their owner, refused, or expired. What became a medium stays."""

from dataclasses import dataclass, replace

import structlog

from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.errors import NotFoundError
from infoscreen.ingest.resumable.errors import GoneError, OvertakenError
from infoscreen.ingest.resumable.protocols import PartStore, Records
from infoscreen.ingest.resumable.record import HeldRecord

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Ender:
    """Ends uploads."""

    store: PartStore
    records: Records
    clock: Clock = utc_now

    async def end(self, held: HeldRecord) -> None:
        """Remove an upload that has no event, with all that is stored of it.

        The record says so first, so that no request that is under way stores more of it, and an interrupted end is
        finished by the collector.

        Raises:
            OvertakenError: the upload moved on.
        """
        record = held.record
        if not record.ended and await self.records.swap(held, replace(record, ended=True)) is None:
            raise OvertakenError
        await self.store.abort_parts(record.object_key, record.multipart_id)
        await self.store.delete(record.object_key)
        await self.records.forget(record.upload_id)

    async def collect(self) -> tuple[set[str], int]:
        """Remove the uploads that have expired; returns the object keys of those that go on, and how many went.

        Raises:
            UnavailableError: the object store is away.
        """
        kept, removed = set(), 0
        for known in await self.records.all():
            if not known.expired(self.clock()):
                if not known.done:
                    kept.add(known.object_key)
                continue
            try:
                removed += await self._remove(await self.records.load(known.upload_id))
            except (GoneError, OvertakenError, NotFoundError):
                kept.add(known.object_key)
        return kept, removed

    async def _remove(self, held: HeldRecord) -> bool:
        """Remove what has expired; False for a record that has done its service, whose medium stays."""
        if not held.record.expired(self.clock()):
            raise OvertakenError
        if held.record.done:
            await self.records.forget(held.record.upload_id)
            return False
        await self.end(held)
        _log.info("upload_expired", upload_id=str(held.record.upload_id))
        return True
