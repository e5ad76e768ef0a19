"""The tables. The projected tables hold only what the stream says, so a rebuild makes them again from it.

Names of constraints follow one convention, which lets a rebuild create the same tables in another schema and swap.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.dialects.postgresql import ENUM, JSONB
from sqlmodel import Field, SQLModel, col

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.common.conversion_options import DEFAULT_PROFILE
from infoscreen.common.events import new_media_id

metadata_of_catalog = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


# The migration creates the type, once for every schema.
STATUS_TYPE = ENUM(
    ConversionStatus, name="conversion_status", values_callable=lambda e: [m.value for m in e], create_type=False
)


_NAME_KEY = text('lower(normalize(coalesce(title, filename), NFKD) COLLATE "C")')
"""What lists by name sort by: it ignores case and has "ä" beside "a", the same with every collation of a server."""
EXPRESSION_INDEXES = ("ix_media_files_name", "ix_media_files_grams")
_IS_THERE = "deleted_at IS NULL AND trashed_at IS NULL"


class CatalogTable(SQLModel):
    """Base of every table of the catalog."""

    metadata: ClassVar[MetaData] = metadata_of_catalog


class MediaFile(CatalogTable, table=True):
    """A medium with its newest upload. A deleted medium keeps its row, so that late facts find it deleted.

    One in the trash keeps its conversions, too, which go on: out of the trash, it is what it would have been.
    """

    __tablename__ = "media_files"
    __table_args__ = (
        Index(None, "tags", postgresql_using="gin"),
        Index(None, "trashed_at", "id", postgresql_where=text("trashed_at IS NOT NULL AND deleted_at IS NULL")),
        Index(None, "sha256", postgresql_where=text("deleted_at IS NULL")),
        Index("ix_media_files_name", _NAME_KEY, text("id"), postgresql_where=text(_IS_THERE)),
        Index(
            "ix_media_files_grams",
            text("media_grams(title, filename, tags)"),
            postgresql_using="gin",
            postgresql_where=text(_IS_THERE),
        ),
        Index("ix_media_files_deleted", "id", postgresql_where=text("deleted_at IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    filename: str
    media_type: str
    extension: str
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str
    object_key: str
    uploaded_by: str
    priority: str
    convertible: bool
    generation: int = Field(sa_type=BigInteger)
    created_at: datetime
    uploaded_at: datetime
    deleted_at: datetime | None = None
    title: str | None = None
    tags: list[str] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False, server_default="[]"))
    trashed_at: datetime | None = None
    trashed_by: str | None = None
    owner: str | None = Field(default=None, description="Who may change it beside editors; None: older than owners")

    @classmethod
    def is_there(cls) -> ColumnElement[bool]:
        """Select what people and screens may have: what is neither deleted nor in the trash."""
        return and_(col(cls.deleted_at).is_(None), col(cls.trashed_at).is_(None))


class Conversion(CatalogTable, table=True):
    """The only conversion of one content of a medium into one format."""

    __tablename__ = "conversions"
    __table_args__ = (
        UniqueConstraint("source_file_id", "target_format", "file_hash"),
        Index(None, "source_file_id", "target_format"),
        Index(
            "ix_conversions_unfinished", "status", "requested_sequence", postgresql_where=text("finished_at IS NULL")
        ),
        Index(None, "status", "finished_at"),
        Index(None, "pdf_key", postgresql_where=text("pdf_key IS NOT NULL")),
        Index(None, "thumbnail_key", postgresql_where=text("thumbnail_key IS NOT NULL")),
        Index(None, "file_hash"),
        CheckConstraint("status <> 'ready' OR pdf_key IS NOT NULL", name="ready_has_pdf"),
        CheckConstraint("status <> 'failed' OR reason IS NOT NULL", name="failed_has_reason"),
    )

    id: UUID = Field(primary_key=True)
    source_file_id: UUID = Field(foreign_key="media_files.id", ondelete="CASCADE")
    target_format: str
    file_hash: str
    status: ConversionStatus = Field(sa_column=Column(STATUS_TYPE, nullable=False))
    generation: int = Field(sa_type=BigInteger)
    priority: str
    requested_sequence: int = Field(sa_type=BigInteger)
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
    pdf_size_bytes: int | None = Field(default=None, sa_type=BigInteger)
    pages: int | None = None
    thumbnail_key: str | None = None
    duration_seconds: float | None = None
    cached: bool | None = None
    profile: str = Field(default=DEFAULT_PROFILE, sa_column_kwargs={"server_default": DEFAULT_PROFILE})
    report_key: str | None = None
    findings: int | None = Field(default=None, description="How many the report has; None where there is no report")
    length_seconds: float | None = None
    shown_profile: str | None = Field(
        default=None, description="Of the rendition, which stays until another profile's is ready; None without one"
    )
    progressed_at: datetime | None = Field(default=None, description="When its converter last said how far it is")
    pages_expected: int | None = Field(default=None, description="Of the PDF that is being made; None: not known")
    pages_done: int | None = None
    remaining_seconds: float | None = Field(default=None, description="As of `progressed_at`; None: not known")
    page_seconds: list[float | None] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True)), description="The deck's own timings, one a page"
    )

    @property
    def object_keys(self) -> tuple[str, ...]:
        """Every object that its rendition is made of; none where there is no rendition."""
        return tuple(dict.fromkeys(key for key in (self.pdf_key, self.thumbnail_key, self.report_key) if key))


class MediaEvent(CatalogTable, table=True):
    """One fact about a medium and the status it led to: the history for the API and for event streams."""

    __tablename__ = "media_events"
    __table_args__ = (
        Index(None, "media_id", "sequence"),
        Index(None, "occurred_at", postgresql_where=text("worker IS NOT NULL")),
    )

    sequence: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    event_id: str = Field(unique=True)
    event_type: str
    media_id: UUID
    generation: int = Field(sa_type=BigInteger)
    status: str | None = Field(default=None, description="What the medium's status became; None: nothing changed")
    occurred_at: datetime
    attempt: int | None = None
    worker: str | None = None
    reason: str | None = None
    message: str | None = None


class ProjectionOffset(CatalogTable, table=True):
    """The stream sequence up to which the stream is applied: one row, written with each batch."""

    __tablename__ = "projection_offset"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    sequence: int = Field(sa_type=BigInteger)


class PoisonEvent(CatalogTable, table=True):
    """A message of the stream that the projection could not apply, with its raw content and the error."""

    __tablename__ = "poison_events"

    sequence: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    subject: str
    headers: dict[str, Any] = Field(sa_type=JSONB)
    data: bytes
    error: str
    stored_at: datetime


class Player(CatalogTable, table=True):
    """A screen's player. This table is not projected: the stream does not know players."""

    __tablename__ = "players"

    id: UUID = Field(primary_key=True)
    name: str
    created_at: datetime
    token_sha256: str = Field(unique=True)
    code_sha256: str | None = Field(default=None, unique=True)
    code_expires_at: datetime | None = None
    code_guesses: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    enrolled_at: datetime | None = None
    revoked_at: datetime | None = None
    last_seen_at: datetime | None = None
    report: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    reported_at: datetime | None = None


