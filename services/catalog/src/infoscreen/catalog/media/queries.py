"""Queries of media with their current conversion, and of their history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, collate, exists, func, literal_column, or_, tuple_, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import Select

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.models import Conversion, MediaEvent, MediaFile
from infoscreen.catalog.programme.on_screens import media_on_screens
from infoscreen.catalog.projection.rules import NOT_NEEDED, shown_status
from infoscreen.common.errors import NotFoundError
from infoscreen.common.rendition import PDF_TARGET, PREVIEW_TARGET

_HISTORY_ENTRIES = 200
_LONGEST_GRAM = 3
_NEXT_MEDIA = 2000
"""How many are read in their order before a search looks into the index: what is common is found among these."""


def status_of(media: MediaFile, conversion: Conversion | None) -> str:
    """Return the status of a medium with its current conversion."""
    return shown_status(conversion.status, convertible=media.convertible) if conversion else NOT_NEEDED


@dataclass(frozen=True)
class CurrentMedia:
    """A medium with the conversion of its current generation, if there is one."""

    media: MediaFile
    conversion: Conversion | None

    @property
    def status(self) -> str:
        """The conversion's status, or ``not_needed``."""
        return status_of(self.media, self.conversion)


class MediaSort(StrEnum):
    """An order of the list. Media with equal keys follow the order of their uploads, in the same direction."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    NAME_DESCENDING = "-name"
    SIZE = "size"
    SIZE_DESCENDING = "-size"

    @property
    def descending(self) -> bool:
        """True where the greatest key comes first."""
        return self is MediaSort.NEWEST or self.startswith("-")

    def key(self, media: type[MediaFile]) -> ColumnElement[Any]:
        """Return the sort key; ids are UUIDv7, so they sort by upload.

        Names ignore case and sort "ä" beside "a", the same on every server, independent of its collations.
        """
        match self.removeprefix("-"):
            case "name":
                name = func.coalesce(col(media.title), col(media.filename))
                return func.lower(collate(func.normalize(name, literal_column("NFKD")), "C"))
            case "size":
                return cast("ColumnElement[Any]", col(media.size_bytes))
            case _:
                return cast("ColumnElement[Any]", col(media.id))


class MediaKind(StrEnum):
    """What a medium is to people, by its type."""

    DOCUMENT = "document"
    PDF = "pdf"
    IMAGE = "image"
    VIDEO = "video"

    def is_of(self, media: type[MediaFile]) -> ColumnElement[bool]:
        """Select the media of this kind."""
        media_type = col(media.media_type)
        kinds = {
            MediaKind.PDF: media_type == "application/pdf",
            MediaKind.IMAGE: media_type.startswith("image/"),
            MediaKind.VIDEO: media_type.startswith("video/"),
        }
        return kinds[self] if self in kinds else ~or_(*kinds.values())


@dataclass(frozen=True)
class MediaFilter:
    """Which media to list, and in which order.

    Attributes:
        after: list only media that follow this one in the order.
        statuses: list only media with one of these statuses; all, where it is empty.
        search: list only media whose title, filename or one of whose tags contains this text, ignoring case.
        tag: list only media with this tag.
        with_findings: list only media whose report has findings.
        kind: list only media of this kind.
        uploaded_by: list only media whose current version this person uploaded.
        on_screens_at: list only media that the programme of a screen names at this moment.
    """

    after: UUID | None = None
    statuses: Sequence[str] = ()
    search: str | None = None
    tag: str | None = None
    with_findings: bool = False
    kind: MediaKind | None = None
    uploaded_by: str | None = None
    on_screens_at: datetime | None = None
    sort: MediaSort = MediaSort.NEWEST


def _is_current() -> ColumnElement[bool]:
    return and_(
        col(Conversion.source_file_id) == col(MediaFile.id),
        col(Conversion.target_format) == case((col(MediaFile.convertible), PDF_TARGET), else_=PREVIEW_TARGET),
        col(Conversion.file_hash) == col(MediaFile.sha256),
        col(Conversion.status) != ConversionStatus.OBSOLETE,
    )


async def list_media(session: AsyncSession, wanted: MediaFilter, limit: int) -> list[CurrentMedia]:
    """Return at most ``limit`` media that are neither deleted nor in the trash, in the filter's order."""

    async def found(*conditions: ColumnElement[bool]) -> list[CurrentMedia]:
        rows = await session.exec(page(wanted, limit, *conditions))
        return [CurrentMedia(media, conversion) for media, conversion in rows]

    if not wanted.search:
        return await found()
    called = _is_called(wanted.search)
    if (grams := has_grams(wanted.search)) is None:
        return await found(called)
    next_ones = select(MediaFile.id).where(*_following(wanted)).order_by(*_order(wanted.sort)).limit(_NEXT_MEDIA)
    common = await found(col(MediaFile.id).in_(next_ones), called)
    return common if len(common) == limit else await found(grams, called)


