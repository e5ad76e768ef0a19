"""Events with everything filled in that does not matter, and a stream that is told what ingest and converters would."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from infoscreen.common.conversion_options import DEFAULT_PROFILE
from infoscreen.common.errors import FailureReason
from infoscreen.common.events import (
    ConversionFailed,
    ConversionProgressed,
    ConversionRequested,
    ConversionStarted,
    ConversionSucceeded,
    Event,
    MediaDeleted,
    MediaOwned,
    MediaRenamed,
    MediaRestored,
    MediaTagged,
    MediaTrashed,
    MediaUploaded,
    Priority,
    RequestReason,
    conversion_id,
    new_media_id,
)
from infoscreen.common.messaging.publisher import Publisher


def sha256_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


class Events:
    """Builds events about media."""

    def uploaded(self, media_id: UUID | None = None, content: str = "deck", **changes: Any) -> MediaUploaded:
        media_id = media_id or new_media_id()
        facts = {
            "media_id": media_id,
            "filename": "deck.pptx",
            "media_type": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "extension": "pptx",
            "size_bytes": 1000,
            "sha256": sha256_of(content),
            "object_key": f"originals/{media_id}/{uuid4()}.pptx",
            "uploaded_by": "someone",
        }
        return MediaUploaded.model_validate(facts | changes)

    def deleted(self, upload: MediaUploaded, generation: int | None = None) -> MediaDeleted:
        return MediaDeleted(media_id=upload.media_id, deleted_by="someone", generation=generation)

    def trashed(self, upload: MediaUploaded, generation: int) -> MediaTrashed:
        return MediaTrashed(media_id=upload.media_id, trashed_by="someone", generation=generation)

    def restored(self, upload: MediaUploaded, generation: int) -> MediaRestored:
        return MediaRestored(media_id=upload.media_id, restored_by="someone", generation=generation)

    def renamed(self, upload: MediaUploaded, title: str) -> MediaRenamed:
        return MediaRenamed(media_id=upload.media_id, title=title, renamed_by="someone")

    def tagged(self, upload: MediaUploaded, add: Sequence[str] = (), remove: Sequence[str] = ()) -> MediaTagged:
        return MediaTagged(media_id=upload.media_id, add=tuple(add), remove=tuple(remove), tagged_by="someone")

    def owned(self, upload: MediaUploaded, owner: str) -> MediaOwned:
        return MediaOwned(media_id=upload.media_id, owner=owner, handed_over_by="someone")

    def requested(
        self,
        upload: MediaUploaded,
        generation: int,
        reason: RequestReason = RequestReason.ENSURE,
        priority: Priority = Priority.NORMAL,
        profile: str = DEFAULT_PROFILE,
    ) -> ConversionRequested:
        return ConversionRequested(
            media_id=upload.media_id, generation=generation, reason=reason, priority=priority, profile=profile
        )

    def started(self, upload: MediaUploaded, generation: int, **changes: Any) -> ConversionStarted:
        return ConversionStarted.model_validate(self._conversion(upload, generation) | changes)

    def progressed(self, upload: MediaUploaded, generation: int, **changes: Any) -> ConversionProgressed:
        return ConversionProgressed.model_validate(self._conversion(upload, generation) | changes)

    def succeeded(self, upload: MediaUploaded, generation: int, **changes: Any) -> ConversionSucceeded:
        result = {
            "pdf_key": f"converted/{upload.sha256}/{upload.media_id}.pdf",
            "pdf_sha256": sha256_of("pdf"),
            "pdf_size_bytes": 2000,
            "pages": 3,
            "thumbnail_key": f"converted/{upload.sha256}/{upload.media_id}.webp",
            "duration_seconds": 2.0,
            "cached": False,
            "report_key": f"converted/{upload.sha256}/{upload.media_id}.report.json",
            "findings": [{"kind": "hidden_slide", "detail": "2, 5", "count": 2}],
            "finding_counts": {"hidden_slide": 1},
            "page_seconds": [None, 7.5, 12.25],
        }
        return ConversionSucceeded.model_validate(self._conversion(upload, generation) | result | changes)

    def failed(
        self, upload: MediaUploaded, generation: int, reason: FailureReason = FailureReason.CORRUPT, **changes: Any
    ) -> ConversionFailed:
        trouble = {"reason": reason, "message": reason.sentence, "retryable": reason.retryable, "attempts": 1}
        return ConversionFailed.model_validate(self._conversion(upload, generation) | trouble | changes)

    def _conversion(self, upload: MediaUploaded, generation: int) -> dict[str, Any]:
        return {
            "conversion_id": conversion_id(upload.media_id, "pdf", upload.sha256),
            "media_id": upload.media_id,
            "generation": generation,
            "target_format": "pdf",
            "file_hash": upload.sha256,
            "attempt": 1,
            "worker": "converter-1",
            "engine": "libreoffice",
        }


@dataclass
class Uploaded:
    event: MediaUploaded
    generation: int

    @property
    def id(self) -> UUID:
        return self.event.media_id

    @property
    def pdf_key(self) -> str:
        return f"converted/{self.event.sha256}/{self.event.media_id}.pdf"


@dataclass
class Stream:
    """Publishes what ingest and converters would."""

    publisher: Publisher
    events: Events = field(default_factory=Events)

    async def upload(self, media_id: UUID | None = None, content: str = "deck", **changes: Any) -> Uploaded:
        event = self.events.uploaded(media_id, content, **changes)
        return Uploaded(event, await self.publish(event))

    async def publish(self, event: Event) -> int:
        return await self.publisher.publish(event, uuid4())

    async def start(self, upload: Uploaded, **changes: Any) -> int:
        return await self.publish(self.events.started(upload.event, upload.generation, **changes))

    async def succeed(self, upload: Uploaded, **changes: Any) -> int:
        return await self.publish(self.events.succeeded(upload.event, upload.generation, **changes))

    async def fail(self, upload: Uploaded, reason: FailureReason = FailureReason.CORRUPT, **changes: Any) -> int:
        return await self.publish(self.events.failed(upload.event, upload.generation, reason, **changes))

    async def delete(self, upload: Uploaded) -> int:
        return await self.publish(self.events.deleted(upload.event))

    async def trash(self, upload: Uploaded) -> int:
        return await self.publish(self.events.trashed(upload.event, upload.generation))

    async def restore(self, upload: Uploaded) -> int:
        return await self.publish(self.events.restored(upload.event, upload.generation))