class PlayerMedia(CatalogTable, table=True):
    """The media that a player shows, in order. There is no foreign key to media: a rebuild replaces that table."""

    __tablename__ = "player_media"

    player_id: UUID = Field(primary_key=True, foreign_key="players.id", ondelete="CASCADE")
    media_id: UUID = Field(primary_key=True)
    position: int


class AuditEntry(CatalogTable, table=True):
    """Who changed what, with what it was before and after; written in the transaction of the change, and never again.

    A rebuild leaves this table alone: it only adds what the stream has and the table has not.
    """

    __tablename__ = "audit"
    __table_args__ = (Index(None, "at", "id"), Index(None, "subject", "at", "id"), Index(None, "actor", "at", "id"))

    id: UUID = Field(default_factory=new_media_id, primary_key=True)
    at: datetime
    actor: str
    what: str = Field(description="The noun and the verb, as playlist.created")
    subject: UUID
    before: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


def table_of(model: type[CatalogTable]) -> Table:
    """Return the table of a model, for statements over many rows."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel adds it to table models
    return table


PROJECTED_TABLES = (
    table_of(MediaFile),
    table_of(Conversion),
    table_of(MediaEvent),
    table_of(ProjectionOffset),
    table_of(PoisonEvent),
)
"""The tables that a rebuild makes again, parents first."""
