"""Bodies of conversions: state, options, and statistics."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from infoscreen.catalog.api.schemas.media import MediaLinks, MediaStatus, ProfileKey, ShownProfile
from infoscreen.common.conversion_options import ConversionOptions, Profile
from infoscreen.common.events import Priority


class PdfOptions(BaseModel):
    """How a PDF is wanted. Options are given together: those that are left out are then the usual ones."""

    priority: Annotated[Priority | None, Field(description="Which lane to take; by default the upload's")] = None
    pages: Annotated[
        str | None,
        Field(
            max_length=100,
            pattern=r"^(all|[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?(,[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?)*)$",
            description="Which pages, as in 1-3,7; all for all",
        ),
    ] = None
    image_quality: Annotated[int | None, Field(ge=1, le=100, description="Of JPEG compression, in per cent")] = None
    archival: Annotated[bool | None, Field(description="True for PDF/A-2b")] = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        _ = self.options  # such as a range that runs backwards
        return self

    @property
    def options(self) -> ConversionOptions | None:
        """What was given, None where nothing was: then the conversion keeps those that it has."""
        if all(option is None for option in (self.pages, self.image_quality, self.archival)):
            return None
        pages = None if self.pages == "all" else self.pages
        return ConversionOptions(Profile.PDFA if self.archival else Profile.PDF, pages, self.image_quality)


class ConversionState(BaseModel):
    """Where the conversion of a medium stands."""

    media_id: UUID
    conversion_id: UUID | None
    status: MediaStatus
    target_format: str
    profile: ProfileKey | None
    shown_profile: ShownProfile
    generation: int
    priority: Priority
    attempts: int
    requested_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    reason: str | None
    message: str | None
    retryable: bool | None
    pages: int | None
    queue_position: int | None = Field(description="1 is next; null unless pending")
    eta_seconds: float | None = Field(
        description="Estimated from history, or from the pages that are done; null where it cannot be estimated"
    )
    pages_done: int | None = Field(description="How many are written, of a slow conversion under way; else null")
    pages_expected: int | None = Field(description="How many there will be, of a slow conversion under way; else null")
    links: MediaLinks


class LaneDepth(BaseModel):
    """How much work a lane has."""

    pending: int
    processing: int


class ConversionStatistics(BaseModel):
    """The conversions of all current media."""

    pending: int
    processing: int
    ready: int
    failed: int
    avg_duration_seconds: float | None = Field(description="Of the newest 1000 that an engine converted")
    p50_duration_seconds: float | None
    p95_duration_seconds: float | None
    oldest_pending_seconds: float | None
    lanes: dict[Priority, LaneDepth]
    applied_sequence: int = Field(description="Stream sequence up to which these figures are")
