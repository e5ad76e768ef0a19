"""The use case of ingest: an original is stored, looked at, and announced, in that order.

An upload is acknowledged only once its event is confirmed, or parked in the bucket where the relay finds it. What
dies before that leaves an object that no event names, which is collected later; nothing is half uploaded.
"""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, Protocol
from uuid import UUID, uuid4

import structlog

from infoscreen.common.document_types import DocumentType, UnsupportedTypeError, identify
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import (
    ConversionRequested,
    Event,
    MediaDeleted,
    MediaUploaded,
    Priority,
    RequestReason,
    event_id,
    new_media_id,
)
from infoscreen.common.messaging.renditions import Rendition, rendition_key
from infoscreen.common.object_store import PART_SIZE_BYTES, Digest, ObjectStore
from infoscreen.ingest.errors import idempotency_mismatch, unknown_media, unsupported_type
from infoscreen.ingest.request_body import UploadedFile

_log = structlog.get_logger(__name__)


class EventPublisher(Protocol):
    """Publishes events, confirmed."""

    async def publish(self, event: Event, event_id: UUID, *, deadline_seconds: float | None = None) -> int:
        """Store an event and return its stream sequence."""


class MediaLog(Protocol):
    """What the stream knows of media."""

    async def current_generation(self, media_id: UUID) -> int | None:
        """The stream sequence of a medium's newest upload; None when there is none or it was deleted."""

    async def uploaded_at(self, generation: int) -> MediaUploaded | None:
        """The upload with this stream sequence."""


class Outbox(Protocol):
    """Where events wait for NATS."""

    async def park(self, event: Event, event_id: UUID) -> Event:
        """Keep an event until it can be published; returns the one kept first under this id."""


class RenditionFinder(Protocol):
    """Finds finished renditions."""

    async def find(self, key: str) -> Rendition | None:
        """The winning rendition, or None."""


@dataclass(frozen=True)
class UploadRequest:
    """Who sends what."""

    file: UploadedFile
    uploaded_by: str
    priority: Priority = Priority.NORMAL
    idempotency_key: str | None = None


@dataclass(frozen=True)
class UploadResult:
    """What became of an upload."""

    uploaded: MediaUploaded
    conversion_status: str
    parked: bool


