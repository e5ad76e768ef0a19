"""The use case of ingest: store an original, recognise its type, and publish its event, in that order.

An upload is acknowledged only once its event is confirmed, or parked in the bucket where the relay finds it. A
process that dies before that leaves an object that no event names, which the collector removes; no upload is partial.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any
from uuid import UUID, uuid4

import structlog

from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.document_types import DocumentType
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import (
    ConversionRequested,
    Envelope,
    MediaUploaded,
    Priority,
    RequestReason,
    event_id,
    new_media_id,
)
from infoscreen.common.events.medium_state import MediumState
from infoscreen.common.events.publishing import MessageIdTakenError
from infoscreen.common.failpoints import failpoint
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.object_keys import ORIGINALS
from infoscreen.common.ownership import NotOwnerError, Person
from infoscreen.common.rendition import PDF_TARGET, Rendition, rendition_key
from infoscreen.common.tracing import current_traceparent
from infoscreen.ingest.announcement import Announcement
from infoscreen.ingest.announcer import Announcer
from infoscreen.ingest.errors import KeyReusedError, UnknownMediumError
from infoscreen.ingest.existing import existing
from infoscreen.ingest.observability import UPLOADED_BYTES, UPLOADS
from infoscreen.ingest.protocols import (
    EnvelopePublisher,
    KeyBinder,
    MediaFacts,
    OriginalStore,
    Outbox,
    Recogniser,
    RenditionFinder,
)

_log = structlog.get_logger(__name__)
NIL = UUID(int=0)


@dataclass(frozen=True)
class UploadedFile:
    """A file on its way in: its name as data, and its bytes, each of which can be read once."""

    filename: str
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True)
class UploadRequest:
    """A file to store, with its uploader, lane and key."""

    file: UploadedFile
    person: Person
    priority: Priority = Priority.NORMAL
    idempotency_key: str | None = None


@dataclass(frozen=True)
class UploadResult:
    """The result of an upload."""

    uploaded: MediaUploaded
    conversion_status: str
    parked: bool


@dataclass(frozen=True)
class Uploads:
    """Stores originals and announces them."""

    store: OriginalStore
    publisher: EnvelopePublisher
    media: MediaFacts
    announcer: Announcer
    renditions: RenditionFinder
    keys: KeyBinder
    outbox: Outbox
    recogniser: Recogniser
    source: str
    publish_deadline_seconds: float
    clock: Clock = utc_now

    async def add(self, request: UploadRequest) -> UploadResult:
        """Store a new medium.

        Raises:
            RefusedFileError: the file is of a type that cannot be shown, or damaged.
            KeyReusedError: the Idempotency-Key was used for other content.
            UnavailableError: the object store is away.
        """
        own = await self._store(new_media_id(), request)
        return await self._announce(own, MediumState(), keyed=request.idempotency_key is not None)

    async def replace(self, media_id: UUID, request: UploadRequest) -> UploadResult:
        """Store a new generation of a medium.

        While NATS is away, whether there is such a medium cannot be told: a listing of the bucket is no proof, since
        SeaweedFS, once its disk was full, leaves out what it stores. The upload is parked, and the relay finds out.

        Raises:
            UnknownMediumError: the medium does not exist, or no longer once the body is there.
            NotOwnerError: the person may not change it, or no longer once the body is there.
            RefusedFileError, KeyReusedError: as ``add``.
            UnavailableError: the object store is away.
        """
        state = await self.replaceable(media_id, request.person)
        own = await self._store(media_id, request, replaced=state or MediumState())
        return await self._announce(own, state, keyed=request.idempotency_key is not None)

    async def replaceable(self, media_id: UUID, person: Person) -> MediumState | None:
        """The state of a medium that a person is to replace; None while NATS is away.

        Raises:
            UnknownMediumError: the medium does not exist.
            NotOwnerError: the person may not change it.
        """
        try:
            return await existing(media_id, person, self.media, self.outbox)
        except UnavailableError:
            return None

    async def _store(self, media_id: UUID, request: UploadRequest, replaced: MediumState | None = None) -> Announcement:
        """Store the bytes; return the event to announce."""
        name, person, upload_id = request.file.filename, request.person, uuid4()
        key = original_key(media_id, upload_id, name)
        digest, kind = await self.store.put_stream(key, request.file.chunks, partial(self._identify, name))
        failpoint("ingest.stored")
        event = MediaUploaded(
            media_id=media_id,
            filename=name,
            size_bytes=digest.size_bytes,
            sha256=digest.sha256,
            object_key=key,
            uploaded_by=person.name,
            priority=request.priority,
            replaces=replaced.generation if replaced else None,
            owner=None if replaced else person.name,
            **described(kind),
        )
        identity = str(event_id(event.type, media_id, upload_id))
        envelope = Envelope(identity, self.source, self.clock(), event, current_traceparent())
        # A new medium has no id yet that a repeated request could know, so the key alone identifies it.
        subject = media_id if replaced else NIL
        message_id = _key_id(subject, request) or identity
        return Announcement(envelope, message_id, replacement=replaced is not None, owned_by=person.must_own)

    async def announce_stored(self, own: Announcement) -> UploadResult:
        """Publish or park an upload that is stored already; repeated, it adds nothing.

        Raises:
            UnknownMediumError: the medium that it replaces does not exist any more.
            NotOwnerError: the medium that it replaces is not its uploader's any more.
            UnavailableError: NATS and the object store are away.
        """
        try:
            if own.replacement:
                await self.outbox.relay(own.upload.media_id)  # nothing newer overtakes what was parked
            generation = await self.announcer.announce(own)
        except UnavailableError:
            return await self._park(own)
        return await self._accepted(own.upload, generation)

    async def _identify(self, filename: str, content: RandomAccess) -> DocumentType:
        return await self.recogniser.identify(content, filename)

    async def announce_replacement(self, own: Announcement, state: MediumState) -> UploadResult:
        """Publish or park the upload of a new generation that is stored already.

        Raises:
            UnknownMediumError: the medium does not exist any more; the object is deleted.
            NotOwnerError: it is not the uploader's any more; the object is deleted.
            UnavailableError: NATS and the object store are away.
        """
        return await self._announce(own, state, keyed=False)

    async def _announce(self, own: Announcement, state: MediumState | None, *, keyed: bool) -> UploadResult:
        """Publish or park an upload; a request that repeats an earlier one under its key gets that one's result."""
        first = await self.keys.bind(own) if keyed else own
        if first is not own:
            first, state = await self._repeated(own, first), None
        try:
            if first is not own or own.replacement:
                await self.outbox.relay(first.upload.media_id)  # nothing newer overtakes what was parked
            generation = await self.announcer.announce(first, state)
        except MessageIdTakenError as taken:
            first, generation = await self._taken(own, taken.sequence), taken.sequence
        except UnavailableError:
            return await self._park(first)
        except (UnknownMediumError, NotOwnerError):
            if first is own:
                await self._withdraw(own, keyed=keyed)
            raise
        return await self._accepted(first.upload, generation)

    async def _repeated(self, own: Announcement, first: Announcement) -> Announcement:
        """The first upload under the same key; the object of the repeated one is deleted."""
        await self.store.delete(own.upload.object_key)
        if first.upload.sha256 != own.upload.sha256:
            raise KeyReusedError
        return first

    async def _taken(self, own: Announcement, sequence: int) -> Announcement:
        """The upload that the stream has under the same key: an ingest without bindings took it, or one was lost."""
        envelope = await self.media.envelope_at(sequence)
        if envelope is None or not isinstance(envelope.event, MediaUploaded):
            raise UnavailableError("This Idempotency-Key cannot be used now. Try again with another one.")
        first = Announcement(envelope, own.message_id, own.replacement)
        await self.keys.rebind(first)
        return await self._repeated(own, first)

    async def _withdraw(self, own: Announcement, *, keyed: bool) -> None:
        """Delete the object of a refused upload, and free its key."""
        if keyed:
            await self.keys.release(own)
        await self.store.delete(own.upload.object_key)

    async def _accepted(self, upload: MediaUploaded, generation: int) -> UploadResult:
        UPLOADS.labels("accepted").inc()
        UPLOADED_BYTES.inc(upload.size_bytes)
        await self._route(upload, generation)
        return UploadResult(upload, _status(upload, await self._rendition(upload)), parked=False)

    async def _park(self, announcement: Announcement) -> UploadResult:
        await self.outbox.park(announcement)
        UPLOADS.labels("parked").inc()
        UPLOADED_BYTES.inc(announcement.upload.size_bytes)
        return UploadResult(announcement.upload, _status(announcement.upload, rendition=None), parked=True)

    async def _route(self, event: MediaUploaded, generation: int) -> None:
        """Put an upload whose lane is not the normal one into its lane at once.

        This saves time only: the converter publishes the same event, with the same id, when it receives the upload.
        """
        if event.target_format is None or event.lane is Priority.NORMAL:
            return
        request = lane_request(event, generation)
        try:
            await self.publisher.publish(
                request,
                event_id(request.type, event.media_id, generation, request.reason),
                deadline_seconds=self.publish_deadline_seconds,
            )
        except UnavailableError:
            _log.warning("lane_shortcut_missed", media_id=str(event.media_id))

    async def _rendition(self, event: MediaUploaded) -> Rendition | None:
        if not event.convertible:
            return None
        try:
            return await self.renditions.find(rendition_key(event.sha256, "pdf", "default"))
        except UnavailableError:
            return None


