"""The use case of ingest: an original is stored, looked at, and announced, in that order.

An upload is acknowledged only once its event is confirmed, or parked in the bucket where the relay finds it. What
dies before that leaves an object that no event names, which is collected later; nothing is half uploaded.
"""

from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePath
from typing import Protocol
from uuid import UUID, uuid4

import structlog

from infoscreen.common.document_types import DocumentType, UnsupportedTypeError
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
from infoscreen.common.failpoints import failpoint
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.messaging.renditions import Rendition, rendition_key
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.problem import ProblemError
from infoscreen.ingest.errors import idempotency_mismatch, unknown_media, unsupported_type
from infoscreen.ingest.keyed_lock import KeyedLock
from infoscreen.ingest.observability import UPLOADED_BYTES, UPLOADS
from infoscreen.ingest.request_body import UploadedFile

_log = structlog.get_logger(__name__)
NIL = UUID(int=0)


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
    """Where uploads wait for NATS."""

    async def park(self, event: MediaUploaded, event_id: UUID) -> None:
        """Keep an upload until it can be published."""

    async def find(self, event_id: UUID) -> MediaUploaded | None:
        """The upload that waits under this id."""

    async def relay(self, about: UUID | None = None) -> int:
        """Publish what waits and bears this id."""


class Recogniser(Protocol):
    """Tells what files are."""

    async def identify(self, content: RandomAccess, filename: str) -> DocumentType:
        """The type of a file by its content."""


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
    recogniser: Recogniser
    publish_deadline_seconds: float
    _announcing: KeyedLock = field(default_factory=KeyedLock)

    async def add(self, request: UploadRequest) -> UploadResult:
        """Store a new medium.

        Raises:
            ProblemError: the file is refused (400, 408, 413, 415, 422).
            UnavailableError: the object store is away.
        """
        upload_id = uuid4()
        event = await self._store(new_media_id(), upload_id, request, replaces=None)
        # A new medium has no id yet that a repeated request could know, so the key alone identifies it.
        identity = _identity(NIL, upload_id, request)
        return await self._announce(event, identity, request, after=identity if request.idempotency_key else None)

    async def replace(self, media_id: UUID, request: UploadRequest) -> UploadResult:
        """Store a new generation of a medium.

        Raises:
            ProblemError: as ``add``, and 404 for a medium that does not exist, or no longer when the body is there.
            UnavailableError: the object store is away.
        """
        upload_id = uuid4()
        try:
            generation: int | None = await self._current_generation(media_id)
        except UnavailableError:
            generation = None
            # The bucket still tells whether there was ever such a medium.
            if not await self.store.list(f"originals/{media_id}/"):
                raise unknown_media(media_id) from None
        event = await self._store(media_id, upload_id, request, replaces=generation)
        return await self._announce(event, _identity(media_id, upload_id, request), request, after=media_id)

    async def delete(self, media_id: UUID, deleted_by: str) -> None:
        """Announce that a medium is gone; its objects go once nothing refers to them.

        Raises:
            ProblemError: 404 for a medium that does not exist.
            UnavailableError: NATS is away; nothing was changed.
        """
        generation = await self._current_generation(media_id)
        event = MediaDeleted(media_id=media_id, deleted_by=deleted_by)
        await self.publisher.publish(
            event, event_id(event.type, media_id, generation), deadline_seconds=self.publish_deadline_seconds
        )

    async def _current_generation(self, media_id: UUID) -> int:
        """A medium's generation once all that was parked about it is in the stream.

        Raises:
            ProblemError: 404, there is no such medium.
            UnavailableError: NATS or the object store is away.
        """
        await self.outbox.relay(media_id)
        generation = await self.media.current_generation(media_id)
        if generation is None:
            raise unknown_media(media_id)
        return generation

    async def _store(
        self, media_id: UUID, upload_id: UUID, request: UploadRequest, *, replaces: int | None
    ) -> MediaUploaded:
        """Store the bytes; the fact of it, for announcing."""
        name = request.file.filename
        key = f"originals/{media_id}/{upload_id}{_suffix(name)}"
        digest, kind = await self.store.put_stream(key, request.file.chunks, partial(self._identify, name))
        failpoint("ingest.stored")
        return MediaUploaded(
            media_id=media_id,
            filename=name,
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

    async def _identify(self, filename: str, content: RandomAccess) -> DocumentType:
        try:
            return await self.recogniser.identify(content, filename)
        except UnsupportedTypeError as error:
            raise unsupported_type(str(error)) from error

    async def _announce(
        self, event: MediaUploaded, identity: UUID, request: UploadRequest, *, after: UUID | None
    ) -> UploadResult:
        """Publish, or park; never before what was parked earlier under the id ``after``."""
        async with self._announcing.of(identity):
            try:
                generation, first = await self._publish(event, identity, request, after)
            except UnavailableError:
                return await self._park(event, identity, request)
            except ProblemError:
                await self.store.delete(event.object_key)
                raise
        stored = await self._first(event, first)
        UPLOADS.labels("accepted").inc()
        UPLOADED_BYTES.inc(stored.size_bytes)
        await self._route(stored, generation)
        return UploadResult(stored, _status(stored, await self._rendition(stored)), parked=False)

    async def _publish(
        self, event: MediaUploaded, identity: UUID, request: UploadRequest, after: UUID | None
    ) -> tuple[int, MediaUploaded]:
        """The generation of an upload, and the upload that the stream has under this identity."""
        if after == event.media_id:
            await self._current_generation(event.media_id)  # it may have been deleted while the body came
        elif after is not None:
            await self.outbox.relay(after)
        generation = await self.publisher.publish(event, identity, deadline_seconds=self.publish_deadline_seconds)
        first = await self.media.uploaded_at(generation) if request.idempotency_key else None
        return generation, first or event

    async def _park(self, event: MediaUploaded, identity: UUID, request: UploadRequest) -> UploadResult:
        first = await self.outbox.find(identity) if request.idempotency_key else None
        if first is None:
            await self.outbox.park(event, identity)
        stored = await self._first(event, first or event)
        UPLOADS.labels("parked").inc()
        UPLOADED_BYTES.inc(stored.size_bytes)
        return UploadResult(stored, _status(stored, rendition=None), parked=True)

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


def _identity(subject: UUID, upload_id: UUID, request: UploadRequest) -> UUID:
    """The id of an upload's event: a repeated request under the same key is the same fact."""
    key = request.idempotency_key
    fact = ("key", request.uploaded_by, key) if key else (upload_id,)
    return event_id(MediaUploaded.type, subject, *fact)


def lane_request(event: MediaUploaded, generation: int) -> ConversionRequested:
    """The request that puts an upload into the lane of its priority."""
    return ConversionRequested(
        media_id=event.media_id, generation=generation, priority=event.priority, reason=RequestReason.PRIORITY
    )


def _status(event: MediaUploaded, rendition: Rendition | None) -> str:
    if not event.convertible:
        return "not_needed"
    return "ready" if rendition else "pending"


def _suffix(filename: str) -> str:
    """A short, harmless suffix for people who look into the bucket; nothing trusts it."""
    suffix = PurePath(filename).suffix.lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 6 else ""  # noqa: PLR2004 - ".fodpx"