@dataclass(frozen=True)
class Uploads:
    """Stores originals and announces them."""

    store: ObjectStore
    publisher: EventPublisher
    media: MediaLog
    renditions: RenditionFinder
    outbox: Outbox
    publish_deadline_seconds: float

    async def add(self, request: UploadRequest) -> UploadResult:
        """Store a new medium.

        Raises:
            ProblemError: the file is refused (400, 408, 413, 415, 422).
            UnavailableError: the object store is away.
        """
        return await self._store(new_media_id(), None, request)

    async def replace(self, media_id: UUID, request: UploadRequest) -> UploadResult:
        """Store a new generation of a medium.

        Raises:
            ProblemError: as ``add``, and 404 for a medium that does not exist.
        """
        try:
            generation = await self.media.current_generation(media_id)
        except UnavailableError:
            # NATS is away: the bucket still tells whether there was ever such a medium.
            if not await self.store.list(f"originals/{media_id}/"):
                raise unknown_media(media_id) from None
        else:
            if generation is None:
                raise unknown_media(media_id)
            return await self._store(media_id, generation, request)
        return await self._store(media_id, None, request)

    async def delete(self, media_id: UUID, deleted_by: str) -> None:
        """Announce that a medium is gone; its objects go once nothing refers to them.

        Raises:
            ProblemError: 404 for a medium that does not exist.
            UnavailableError: NATS is away; nothing was changed.
        """
        generation = await self.media.current_generation(media_id)
        if generation is None:
            raise unknown_media(media_id)
        event = MediaDeleted(media_id=media_id, deleted_by=deleted_by)
        await self.publisher.publish(
            event, event_id(event.type, media_id, generation), deadline_seconds=self.publish_deadline_seconds
        )

    async def _store(self, media_id: UUID, replaces: int | None, request: UploadRequest) -> UploadResult:
        upload_id = uuid4()
        key = f"originals/{media_id}/{upload_id}{_suffix(request.file.filename)}"
        digest, kind = await self._store_original(key, request.file)
        event = MediaUploaded(
            media_id=media_id,
            filename=request.file.filename,
            media_type=kind.media_type,
            extension=kind.extension,
            size_bytes=digest.size_bytes,
            sha256=digest.sha256,
            object_key=key,
            uploaded_by=request.uploaded_by,
            priority=request.priority,
            replaces=replaces,
            convertible=kind.convertible,
        )
        return await self._announce(event, upload_id, request)

    async def _store_original(self, key: str, file: UploadedFile) -> tuple[Digest, DocumentType]:
        """Store a file and tell its type by its content: before storing where it fits one part, else after."""
        head = bytearray()
        async for chunk in file.chunks:
            head += chunk
            if len(head) >= PART_SIZE_BYTES:
                break
        else:
            kind = _identify(io.BytesIO(head), file.filename)
            return await self.store.put_stream(key, _chain(bytes(head)), kind.media_type), kind
        digest = await self.store.put_stream(key, _chain(bytes(head), file.chunks), "application/octet-stream")
        del head
        try:
            kind = await self.store.inspect(key, digest.size_bytes, lambda reader: _identify(reader, file.filename))
        except BaseException:
            await self.store.delete(key)
            raise
        return digest, kind

    async def _announce(self, event: MediaUploaded, upload_id: UUID, request: UploadRequest) -> UploadResult:
        fact = ("key", request.uploaded_by, request.idempotency_key) if request.idempotency_key else (upload_id,)
        # A new medium has no id yet that a repeated request could know, so the key alone identifies it.
        subject = UUID(int=0) if request.idempotency_key and event.replaces is None else event.media_id
        identity = event_id(event.type, subject, *fact)
        try:
            generation = await self.publisher.publish(event, identity, deadline_seconds=self.publish_deadline_seconds)
        except UnavailableError:
            kept = await self.outbox.park(event, identity)
            assert isinstance(kept, MediaUploaded)  # noqa: S101 - the id names the type
            return UploadResult(await self._first(event, kept), _status(event, rendition=None), parked=True)
        stored = event
        if request.idempotency_key:
            first = await self.media.uploaded_at(generation)
            stored = await self._first(event, first or event)
        await self._route(stored, generation)
        return UploadResult(stored, _status(stored, await self._rendition(stored)), parked=False)

    async def _first(self, event: MediaUploaded, first: MediaUploaded) -> MediaUploaded:
        """The upload that a repeated one repeats; the repetition's own object goes."""
        if first.object_key == event.object_key:
            return event
        await self.store.delete(event.object_key)
        if first.sha256 != event.sha256:
            raise idempotency_mismatch()
        return first

    async def _route(self, event: MediaUploaded, generation: int) -> None:
        """Put an upload that is not of normal priority into its lane at once.

        Only a shortcut: the converter does the same, under the same id, when it comes to the upload itself.
        """
        if not event.convertible or event.priority is Priority.NORMAL:
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


def lane_request(event: MediaUploaded, generation: int) -> ConversionRequested:
    """The request that puts an upload into the lane of its priority."""
    return ConversionRequested(
        media_id=event.media_id, generation=generation, priority=event.priority, reason=RequestReason.PRIORITY
    )


def _status(event: MediaUploaded, rendition: Rendition | None) -> str:
    if not event.convertible:
        return "not_needed"
    return "ready" if rendition else "pending"


def _identify(file: BinaryIO, filename: str) -> DocumentType:
    try:
        return identify(file, filename)
    except UnsupportedTypeError as error:
        raise unsupported_type(str(error)) from error


def _suffix(filename: str) -> str:
    """A short, harmless suffix for people who look into the bucket; nothing trusts it."""
    suffix = PurePath(filename).suffix.lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 6 else ""  # noqa: PLR2004 - ".fodpx"


async def _chain(head: bytes, rest: AsyncIterator[bytes] | None = None) -> AsyncIterator[bytes]:
    yield head
    if rest is not None:
        async for chunk in rest:
            yield chunk