def described(kind: DocumentType) -> dict[str, Any]:
    """What the event of an upload says of its type."""
    return {
        "media_type": kind.media_type,
        "extension": kind.extension,
        "convertible": kind.convertible,
        "preview": not kind.convertible,
    }


def original_key(media_id: UUID, upload_id: UUID, filename: str) -> str:
    """The key under which an original is stored."""
    return f"{ORIGINALS}{media_id}/{upload_id}{_suffix(filename)}"


def _key_id(subject: UUID, request: UploadRequest) -> str | None:
    """The id of a person's Idempotency-Key in the stream and in the bucket; None without a key."""
    key = request.idempotency_key
    return str(event_id(MediaUploaded.type, subject, "key", request.person.name, key)) if key else None


def lane_request(event: MediaUploaded, generation: int) -> ConversionRequested:
    """The request that puts an upload into the lane of its priority."""
    return ConversionRequested(
        media_id=event.media_id,
        generation=generation,
        target_format=event.target_format or PDF_TARGET,
        priority=event.lane,
        reason=RequestReason.PRIORITY,
    )


def _status(event: MediaUploaded, rendition: Rendition | None) -> str:
    if not event.convertible:
        return "not_needed"
    return "ready" if rendition else "pending"


def _suffix(filename: str) -> str:
    """A short, safe suffix of the object key, for people only: no service relies on it."""
    suffix = PurePath(filename).suffix.lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 6 else ""  # noqa: PLR2004 - ".fodpx"
