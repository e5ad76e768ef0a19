"""The records of resumable uploads in the bucket, each replaced only as it was read (`If-Match`)."""

from dataclasses import dataclass, field
from uuid import UUID

import structlog

from infoscreen.common.errors import NotFoundError
from infoscreen.common.object_keys import OPEN_UPLOADS, record_key, tail_prefix, upload_of_record
from infoscreen.common.object_store import ObjectStore
from infoscreen.ingest.announcement import CONTENT_TYPE
from infoscreen.ingest.resumable.errors import GoneError
from infoscreen.ingest.resumable.record import HeldRecord, MalformedRecordError, UploadRecord

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ObjectRecords:
    """Records of uploads, one object each."""

    store: ObjectStore
    _known: dict[str, tuple[str, UploadRecord | None]] = field(default_factory=dict)
    """What was read under each key, with the tag of its listing, so that a listing reads only what has changed."""

    async def create(self, record: UploadRecord) -> HeldRecord:
        """Store the record of a new upload."""
        record = record.fresh()
        tag = await self.store.create(record_key(record.upload_id), record.to_json(), CONTENT_TYPE)
        return HeldRecord(record, tag) if tag is not None else await self.load(record.upload_id)

    async def load(self, upload_id: UUID) -> HeldRecord:
        """The record of an upload.

        Raises:
            GoneError: there is none.
        """
        try:
            stored, tag = await self.store.get_tagged(record_key(upload_id))
            return HeldRecord(UploadRecord.from_json(stored), tag)
        except (NotFoundError, MalformedRecordError):
            raise GoneError from None

    async def swap(self, held: HeldRecord, record: UploadRecord) -> HeldRecord | None:
        """Store a record in place of the one that is held; None when that is no longer stored.

        A request whose answer was lost is sent again and then finds its own record: its nonce says so.
        """
        record = record.fresh()
        tag = await self.store.replace(record_key(record.upload_id), record.to_json(), CONTENT_TYPE, held.tag)
        if tag is not None:
            return HeldRecord(record, tag)
        try:
            stored = await self.load(record.upload_id)
        except GoneError:
            return None
        return stored if stored.record.nonce == record.nonce else None

    async def all(self) -> list[UploadRecord]:
        """Every record; objects with other names, or that are no records, are passed over."""
        listed = {item.key: item.tag for item in await self.store.list(OPEN_UPLOADS) if upload_of_record(item.key)}
        for key in self._known.keys() - listed.keys():
            del self._known[key]
        for key, tag in listed.items():
            if key not in self._known or self._known[key][0] != tag:
                await self._read(key)
        return [record for _, record in self._known.values() if record is not None]

    async def _read(self, key: str) -> None:
        try:
            stored, tag = await self.store.get_tagged(key)
        except NotFoundError:
            self._known.pop(key, None)
            return
        try:
            record = UploadRecord.from_json(stored)
        except MalformedRecordError as error:
            _log.error("not_an_upload_record", key=key, why=str(error))
            record = None
        self._known[key] = (tag.strip('"'), record)

    async def forget(self, upload_id: UUID) -> None:
        """Remove a record with all tails of its upload, the record last."""
        for item in await self.store.list(tail_prefix(upload_id)):
            await self.store.delete(item.key)
        await self.store.delete(record_key(upload_id))
