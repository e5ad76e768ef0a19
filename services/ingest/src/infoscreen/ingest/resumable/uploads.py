"""The use case of resumable uploads: begin one, go on with it, tell how far it is, end it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.document_types import RefusedFileError
from infoscreen.common.events import Priority, new_media_id
from infoscreen.common.ownership import Person
from infoscreen.ingest.protocols import Recogniser
from infoscreen.ingest.resumable.ending import Ender
from infoscreen.ingest.resumable.errors import (
    BeyondLengthError,
    ForeignUploadError,
    GoneError,
    OffsetError,
    OvertakenError,
    TooManyOpenError,
)
from infoscreen.ingest.resumable.finish import Finisher
from infoscreen.ingest.resumable.protocols import Media, PartStore, Records
from infoscreen.ingest.resumable.record import PART_BYTES, HeldRecord, UploadRecord
from infoscreen.ingest.resumable.writer import Checksum, Writer
from infoscreen.ingest.upload import original_key


@dataclass(frozen=True)
class ResumableUploads:
    """Uploads that any ingest goes on with.

    Args:
        lifetime: how long one stays after its last bytes.
        max_open_bytes: how much one account's open uploads may have together; each counts as one part at least.
    """

    store: PartStore
    records: Records
    recogniser: Recogniser
    media: Media
    finisher: Finisher
    ender: Ender
    lifetime: timedelta
    max_open_bytes: int
    clock: Clock = utc_now

    async def begin(
        self, person: Person, filename: str, priority: Priority, length: int, *, replaces: UUID | None = None
    ) -> UploadRecord:
        """Begin an upload of a new medium, or of a new generation of one.

        Raises:
            UnknownMediumError: the medium that it replaces does not exist.
            NotOwnerError: the person may not change that medium.
            TooManyOpenError: the account has too much under way. Several requests at once may pass the limit.
            UnavailableError: the object store is away.
        """
        if replaces is not None:
            await self.media.replaceable(replaces, person)
        now, counted = self.clock(), max(length, PART_BYTES)
        for known in await self.records.all():
            if known.owner == person.name and not known.complete and not known.expired(now):
                counted += max(known.length, PART_BYTES)
        if counted > self.max_open_bytes:
            raise TooManyOpenError(self.max_open_bytes)
        media_id, upload_id = replaces or new_media_id(), uuid4()
        key = original_key(media_id, upload_id, filename)
        record = UploadRecord(
            upload_id=upload_id,
            media_id=media_id,
            owner=person.name,
            edits_all=person.edits_all,
            filename=filename,
            priority=priority,
            length=length,
            object_key=key,
            multipart_id=await self.store.begin_parts(key),
            expires=now + self.lifetime,
            replacement=replaces is not None,
        )
        return (await self.records.create(record)).record

    async def look(self, upload_id: UUID, owner: str) -> UploadRecord:
        """The record of an upload; of one whose bytes are all stored, only once it is announced.

        Raises:
            ForeignUploadError: another account began it.
            GoneError: there is none, or no longer.
            RefusedFileError, UnknownMediumError, NotOwnerError, UnavailableError: as ``append``.
        """
        held = await self._held(upload_id, owner)
        return await self.finisher.finish(held) if held.record.complete else held.record

    async def append(
        self, upload_id: UUID, owner: str, offset: int, chunks: AsyncIterator[bytes], checksum: Checksum | None = None
    ) -> UploadRecord:
        """Go on with an upload; with its last byte it becomes a medium. Returns its record.

        Raises:
            ForeignUploadError, GoneError: as ``look``.
            OffsetError: the stored bytes end elsewhere.
            RefusedFileError: the file cannot be shown; nothing of it is left.
            UnknownMediumError: the medium that it replaces is gone, and so is the upload.
            NotOwnerError: that medium is not the uploader's any more, and the upload is gone.
            UnavailableError: a server is away; what is stored counts.
            Exception: as ``Writer.write``.
        """
        held = await self._held(upload_id, owner, offset)
        if held.record.complete:
            async for chunk in chunks:
                if chunk:
                    raise BeyondLengthError(held.record.length)
        else:
            held = await self._written(await self._claimed(held, owner), chunks, checksum)
        return await self.finisher.finish(held) if held.record.complete else held.record

    async def end(self, upload_id: UUID, owner: str) -> None:
        """End an upload. One whose bytes are all stored becomes its medium all the same; only its URL ends.

        Raises:
            ForeignUploadError, GoneError, UnavailableError: as ``look``.
            OvertakenError: a request goes on with it at the same moment.
        """
        held = await self._held(upload_id, owner)
        if held.record.complete:
            await self.finisher.finish(held)
            await self.records.forget(upload_id)
        else:
            await self.ender.end(held)

    async def _held(self, upload_id: UUID, owner: str, offset: int | None = None) -> HeldRecord:
        held = await self.records.load(upload_id)
        if held.record.owner != owner:
            raise ForeignUploadError
        if held.record.expired(self.clock()):
            raise GoneError
        if offset not in {None, held.record.offset}:
            raise OffsetError(held.record.offset)
        return held

    async def _claimed(self, held: HeldRecord, owner: str) -> HeldRecord:
        """The upload as this request claims it: whatever claimed it before commits nothing from now on."""
        record = held.record
        while (claimed := await self.records.swap(held, held.record.claimed(self.clock(), self.lifetime))) is None:
            held = await self._held(record.upload_id, owner, record.offset)
            if held.record.complete:
                raise OvertakenError
        return claimed

    async def _written(self, held: HeldRecord, chunks: AsyncIterator[bytes], checksum: Checksum | None) -> HeldRecord:
        writer = Writer(self.store, self.records, self.recogniser, self.clock, self.lifetime, held, checksum)
        try:
            return await writer.write(chunks)
        except RefusedFileError:
            await self.ender.end(writer.held)
            raise
