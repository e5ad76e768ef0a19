"""The rows that the projection's rules read and change, as plain data: each has the columns of its table.

``models`` states the columns again, because a rule may not import SQLModel, and mypy knows the columns that queries
name only where the table's class declares them itself. A unit test keeps both alike.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.common.conversion_options import DEFAULT_PROFILE
from infoscreen.common.events import Event


@dataclass(slots=True)
class MediaRow:
    """A row of ``media_files``."""

    id: UUID
    filename: str
    media_type: str
    extension: str
    size_bytes: int
    sha256: str
    object_key: str
    uploaded_by: str
    priority: str
    convertible: bool
    generation: int
    created_at: datetime
    uploaded_at: datetime
    deleted_at: datetime | None = None
    title: str | None = None
    tags: str = "[]"  # JSON, because a statement over many rows takes no arrays of arrays
    trashed_at: datetime | None = None
    trashed_by: str | None = None
    owner: str | None = None


@dataclass(slots=True)
class ConversionRow:
    """A row of ``conversions``."""

    id: UUID
    source_file_id: UUID
    target_format: str
    file_hash: str
    status: ConversionStatus
    generation: int
    priority: str
    requested_sequence: int
    created_at: datetime
    requested_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    attempts: int = 0
    overdue_requests: int = 0
    worker: str | None = None
    engine: str | None = None
    reason: str | None = None
    message: str | None = None
    retryable: bool | None = None
    pdf_key: str | None = None
    pdf_sha256: str | None = None
    pdf_size_bytes: int | None = None
    pages: int | None = None
    thumbnail_key: str | None = None
    duration_seconds: float | None = None
    cached: bool | None = None
    profile: str = DEFAULT_PROFILE
    report_key: str | None = None
    findings: int | None = None
    length_seconds: float | None = None
    shown_profile: str | None = None
    progressed_at: datetime | None = None
    pages_expected: int | None = None
    pages_done: int | None = None
    remaining_seconds: float | None = None
    page_seconds: str | None = None  # JSON, as tags are

    def __post_init__(self) -> None:
        self.status = ConversionStatus(self.status)  # a row read from Postgres carries the plain string

    def request(self, fact: "Fact", generation: int, priority: str, profile: str) -> None:
        """Reset to pending. The rendition stays what screens show, until another one is ready or it is forgotten."""
        self.status, self.generation, self.priority, self.profile = (
            ConversionStatus.PENDING,
            generation,
            priority,
            profile,
        )
        self.requested_sequence, self.requested_at = fact.sequence, fact.at
        self.started_at = self.finished_at = self.worker = self.engine = None
        self.reason = self.message = self.retryable = None
        self.forget_progress()

    def forget_progress(self) -> None:
        """Know nothing of how far it is: it begins anew, or has ended."""
        self.progressed_at = self.pages_expected = self.pages_done = self.remaining_seconds = None

    def forget_rendition(self) -> None:
        """Leave nothing for screens to show."""
        self.pdf_key = self.pdf_sha256 = self.pdf_size_bytes = self.pages = self.shown_profile = None
        self.thumbnail_key = self.duration_seconds = self.cached = self.length_seconds = None
        self.report_key = self.findings = self.page_seconds = None

    def retire(self, at: datetime) -> None:
        """Make obsolete; only an upload of the same bytes changes that."""
        self.status, self.finished_at = ConversionStatus.OBSOLETE, at


@dataclass(frozen=True, slots=True)
class Fact:
    """An event with its place in the stream."""

    sequence: int
    event_id: str
    at: datetime
    event: Event


@dataclass(frozen=True, slots=True)
class RequestedConversion:
    """The format, lane and options in which a request or an upload wants a medium converted."""

    target_format: str
    priority: str
    profile: str = DEFAULT_PROFILE


@dataclass(frozen=True, slots=True)
class AuditedFact:
    """A row of ``audit``. Its id comes of the event's, so that a rebuild does not write it twice."""

    id: UUID
    at: datetime
    actor: str
    what: str
    subject: UUID
    before: str | None  # JSON
    after: str | None


@dataclass(frozen=True, slots=True)
class LoggedFact:
    """A row of ``media_events``."""

    sequence: int
    event_id: str
    event_type: str
    media_id: UUID
    generation: int
    status: str | None
    occurred_at: datetime
    attempt: int | None = None
    worker: str | None = None
    reason: str | None = None
    message: str | None = None
