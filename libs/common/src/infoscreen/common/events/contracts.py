"""The facts that travel on the ``INFOSCREEN`` stream, as data: the only thing services share about each other.

Every model names its type, its version, its producers and its consumers. Fields are only ever added, with a default:
decoders ignore fields that they do not know, and read an unknown value of an enum as text, so producers and consumers
are upgraded in any order.
"""

from abc import abstractmethod
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from infoscreen.common.deck_report import MAX_WORST_FINDINGS, Finding
from infoscreen.common.errors import FailureReason
from infoscreen.common.rendition import PDF_TARGET, PREVIEW_TARGET, PageSeconds

MAX_TITLE_CHARACTERS = 255
MAX_OWNER_CHARACTERS = 255

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Priority(StrEnum):
    """Which lane a conversion takes."""

    URGENT = "urgent"
    NORMAL = "normal"
    BULK = "bulk"

    @classmethod
    def known(cls, priority: "Priority | str") -> "Priority":
        """The lane for a priority: the normal one for a priority of a newer version."""
        return priority if isinstance(priority, Priority) else cls.NORMAL


class RequestReason(StrEnum):
    """Why a conversion is asked for beside the upload itself."""

    PRIORITY = "priority"
    ENSURE = "ensure"
    RETRY = "retry"
    DISPLAY = "display"
    OVERDUE = "overdue"
    RENDITION_MISSING = "rendition_missing"
    HANDED_BACK = "handed_back"


_KNOWN_OR_TEXT = Field(union_mode="left_to_right")


class StreamEvent(BaseModel):
    """What all facts have in common: they are about one thing, and never change."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    version: ClassVar[int] = 1
    producers: ClassVar[tuple[str, ...]]
    consumers: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def subject_id(self) -> UUID:
        """The id of what the fact is about; the last part of its subject."""


class Event(StreamEvent):
    """A fact about one medium."""

    media_id: UUID

    @property
    def subject_id(self) -> UUID:
        """The medium."""
        return self.media_id


class MediaUploaded(Event):
    """An original is stored, as a new medium or as the replacement of one."""

    type: ClassVar[str] = "media.uploaded"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("converter", "catalog", "player-gateway", "notifier")

    filename: Annotated[str, Field(max_length=255)]
    media_type: str
    extension: str
    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256
    object_key: str
    uploaded_by: str
    priority: Annotated[Priority | str, _KNOWN_OR_TEXT] = Priority.NORMAL
    replaces: Annotated[
        int | None, Field(description="Generation that was current when this upload began, if any.")
    ] = None
    restores: Annotated[
        int | None, Field(description="Earlier generation of the medium whose bytes these are, shown again.")
    ] = None
    convertible: Annotated[
        bool, Field(description="False for what is shown as it is: PDF, most pictures and films.")
    ] = True
    preview: Annotated[
        bool,
        Field(description="True where what is shown as it is has to be opened once before, and pictured."),
    ] = False
    obsolete: Annotated[
        bool,
        Field(
            description="True for a replacement that reached the stream only after its medium was deleted, or was no "
            "longer its uploader's to change."
        ),
    ] = False
    owner: Annotated[
        str | None,
        Field(description="Who owns the medium from here on. None, of an older producer: as before."),
    ] = None

    @property
    def target_format(self) -> str | None:
        """The rendition that this upload asks for by itself, if any."""
        if self.convertible:
            return PDF_TARGET
        return PREVIEW_TARGET if self.preview else None

    @property
    def lane(self) -> Priority:
        """The lane of that rendition: what could be shown at once is looked at first."""
        return Priority.URGENT if self.target_format == PREVIEW_TARGET else Priority.known(self.priority)


class MediaDeleted(Event):
    """A medium is gone, with the generation that the deletion names and every earlier one."""

    type: ClassVar[str] = "media.deleted"
    producers: ClassVar[tuple[str, ...]] = ("ingest", "catalog")
    consumers: ClassVar[tuple[str, ...]] = ("converter", "catalog", "player-gateway", "notifier")

    deleted_by: str
    generation: Annotated[
        int | None,
        Field(ge=1, description="The generation it was decided on; None, of an older producer, means any."),
    ] = None

    def ends(self, generation: int | None) -> bool:
        """True if this deletion, coming after a generation, ends it, and not only an earlier one."""
        return self.generation is None or self.generation == generation


class MediaTrashed(Event):
    """A medium is in the trash: no screen shows it; its files stay, and its conversions go on."""

    type: ClassVar[str] = "media.trashed"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("catalog", "player-gateway", "notifier")

    trashed_by: str
    generation: Annotated[int, Field(ge=1, description="The generation it was decided on.")]


class MediaRestored(Event):
    """A medium is out of the trash, as it was."""

    type: ClassVar[str] = "media.restored"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("catalog", "player-gateway")

    restored_by: str
    generation: Annotated[int, Field(ge=1, description="The generation it was decided on.")]


class MediaRenamed(Event):
    """A medium has a title, which stays when its file is replaced."""

    type: ClassVar[str] = "media.renamed"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("catalog",)

    title: Annotated[str, Field(min_length=1, max_length=MAX_TITLE_CHARACTERS)]
    renamed_by: str


class MediaTagged(Event):
    """Tags of a medium were added and removed; its other tags stay."""

    type: ClassVar[str] = "media.tagged"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("catalog",)

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    tagged_by: str


class MediaOwned(Event):
    """A medium was handed over: who owned it may not change it any more, and its new owner may."""

    type: ClassVar[str] = "media.owned"
    producers: ClassVar[tuple[str, ...]] = ("ingest",)
    consumers: ClassVar[tuple[str, ...]] = ("catalog",)

    owner: Annotated[str, Field(min_length=1, max_length=MAX_OWNER_CHARACTERS)]
    handed_over_by: str


class ConversionRequested(Event):
    """A rendition is to be made (again), beside the one that an upload asks for by itself."""

    type: ClassVar[str] = "conversion.requested"
    producers: ClassVar[tuple[str, ...]] = ("catalog", "player-gateway", "ingest", "converter")
    consumers: ClassVar[tuple[str, ...]] = ("converter", "catalog")

    generation: Annotated[int, Field(ge=1, description="Stream sequence of the media.uploaded it belongs to.")]
    target_format: str = "pdf"
    priority: Annotated[Priority | str, _KNOWN_OR_TEXT] = Priority.NORMAL
    reason: Annotated[RequestReason | str, _KNOWN_OR_TEXT]
    profile: str = "default"
    attempts: Annotated[
        int, Field(ge=0, description="How many the document has had, where a converter hands it back.")
    ] = 0

    @property
    def lane(self) -> Priority:
        """The lane that it takes."""
        return Priority.known(self.priority)


class ConversionEvent(Event):
    """What the converter's three facts have in common."""

    producers: ClassVar[tuple[str, ...]] = ("converter",)
    consumers: ClassVar[tuple[str, ...]] = ("catalog", "notifier")

    conversion_id: UUID
    generation: Annotated[int, Field(ge=1)]
    target_format: str
    file_hash: Sha256
    attempt: Annotated[int, Field(ge=1)]
    worker: str
    engine: str
    profile: str = "default"


