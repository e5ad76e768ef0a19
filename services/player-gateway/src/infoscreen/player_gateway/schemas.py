"""The bodies of the gateway's requests and answers, as its OpenAPI document describes them."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field

from infoscreen.player_gateway.links import Link
from infoscreen.player_gateway.media_state import MediaState
from infoscreen.player_gateway.programme import Command, Entry, Hours, ListItem, Override

Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_MESSAGES = {"pending": "Waiting to be converted.", "processing": "Being converted."}


class Shown(BaseModel):
    """What to show, for programs that download it themselves."""

    status: Literal["ready"] = "ready"
    url: str = Field(description="Presigned: GET only, until `expires_at`")
    expires_at: datetime
    sha256: str
    size_bytes: int
    pages: int | None = Field(description="null for what is shown as it is")
    media_type: str

    @classmethod
    def of(cls, state: MediaState, link: Link) -> "Shown":
        """A medium that can be shown."""
        return cls(
            url=link.url,
            expires_at=link.expires_at,
            sha256=state.shown_sha256,
            size_bytes=state.shown_size_bytes,
            pages=state.pages,
            media_type=state.shown_media_type,
        )


class UnderWay(BaseModel):
    """Nothing to show yet."""

    status: Literal["pending", "processing"]
    message: str
    eta: float | None = Field(
        description="Seconds, estimated from history or from the pages that are done; null where it cannot be estimated"
    )
    pages_done: int | None = Field(description="How many pages are written, of a slow conversion; else null")
    pages_expected: int | None = Field(description="How many there will be, of a slow conversion; else null")

    @classmethod
    def of(cls, state: MediaState, eta: float | None) -> "UnderWay":
        """A medium that is being converted, or waits for it."""
        return cls.model_validate(
            {
                "status": state.status,
                "message": _message(state),
                "eta": eta,
                "pages_done": state.pages_done,
                "pages_expected": state.pages_expected,
            }
        )


def _message(state: MediaState) -> str:
    if state.pages_done and state.pages_expected:
        return f"Being converted: page {state.pages_done} of {state.pages_expected}."
    return _MESSAGES[state.status]


class Failed(BaseModel):
    """The document could not be converted."""

    status: Literal["failed"] = "failed"
    error: str = Field(description="What to do about it, for people")
    reason: str | None
    retryable: bool = Field(description="True where it has been asked for again")

    @classmethod
    def of(cls, state: MediaState) -> "Failed":
        """A medium whose conversion failed."""
        return cls(error=state.message or "", reason=state.reason, retryable=bool(state.retryable))


class ManifestItem(BaseModel):
    """A medium that a player should show."""

    media_id: UUID
    filename: str
    status: Literal["pending", "processing", "ready", "failed"]
    etag: str = Field(description="Changes with the content")
    media_type: str
    sha256: str | None = Field(description="Of what `url` gives; null unless ready")
    size_bytes: int | None
    pages: int | None
    url: str | None = Field(description="Presigned; null unless ready")
    expires_at: datetime | None
    eta: float | None = Field(description="Seconds, while it is under way; null while it cannot be estimated")
    error: str | None = Field(description="What to do about it, for people; null unless failed")
    reason: str | None = Field(description="Why it failed, for programs; null unless failed")

    @classmethod
    def of(cls, state: MediaState, link: Link | None, eta: float | None) -> Self:
        """A medium with its URL, where it can be shown, and otherwise why not."""
        return cls.model_validate(
            {
                "media_id": state.media_id,
                "filename": state.filename,
                "status": "ready" if state.status == "not_needed" else state.status,
                "etag": f"{state.generation}-{state.shown_sha256[:16]}",
                "media_type": state.shown_media_type,
                "sha256": state.shown_sha256 if link else None,
                "size_bytes": state.shown_size_bytes if link else None,
                "pages": state.pages,
                "url": link.url if link else None,
                "expires_at": link.expires_at if link else None,
                "eta": eta,
                "error": state.message,
                "reason": state.reason,
                "page_seconds": state.timings,
            }
        )


class ManifestFile(ManifestItem):
    """A medium that a player's rules name."""

    page_seconds: list[float | None] | None = Field(
        default=None, description="The deck's own timings, a page each; null where it has none"
    )


