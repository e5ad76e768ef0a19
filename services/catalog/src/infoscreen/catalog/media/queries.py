"""Reading media with their current conversion."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, collate, func, literal_column, or_, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.models import Conversion, MediaEvent, MediaFile
from infoscreen.catalog.projection.rules import NOT_NEEDED, PDF
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


class MediaSort(StrEnum):
    """An order of the list; equals are ordered by their upload, in the same direction."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    NAME_DESCENDING = "-name"
    SIZE = "size"
    SIZE_DESCENDING = "-size"

    @property
    def descending(self) -> bool:
        """True where the greatest comes first."""
        return self is MediaSort.NEWEST or self.startswith("-")

    def key(self, media: type[MediaFile]) -> ColumnElement[Any]:
        """What media are compared by: ids are UUIDv7, so they sort by upload.

        Names in either case, "ä" beside "a", and the same on every server, whatever collations it has.
        """
        match self.removeprefix("-"):
            case "name":
                return func.lower(collate(func.normalize(col(media.filename), literal_column("NFKD")), "C"))
            case "size":
                return cast("ColumnElement[Any]", col(media.size_bytes))
            case _:
                return cast("ColumnElement[Any]", col(media.id))


@dataclass(frozen=True)
class MediaFilter:
    """Which media to list, and in which order.

    Attributes:
        after: list only what comes after this medium in this order.
        statuses: only those of one of these; any, where there are none.
        search: only those whose filename contains this, in either case.
    """

    after: UUID | None = None
    statuses: Sequence[str] = ()
    search: str | None = None
    sort: MediaSort = MediaSort.NEWEST


def _is_current() -> ColumnElement[bool]:
    return and_(
        col(Conversion.source_file_id) == col(MediaFile.id),
        col(Conversion.target_format) == PDF,
        col(Conversion.file_hash) == col(MediaFile.sha256),
        col(Conversion.status) != ConversionStatus.OBSOLETE,
        col(MediaFile.convertible),
    )


async def list_media(session: AsyncSession, wanted: MediaFilter, limit: int) -> list[CurrentMedia]:
    """Media that exist, in the order that is wanted."""
    query = (
        select(MediaFile, Conversion).outerjoin(Conversion, _is_current()).where(col(MediaFile.deleted_at).is_(None))
    )
    if wanted.after:
        query = query.where(_comes_after(wanted.after, wanted.sort))
    if wanted.search:
        query = query.where(col(MediaFile.filename).icontains(wanted.search, autoescape=True))
    if wanted.statuses:
        query = query.where(_has_one_of(wanted.statuses))
    order = (wanted.sort.key(MediaFile), col(MediaFile.id))
    rows = await session.exec(
        query.order_by(*(key.desc() if wanted.sort.descending else key for key in order)).limit(limit)
    )
    return [CurrentMedia(media, conversion) for media, conversion in rows]


def _comes_after(media_id: UUID, sort: MediaSort) -> ColumnElement[bool]:
    """The place of the last one is read where it is: deleted media keep their row."""
    last = aliased(MediaFile)
    place = tuple_(select(sort.key(last)).where(last.id == media_id).scalar_subquery(), media_id)
    here = tuple_(sort.key(MediaFile), col(MediaFile.id))
    return here < place if sort.descending else here > place


def _has_one_of(statuses: Sequence[str]) -> ColumnElement[bool]:
    converting = [ConversionStatus(status) for status in statuses if status != NOT_NEEDED]
    is_one = col(Conversion.status).in_(converting)
    return or_(is_one, ~col(MediaFile.convertible)) if NOT_NEEDED in statuses else is_one


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