def page(wanted: MediaFilter, limit: int, *conditions: ColumnElement[bool]) -> Select[MediaFile, Conversion]:
    """Return the query of one page: what the filter wants, but for its search, under further conditions."""
    query = select(MediaFile, Conversion).outerjoin(Conversion, _is_current()).where(*_following(wanted), *conditions)
    if wanted.tag:
        query = query.where(type_coerce(MediaFile.tags, JSONB).contains([wanted.tag]))
    if wanted.with_findings:
        query = query.where(col(Conversion.findings) > 0)
    if wanted.kind:
        query = query.where(wanted.kind.is_of(MediaFile))
    if wanted.uploaded_by is not None:
        query = query.where(MediaFile.uploaded_by == wanted.uploaded_by)
    if wanted.on_screens_at:
        query = query.where(col(MediaFile.id).in_(media_on_screens(wanted.on_screens_at)))
    if wanted.statuses:
        query = query.where(_has_one_of(wanted.statuses))
    return query.order_by(*_order(wanted.sort)).limit(limit)


def _following(wanted: MediaFilter) -> list[ColumnElement[bool]]:
    """Media that are there, and after the filter's last one."""
    return [MediaFile.is_there(), *([_follows(wanted.after, wanted.sort)] if wanted.after else [])]


def _order(sort: MediaSort) -> list[ColumnElement[Any]]:
    keys: list[ColumnElement[Any]] = [sort.key(MediaFile), cast("ColumnElement[Any]", col(MediaFile.id))]
    return [key.desc() if sort.descending else key for key in keys]


async def list_trash(session: AsyncSession, after: UUID | None, limit: int) -> list[CurrentMedia]:
    """Return at most ``limit`` media in the trash that follow one, what came last first."""
    query = select(MediaFile, Conversion).outerjoin(Conversion, _is_current())
    query = query.where(col(MediaFile.trashed_at).is_not(None), col(MediaFile.deleted_at).is_(None))
    if after:
        last = aliased(MediaFile)
        position = tuple_(select(col(last.trashed_at)).where(last.id == after).scalar_subquery(), after)
        query = query.where(tuple_(col(MediaFile.trashed_at), col(MediaFile.id)) < position)
    newest_first = (col(MediaFile.trashed_at).desc(), col(MediaFile.id).desc())
    return [CurrentMedia(*row) for row in await session.exec(query.order_by(*newest_first).limit(limit))]


def _is_called(text: str) -> ColumnElement[bool]:
    tag = func.jsonb_array_elements_text(MediaFile.tags).table_valued("value").alias("tag")
    return or_(
        col(MediaFile.title).icontains(text, autoescape=True),
        col(MediaFile.filename).icontains(text, autoescape=True),
        exists(select(tag.c.value).where(tag.c.value.icontains(text, autoescape=True))),
    )


def has_grams(text: str) -> ColumnElement[bool] | None:
    """Media with every n-gram of a text, which the index finds; None for a single character, which has none."""
    size = min(len(text), _LONGEST_GRAM)
    indexed = func.media_grams(col(MediaFile.title), col(MediaFile.filename), MediaFile.tags)
    return cast("ColumnElement[bool]", indexed.op("@>")(func.text_grams(text, size))) if size > 1 else None


def _follows(media_id: UUID, sort: MediaSort) -> ColumnElement[bool]:
    """Compare with the last medium's stored key; a deleted medium keeps its row, so a cursor outlives a deletion."""
    last = aliased(MediaFile)
    position = tuple_(select(sort.key(last)).where(last.id == media_id).scalar_subquery(), media_id)
    here = tuple_(sort.key(MediaFile), col(MediaFile.id))
    return here < position if sort.descending else here > position


def _has_one_of(statuses: Sequence[str]) -> ColumnElement[bool]:
    converting = [ConversionStatus(status) for status in statuses if status != NOT_NEEDED]
    is_sound = or_(col(Conversion.status).is_(None), col(Conversion.status) == ConversionStatus.READY)
    is_original = and_(~col(MediaFile.convertible), is_sound)
    is_one = and_(~is_original, col(Conversion.status).in_(converting))
    return or_(is_one, is_original) if NOT_NEEDED in statuses else is_one


async def get_media(session: AsyncSession, media_id: UUID) -> CurrentMedia:
    """Return one medium with its current conversion.

    Raises:
        NotFoundError: no medium has this id, or it was deleted, or it is in the trash.
    """
    query = select(MediaFile, Conversion).outerjoin(Conversion, _is_current())
    row = (await session.exec(query.where(MediaFile.id == media_id, MediaFile.is_there()))).first()
    if row is None:
        raise NotFoundError(f"There is no medium {media_id}.")
    media, conversion = row
    return CurrentMedia(media, conversion)


async def conversions_of(session: AsyncSession, media_id: UUID) -> Sequence[Conversion]:
    """Return every conversion of a medium, newest generation first."""
    query = select(Conversion).where(Conversion.source_file_id == media_id)
    return (await session.exec(query.order_by(col(Conversion.generation).desc(), col(Conversion.target_format)))).all()


async def history_of(session: AsyncSession, media_id: UUID) -> Sequence[MediaEvent]:
    """Return the newest 200 facts about a medium, oldest first."""
    query = select(MediaEvent).where(MediaEvent.media_id == media_id)
    newest = (await session.exec(query.order_by(col(MediaEvent.sequence).desc()).limit(_HISTORY_ENTRIES))).all()
    return newest[::-1]