class ConversionStarted(ConversionEvent):
    """A converter is about to hand the document to its engine."""

    type: ClassVar[str] = "conversion.started"
    consumers: ClassVar[tuple[str, ...]] = ("catalog", "converter")


class ConversionProgressed(ConversionEvent):
    """A conversion that takes long is under way; published less often the longer it takes, and never by a quick one."""

    type: ClassVar[str] = "conversion.progressed"
    consumers: ClassVar[tuple[str, ...]] = ("catalog",)

    pages: Annotated[int | None, Field(ge=1, description="How many the PDF will have. None: not known yet.")] = None
    pages_done: Annotated[int, Field(ge=0, description="How many of them are written.")] = 0
    remaining_seconds: Annotated[
        float | None, Field(ge=0, description="Until the last page, by those before. None: not known yet.")
    ] = None


class ConversionSucceeded(ConversionEvent):
    """The rendition is stored, verified and registered."""

    type: ClassVar[str] = "conversion.succeeded"

    pdf_key: str
    pdf_sha256: Sha256
    pdf_size_bytes: Annotated[int, Field(gt=0)]
    pages: Annotated[int, Field(ge=1)]
    thumbnail_key: str | None
    duration_seconds: Annotated[float, Field(ge=0)]
    cached: bool
    report_key: Annotated[
        str | None,
        Field(description="The whole deck report, a JSON object. None: there is none."),
    ] = None
    findings: Annotated[
        tuple[Finding, ...], Field(max_length=MAX_WORST_FINDINGS, description="The worst of the report.")
    ] = ()
    finding_counts: Annotated[dict[str, int], Field(description="How many findings the report has of each kind.")] = {}
    length_seconds: Annotated[float | None, Field(gt=0, description="Of a film.")] = None
    page_seconds: Annotated[
        PageSeconds | None,
        Field(description="The deck's own timings, one a page; null for a page without one. None: the deck has none."),
    ] = None


class ConversionFailed(ConversionEvent):
    """The document will not be tried again by itself."""

    type: ClassVar[str] = "conversion.failed"
    producers: ClassVar[tuple[str, ...]] = ("converter", "catalog")

    reason: Annotated[FailureReason | str, _KNOWN_OR_TEXT]
    message: str
    retryable: bool
    attempts: Annotated[int, Field(ge=1)]


class ScreenEvent(StreamEvent):
    """A fact about one screen, which the tables that are projected from the stream have no part in."""

    producers: ClassVar[tuple[str, ...]] = ("catalog",)
    consumers: ClassVar[tuple[str, ...]] = ("notifier",)

    player_id: UUID
    name: Annotated[str, Field(description="The player's, for people.")]
    last_seen_at: Annotated[datetime, Field(description="When a gateway last heard of it.")]

    @property
    def subject_id(self) -> UUID:
        """The screen's player."""
        return self.player_id


class ScreenDark(ScreenEvent):
    """No gateway has heard of an enrolled screen for ten minutes, in which the database could be asked."""

    type: ClassVar[str] = "screen.dark"


class ScreenBack(ScreenEvent):
    """A screen that was dark is heard of again."""

    type: ClassVar[str] = "screen.back"


class ScreenOverridden(StreamEvent):
    """An operator put a medium or a text on screens at once. The text itself is not part of the fact."""

    type: ClassVar[str] = "screen.overridden"
    producers: ClassVar[tuple[str, ...]] = ("catalog",)
    consumers: ClassVar[tuple[str, ...]] = ("notifier",)

    override_id: UUID
    group_id: Annotated[UUID | None, Field(description="None: every screen.")] = None
    media_id: Annotated[UUID | None, Field(description="None: a text.")] = None
    until: datetime
    created_by: str

    @property
    def subject_id(self) -> UUID:
        """The override."""
        return self.override_id


EVENT_TYPES: dict[str, type[StreamEvent]] = {
    model.type: model
    for model in (
        MediaUploaded,
        MediaDeleted,
        MediaTrashed,
        MediaRestored,
        MediaRenamed,
        MediaTagged,
        MediaOwned,
        ConversionRequested,
        ConversionStarted,
        ConversionProgressed,
        ConversionSucceeded,
        ConversionFailed,
        ScreenDark,
        ScreenBack,
        ScreenOverridden,
    )
}
