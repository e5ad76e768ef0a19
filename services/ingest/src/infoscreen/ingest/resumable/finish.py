"""Makes a medium of an upload whose bytes are all stored; killed anywhere, the next one goes on, to one event.

The parts become the object, its hash and type are told, and the event is written into the record before it is
published: whichever process publishes it, and however often, it is the same event.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import UUID

import structlog

from infoscreen.common.document_types import DocumentType, RefusedFileError
from infoscreen.common.errors import InfoscreenError, NotFoundError
from infoscreen.common.events import Envelope, MediaUploaded, event_id
from infoscreen.common.events.medium_state import MediumState
from infoscreen.common.failpoints import failpoint
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.ownership import NotOwnerError
from infoscreen.common.tracing import current_traceparent
from infoscreen.common.waiting import wait_for
from infoscreen.ingest.announcement import Announcement
from infoscreen.ingest.errors import UnknownMediumError
from infoscreen.ingest.protocols import Recogniser
from infoscreen.ingest.resumable.ending import Ender
from infoscreen.ingest.resumable.errors import GoneError
from infoscreen.ingest.resumable.protocols import Media, PartStore, Records
from infoscreen.ingest.resumable.record import HeldRecord, UploadRecord
from infoscreen.ingest.upload import described

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Finisher:
    """Finishes complete uploads."""

    store: PartStore
    records: Records
    recogniser: Recogniser
    media: Media
    ender: Ender
    source: str
    _busy: set[UUID] = field(default_factory=set)

    async def finish(self, held: HeldRecord) -> UploadRecord:
        """Announce a complete upload unless that is done; returns its record.

        Raises:
            RefusedFileError: it cannot be shown, and is removed.
            UnknownMediumError: the medium that it replaces is gone, and so is the upload.
            NotOwnerError: that medium is not the uploader's any more, and the upload is gone.
            GoneError: it was ended.
            UnavailableError: a server is away; the relay finishes it later.
        """
        with self._at_work(held.record.upload_id):
            while not held.record.done:
                if held.record.ended:
                    raise GoneError
                try:
                    held = await self._step(held)
                except (RefusedFileError, UnknownMediumError, NotOwnerError):
                    await self.ender.end(held)
                    raise
        return held.record

    @contextlib.contextmanager
    def _at_work(self, upload_id: UUID) -> Iterator[None]:
        self._busy.add(upload_id)
        try:
            yield
        finally:
            self._busy.discard(upload_id)

    async def _step(self, held: HeldRecord) -> HeldRecord:
        """The record after one more step, of this process or of another one that was quicker."""
        record = held.record
        if record.announcement is None:
            announcement = await self._decided(held)
            after = replace(record, announcement=announcement.to_record().decode())
        else:
            await self.media.announce_stored(Announcement.from_record(record.announcement.encode()))
            failpoint("ingest.resumable_announced")
            after = replace(record, done=True)
        return await self.records.swap(held, after) or await self.records.load(record.upload_id)

    async def _decided(self, held: HeldRecord) -> Announcement:
        """The event of an upload whose parts have become its object."""
        record = held.record
        with contextlib.suppress(NotFoundError):  # made into it before
            parts = [(part.number, part.etag) for part in record.parts]
            await self.store.complete_parts(record.object_key, record.multipart_id, parts)
        failpoint("ingest.resumable_joined")
        try:
            sha256 = record.sha256 or (await self.store.digest(record.object_key)).sha256
            kind = await self.store.inspect(record.object_key, record.length, partial(self._identify, record.filename))
        except NotFoundError:
            raise GoneError from None
        state = await self.media.replaceable(record.media_id, record.person) if record.replacement else None
        return self._announcement(record, sha256, kind, state)

    async def _identify(self, filename: str, content: RandomAccess) -> DocumentType:
        return await self.recogniser.identify(content, filename)

    def _announcement(
        self, record: UploadRecord, sha256: str, kind: DocumentType, replaced: MediumState | None
    ) -> Announcement:
        event = MediaUploaded(
            media_id=record.media_id,
            filename=record.filename,
            size_bytes=record.length,
            sha256=sha256,
            object_key=record.object_key,
            uploaded_by=record.owner,
            owner=None if record.replacement else record.owner,
            priority=record.priority,
            replaces=replaced.generation if replaced else None,
            **described(kind),
        )
        assert record.completed_at is not None  # noqa: S101 - only complete uploads are finished
        identity = str(event_id(event.type, record.media_id, record.upload_id))
        envelope = Envelope(identity, self.source, record.completed_at, event, current_traceparent())
        return Announcement(envelope, identity, replacement=record.replacement, owned_by=record.person.must_own)

    async def relay(self) -> int:
        """Finish every complete upload that no request of this process is finishing; returns how many.

        Raises:
            UnavailableError: the object store is away.
        """
        waiting = [record for record in await self.records.all() if record.complete and not record.done]
        finished = 0
        for record in waiting:
            if record.ended or record.upload_id in self._busy:
                continue
            try:
                await self.finish(await self.records.load(record.upload_id))
            except InfoscreenError as error:  # one that cannot be finished holds no other up
                _log.warning("upload_not_finished", upload_id=str(record.upload_id), error=str(error))
            else:
                finished += 1
        return finished


async def run_finisher(finisher: Finisher, interval_seconds: float, stop: asyncio.Event) -> None:
    """Finish complete uploads until told to stop."""
    while not await wait_for(stop, interval_seconds):
        try:
            await finisher.relay()
        except InfoscreenError as error:
            _log.warning("finisher_waits", error=str(error))