class DisplaySettings(BaseModel):
    """When the display is on, and how it hangs."""

    hours: list[Hours] = Field(description="Empty for always")
    orientation: str


class ProgrammeRules(BaseModel):
    """By what a player decides alone what it shows, for as long as it hears of nothing newer."""

    timezone: str = Field(description="Of the IANA database")
    language: str = Field(description="Of notices on the screen")
    playlists: dict[UUID, list[ListItem]]
    default: UUID = Field(description="The playlist that is shown when no entry covers the moment")
    entries: list[Entry] = Field(description="In the order in which they win")
    override: Override | None
    display: DisplaySettings
    commands: list[Command]
    snapshot_until: datetime | None = Field(description="Until when to send pictures of the screen often")


class ProgrammeDocument(ProgrammeRules):
    """The manifest of a player that decides by itself: whole rules, and every file that they name."""

    version: Literal[2] = 2
    player: str
    etag: str = Field(description="Covers everything but URLs, their expiry and estimates")
    files: list[ManifestFile] = Field(
        description="Of the override first, then of the default, then of the entries in the order in which they win"
    )


class ManifestDocument(BaseModel):
    """What a player should show, in order."""

    player: str
    etag: str = Field(description="Send it as If-None-Match, with `wait`, to hear only of changes")
    media: list[ManifestItem]


class Enrolment(BaseModel):
    """A one-time code, as an operator typed it in."""

    code: str = Field(min_length=4, max_length=64)


class Enrolled(BaseModel):
    """The player's token, shown only now."""

    player: str
    token: str


def _text(value: object) -> object:
    """JSON has no dates: pydantic would take a number for one, and the document says that it is text."""
    if not isinstance(value, str):
        raise ValueError("a date and time is written as text")  # noqa: TRY004 - what pydantic reports as invalid
    return value


Day = Annotated[date, BeforeValidator(_text)]


class Showing(BaseModel):
    """What is on the screen."""

    media_id: UUID | None = None
    sha256: Sha256 | None = None
    since: Annotated[datetime, BeforeValidator(_text)] | None = None
    note: Text | None = Field(default=None, description="Such as why it is the standby picture")


class Health(BaseModel):
    """How the player is."""

    version: Text | None = None
    free_disk_bytes: int | None = Field(default=None, ge=0, le=2**62, strict=True)
    temperature_celsius: float | None = Field(default=None, ge=-100, le=200, strict=True)
    undervoltage: bool | None = Field(default=None, strict=True)
    uptime_seconds: float | None = Field(default=None, ge=0, le=1e10, strict=True)
    errors: list[Text] = Field(default_factory=list, max_length=20)


class HeldFile(BaseModel):
    """A file that the manifest names, on the player."""

    sha256: Sha256
    state: Literal["held", "downloading", "failed"]


class ClockState(BaseModel):
    """The time by which the player decides."""

    source: Text = Field(description="What it is trusted by, such as server, ntp, rtc or unknown")
    offset_seconds: float | None = Field(default=None, ge=-1e11, le=1e11, strict=True)


class PowerState(BaseModel):
    """The display's power."""

    wanted: Text | None = Field(default=None, description="on or off")
    cec: Text | None = None
    signal: Text | None = None


class Played(BaseModel):
    """How often, and for how long, an item was on the glass on one day so far."""

    day: Day = Field(description="In the time zone of the screen")
    item: UUID
    media_id: UUID
    times: int = Field(ge=0, le=100_000, strict=True)
    seconds: float = Field(ge=0, le=90_000, strict=True, description="A day has 25 hours once a year")


class Report(BaseModel):
    """What a player says about itself."""

    showing: Showing | None = None
    health: Health | None = None
    applied: Text | None = Field(default=None, description="The etag of the manifest that it follows")
    held: list[HeldFile] = Field(default_factory=list, max_length=500)
    entry: UUID | None = Field(default=None, description="The entry of the schedule that wins; null for the default")
    item: UUID | None = Field(default=None, description="The item of the playlist that is on the glass")
    page: int | None = Field(default=None, ge=0, le=1_000_000, strict=True)
    clock: ClockState | None = None
    power: PowerState | None = None
    commands_done: list[UUID] = Field(default_factory=list, max_length=100, description="Commands that it took up")
    played: list[Played] = Field(default_factory=list, max_length=200, description="Totals of the days that changed")
