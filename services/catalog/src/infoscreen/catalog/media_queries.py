"""Reading media with their current conversion."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.models import Conversion, ConversionStatus, MediaEvent, MediaFile
from infoscreen.catalog.projection import NOT_NEEDED, PDF
from infoscreen.common.errors import NotFoundError

_HISTORY_ENTRIES = 200


@dataclass(frozen=True)
class CurrentMedia:
    """A medium that exists, with the conversion of its current generation; None where none is needed."""

    media: MediaFile
    conversion: Conversion | None

    @property
    def status(self) -> str:
        """The medium's status."""
        return self.conversion.status.value if self.conversion else NOT_NEEDED


@dataclass(frozen=True)
class MediaFilter:
    """Which media to list.

    Attributes:
        after: list only what comes after this medium (newest first).
        status: only those of this status.
        search: only those whose filename contains this, in either case.
    """

    after: UUID | None = None
    status: str | None = None
    search: str | None = None


def _is_current() -> ColumnElement[bool]:
    return and_(
        col(Conversion.source_file_id) == col(MediaFile.id),
        col(Conversion.target_format) == PDF,
        col(Conversion.file_hash) == col(MediaFile.sha256),
        col(Conversion.status) != ConversionStatus.OBSOLETE,
        col(MediaFile.convertible),
    )


async def list_media(session: AsyncSession, wanted: MediaFilter, limit: int) -> list[CurrentMedia]:
    """Media that exist, newest first: their ids are UUIDv7, so ids sort by upload."""
    query = (
        select(MediaFile, Conversion).outerjoin(Conversion, _is_current()).where(col(MediaFile.deleted_at).is_(None))
    )
    if wanted.after:
        query = query.where(col(MediaFile.id) < wanted.after)
    if wanted.search:
        query = query.where(col(MediaFile.filename).icontains(wanted.search, autoescape=True))
    if wanted.status == NOT_NEEDED:
        query = query.where(~col(MediaFile.convertible))
    elif wanted.status:
        query = query.where(col(Conversion.status) == ConversionStatus(wanted.status))
    rows = await session.exec(query.order_by(col(MediaFile.id).desc()).limit(limit))
    return [CurrentMedia(media, conversion) for media, conversion in rows]


async def get_media(session: AsyncSession, media_id: UUID) -> CurrentMedia:
    """One medium.

    Raises:
        NotFoundError: there is none, or it was deleted.
    """
    query = select(MediaFile, Conversion).outerjoin(Conversion, _is_current())
    row = (await session.exec(query.where(MediaFile.id == media_id, col(MediaFile.deleted_at).is_(None)))).first()
    if row is None:
        raise NotFoundError(f"There is no medium {media_id}.")
    return CurrentMedia(*row)


async def conversions_of(session: AsyncSession, media_id: UUID) -> Sequence[Conversion]:
    """Every conversion of a medium, newest generation first."""
    query = select(Conversion).where(Conversion.source_file_id == media_id)
    return (await session.exec(query.order_by(col(Conversion.generation).desc(), col(Conversion.target_format)))).all()


async def history_of(session: AsyncSession, media_id: UUID) -> Sequence[MediaEvent]:
    """What happened to a medium, oldest first; of a long history the newest part."""
    query = select(MediaEvent).where(MediaEvent.media_id == media_id)
    newest = (await session.exec(query.order_by(col(MediaEvent.sequence).desc()).limit(_HISTORY_ENTRIES))).all()
    return newest[::-1]
