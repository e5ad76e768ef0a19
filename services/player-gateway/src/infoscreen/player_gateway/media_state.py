"""The state of a medium: a row of the catalog's published view."""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from infoscreen.common.events import MediaUploaded
from infoscreen.common.rendition import media_type_of


@dataclass(frozen=True, slots=True)
class MediaState:
    """A row of ``player_view``."""

    media_id: UUID
    generation: int
    filename: str
    media_type: str
    sha256: str
    size_bytes: int
    object_key: str
    status: str
    priority: str | None = None
    requested_sequence: int | None = None
    started_at: datetime | None = None
    reason: str | None = None
    message: str | None = None
    retryable: bool | None = None
    pdf_key: str | None = None
    pdf_sha256: str | None = None
    pdf_size_bytes: int | None = None
    pages: int | None = None
    thumbnail_key: str | None = None
    profile: str | None = None
    convertible: bool = True
    progressed_at: datetime | None = None
    pages_expected: int | None = None
    pages_done: int | None = None
    remaining_seconds: float | None = None
    page_seconds: str | None = None  # JSON

    @property
    def under_way(self) -> bool:
        """True while there is nothing to show yet."""
        return self.status in ("pending", "processing")

    @property
    def shown_sha256(self) -> str:
        """The hash of what is shown: of the rendition, or of the original where that is shown as it is."""
        return self.pdf_sha256 or self.sha256

    @property
    def shown_size_bytes(self) -> int:
        """The size of what is shown."""
        return self.pdf_size_bytes or self.size_bytes

    @property
    def shown_media_type(self) -> str:
        """The type of what is shown."""
        return media_type_of(self.pdf_key) if self.pdf_key else self.media_type

    @property
    def timings(self) -> list[float | None] | None:
        """The deck's own timings, one a page; None where it has none."""
        timings: list[float | None] | None = json.loads(self.page_seconds or "null")
        return timings

    @classmethod
    def of_upload(cls, event: MediaUploaded, generation: int) -> "MediaState":
        """An upload that the catalog has not projected yet."""
        return cls(
            media_id=event.media_id,
            generation=generation,
            filename=event.filename,
            media_type=event.media_type,
            sha256=event.sha256,
            size_bytes=event.size_bytes,
            object_key=event.object_key,
            status="pending" if event.target_format else "not_needed",
            convertible=event.convertible,
        )


COLUMNS = ", ".join(field.name for field in fields(MediaState))
