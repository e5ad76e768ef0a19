"""What the catalog answers, as its OpenAPI document shows it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from infoscreen.catalog.converters import Converter
from infoscreen.catalog.models import Conversion, MediaEvent, MediaFile, PoisonEvent
from infoscreen.catalog.players import AssignedPlayer
from infoscreen.catalog.projection import NOT_NEEDED
from infoscreen.common.auth import Principal, Role
from infoscreen.common.conversion_options import ConversionOptions, Profile
from infoscreen.common.events import Priority
from infoscreen.common.messaging.dead_letter import DeadLetter

ProfileKey = Annotated[str, Field(description="With which options the PDF is made, such as pdfa__p1-3__q60")]

MediaStatus = Literal["pending", "processing", "ready", "failed", "not_needed"]
"""The status of a medium: its conversion's, or not_needed where it is shown as it is."""


class MediaLinks(BaseModel):
    """Where to go on from here, relative to the edge."""

    self: str
    status: str
    display: str
    thumbnail: str
    original: str

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
        )


class MediaItem(BaseModel):
    """A medium in the list."""

    media_id: UUID
    filename: str
    media_type: str
    extension: str
    size_bytes: int
    sha256: str
    uploaded_by: str
    priority: Priority
    generation: int
    created_at: datetime
    uploaded_at: datetime
    conversion_status: MediaStatus
    pages: int | None
    has_thumbnail: bool
    reason: str | None
    message: str | None
    links: MediaLinks

    @classmethod
    def of(cls, media: MediaFile, conversion: Conversion | None) -> Self:
        """A medium with its current conversion, if it has one."""
        return cls.model_validate(
            media.model_dump()
            | {
                "media_id": media.id,
                "conversion_status": conversion.status.value if conversion else NOT_NEEDED,
                "pages": conversion and conversion.pages,
                "has_thumbnail": bool(conversion and conversion.thumbnail_key),
                "reason": conversion and conversion.reason,
                "message": conversion and conversion.message,
                "links": MediaLinks.of(media.id),
            }
        )


class MediaPage(BaseModel):
    """A page of the list."""

    items: list[MediaItem]
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

    conversions: list[ConversionItem]
    history: list[HistoryEntry] = Field(description="Oldest first, the newest 200")


class PdfWish(BaseModel):
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
    eta_seconds: float | None = Field(description="Estimated from history; null unless pending or processing")
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


class MediaChanged(BaseModel):
    """A change of a medium, as the event stream tells it."""

    sequence: int
    type: str
    media_id: UUID
    generation: int
    status: str
    at: datetime
    attempt: int | None
    worker: str | None
    reason: str | None
    message: str | None

    @classmethod
    def of(cls, event: MediaEvent) -> Self:
        """A fact that changed something."""
        return cls.model_validate(event.model_dump() | {"type": event.event_type, "at": event.occurred_at})


class SessionRequest(BaseModel):
    """A token to be kept in the dashboard's cookie."""

    token: str = Field(min_length=1, max_length=512)


class SessionInfo(BaseModel):
    """Who is signed in."""

    name: str
    role: Role

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """A principal as the dashboard shows it."""
        return cls(name=principal.name, role=principal.role)


class PlayerName(BaseModel):
    """A player to be enrolled."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$", description="Where it hangs, for people")


class AssignedMedia(BaseModel):
    """What a player may and should show."""

    media_ids: list[UUID] = Field(max_length=500)


class PlayerItem(BaseModel):
    """A player."""

    player_id: UUID
    name: str
    state: Literal["waiting", "enrolled", "revoked"] = Field(description="waiting: nobody came with its token yet")
    created_at: datetime
    enrolled_at: datetime | None
    revoked_at: datetime | None
    last_seen_at: datetime | None
    code_expires_at: datetime | None = Field(description="null when there is no code to be used")
    media_ids: list[UUID] = Field(description="In the order in which it shows them")
    showing: dict[str, Any] | None = Field(description="What it last reported to show")
    health: dict[str, Any] | None = Field(description="What it last reported about itself")
    reported_at: datetime | None

    @classmethod
    def of(cls, assigned: AssignedPlayer) -> Self:
        """A player as operators see it."""
        player = assigned.player
        report = player.report or {}
        known = player.enrolled_at or player.last_seen_at
        return cls.model_validate(
            player.model_dump()
            | {
                "player_id": player.id,
                "state": "revoked" if player.revoked_at else "enrolled" if known else "waiting",
                "media_ids": assigned.media_ids,
                "showing": report.get("showing"),
                "health": report.get("health"),
            }
        )


class PlayerList(BaseModel):
    """Every player."""

    items: list[PlayerItem]


class PlayerCreated(PlayerItem):
    """A new player with what is shown only now."""

    token: str = Field(description="Good at once, until the code is exchanged for another")
    code: str = Field(description="To be typed in at the player, once")
    code_expires_at: datetime


class EnrolmentCode(BaseModel):
    """A one-time code, shown only now."""

    code: str
    code_expires_at: datetime


class JobItem(BaseModel):
    """A conversion under way."""

    model_config = ConfigDict(from_attributes=True)

    media_id: UUID
    filename: str
    attempt: int
    started_at: datetime | None


class ConverterItem(BaseModel):
    """A converter."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    last_seen_at: datetime
    succeeded: int = Field(description="Within the last day")
    failed: int = Field(description="Within the last day")
    jobs: list[JobItem] = Field(description="What it does now")

    @classmethod
    def of(cls, converter: Converter) -> Self:
        """A converter as operators see it."""
        return cls.model_validate(converter)


class ConverterList(BaseModel):
    """Converters by name."""

    items: list[ConverterItem]


class DeadLetterItem(BaseModel):
    """A message that no converter could handle."""

    sequence: int = Field(description="Its number, for retrying and dropping")
    reason: str
    detail: str
    subject: str
    original_sequence: int
    deliveries: int
    durable: str
    died_at: datetime | None

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        """A dead letter as operators see it."""
        return cls.model_validate(asdict(letter) | _content(letter.data))


class DeadLetterDetail(DeadLetterItem):
    """A dead letter, whole."""

    headers: dict[str, str]
    body: str


class DeadLetterPage(BaseModel):
    """Dead letters, oldest first."""

    items: list[DeadLetterItem]


class PoisonItem(BaseModel):
    """A message of the stream that could not be applied."""

    sequence: int
    subject: str
    error: str
    headers: dict[str, str]
    body: str
    at: datetime

    @classmethod
    def of(cls, event: PoisonEvent) -> Self:
        """A poison event as operators see it."""
        return cls.model_validate(event.model_dump() | {"at": event.stored_at, **_content(event.data)})


class PoisonPage(BaseModel):
    """Poison events, oldest first."""

    items: list[PoisonItem]


def _content(data: bytes) -> dict[str, str]:
    """A message's body as text, whatever it is."""
    return {"body": data.decode("utf-8", "replace")}
