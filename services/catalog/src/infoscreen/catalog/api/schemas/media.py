"""Bodies of media: list, detail, and changes of the event stream."""

from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from infoscreen.catalog.media.queries import status_of
from infoscreen.catalog.models import Conversion, MediaEvent, MediaFile
from infoscreen.catalog.projection.rules import NOT_NEEDED
from infoscreen.common.events import Priority
from infoscreen.common.rendition import media_type_of

ProfileKey = Annotated[str, Field(description="With which options the PDF is made, such as pdfa__p1-3__q60")]

ShownProfile = Annotated[
    str | None,
    Field(
        description="With which options the PDF is made that screens show; it stays, with its pages and its report, "
        "until the one of another profile is ready. null while there is none"
    ),
]

MediaStatus = Literal["pending", "processing", "ready", "failed", "not_needed"]
"""The status of a medium: its conversion's, or not_needed where it is shown as it is."""


class MediaLinks(BaseModel):
    """Where to go on from here, relative to the edge."""

    self: str
    status: str
    display: str
    thumbnail: str
    original: str
    report: str

    @classmethod
    def of(cls, media_id: UUID) -> Self:
        """The links of a medium."""
        base = f"/api/media/{media_id}"
        status = f"/api/conversions/{media_id}/status"
        return cls(
            self=base,
            status=status,
            display=f"{base}/display",
            thumbnail=f"{base}/thumbnail",
            original=f"{base}/original",
            report=f"{base}/report",
        )


class MediaItem(BaseModel):
    """A medium in the list."""

    media_id: UUID
    filename: str
    title: str = Field(description="Its title, or the filename until it has one")
    tags: list[str] = Field(description="In the order of the alphabet")
    media_type: str
    extension: str
    size_bytes: int
    sha256: str
    uploaded_by: str
    owner: str | None = Field(description="Who may change it beside editors; null for what is older than owners")
    priority: Priority
    generation: int
    created_at: datetime
    uploaded_at: datetime
    conversion_status: MediaStatus
    pages: int | None
    length_seconds: float | None = Field(description="Of a film")
    shown_media_type: str | None = Field(description="Of what screens show; null until there is something")
    has_thumbnail: bool
    reason: str | None
    message: str | None
    findings: int | None = Field(description="How many findings its report has; null where there is no report")
    has_timings: bool = Field(description="True where the deck gives pages times of its own")
    shown_profile: ShownProfile
    links: MediaLinks

    @classmethod
    def of(cls, media: MediaFile, conversion: Conversion | None) -> Self:
        """A medium with its current conversion, if it has one."""
        return cls.model_validate(
            media.model_dump()
            | {
                "media_id": media.id,
                "title": media.title or media.filename,
                "conversion_status": status_of(media, conversion),
                "pages": conversion and conversion.pages,
                "length_seconds": conversion and conversion.length_seconds,
                "shown_media_type": _shown_media_type(media, conversion),
                "has_thumbnail": bool(conversion and conversion.thumbnail_key),
                "reason": conversion and conversion.reason,
                "message": conversion and conversion.message,
                "findings": conversion and conversion.findings,
                "has_timings": bool(conversion and conversion.page_seconds),
                "shown_profile": conversion and conversion.shown_profile,
                "links": MediaLinks.of(media.id),
            }
        )


def _shown_media_type(media: MediaFile, conversion: Conversion | None) -> str | None:
    if status_of(media, conversion) == NOT_NEEDED:
        return media.media_type
    return media_type_of(conversion.pdf_key) if conversion and conversion.pdf_key else None


class MediaPage(BaseModel):
    """A page of the list."""

    items: list[MediaItem]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one")


class TrashedItem(MediaItem):
    """A medium in the trash."""

    trashed_at: datetime
    trashed_by: str
    deleted_after: datetime = Field(description="When its time in the trash is over; the next clean-up deletes it")
    days_left: int = Field(ge=0, description="Of that time, rounded up")

    @classmethod
    def of_trash(cls, media: MediaFile, conversion: Conversion | None, trash_time: timedelta, now: datetime) -> Self:
        """A medium that was trashed."""
        assert media.trashed_at is not None  # noqa: S101 - what is listed is in the trash
        over = media.trashed_at + trash_time
        return cls(
            **MediaItem.of(media, conversion).model_dump(),
            trashed_at=media.trashed_at,
            trashed_by=media.trashed_by or "",
            deleted_after=over,
            days_left=max(0, ceil((over - now) / timedelta(days=1))),
        )


class TrashPage(BaseModel):
    """A page of the trash."""

    items: list[TrashedItem]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one")


class ConversionItem(BaseModel):
    """A conversion of a medium, of this or an earlier generation."""

    conversion_id: UUID
    target_format: str
    file_hash: str
    profile: ProfileKey
    status: Literal["pending", "processing", "ready", "failed", "obsolete"]
    generation: int
    priority: Priority
    attempts: int
    requested_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    engine: str | None
    reason: str | None
    message: str | None
    retryable: bool | None
    pages: int | None
    pdf_sha256: str | None
    pdf_size_bytes: int | None
    duration_seconds: float | None
    cached: bool | None
    shown_profile: ShownProfile

    @classmethod
    def of(cls, conversion: Conversion) -> Self:
        """A conversion as people see it."""
        return cls.model_validate(conversion.model_dump() | {"conversion_id": conversion.id})


class HistoryEntry(BaseModel):
    """Something that happened to a medium."""

    sequence: int
    type: str
    generation: int
    status: str | None = Field(description="What the medium's status became; null where nothing changed")
    at: datetime
    attempt: int | None
    worker: str | None
    reason: str | None
    message: str | None

    @classmethod
    def of(cls, event: MediaEvent) -> Self:
        """A fact as people see it."""
        return cls.model_validate(event.model_dump() | {"type": event.event_type, "at": event.occurred_at})


class MediaDetail(MediaItem):
    """A medium with everything that is known about it."""

    page_seconds: list[float | None] | None = Field(
        description="The deck's own timings, one a page; null for a page without one, and where the deck has none"
    )
    conversions: list[ConversionItem]
    history: list[HistoryEntry] = Field(description="Oldest first, the newest 200")


class MediaChanged(HistoryEntry):
    """A change of a medium, as the event stream tells it: a fact that changed the status."""

    media_id: UUID
    status: str
