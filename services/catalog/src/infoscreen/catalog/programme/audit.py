"""The audit: who changed what, written in the transaction of the change, and read newest first."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, cast, func, tuple_
from sqlalchemy import Uuid as UuidType
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.database import Database
from infoscreen.catalog.models import AuditEntry, MediaFile, Player
from infoscreen.catalog.programme.models import Playlist, ScreenGroup

NOUNS = frozenset({"playlist", "group", "entry", "override", "player"})
"""What people plan with."""

EDITS_CHANNEL = "programme_edited"
"""Tells that people changed something; the payload is its noun."""

_EXPORTED_PAGE = 1000


@dataclass(frozen=True)
class Author:
    """Who makes a change, and when."""

    name: str
    now: datetime


@dataclass(frozen=True)
class AuditFilter:
    """Which entries to list.

    Attributes:
        after: list only entries that follow this one, so older ones.
        subject: list only changes of what has this id.
        actor: list only changes by this person.
    """

    after: UUID | None = None
    subject: UUID | None = None
    actor: str | None = None


@dataclass(frozen=True)
class ListedEntry:
    """An entry, with what its subject is called now, or was when it was deleted; None where it has no name."""

    entry: AuditEntry
    subject_name: str | None


async def record(
    session: AsyncSession,
    author: Author,
    what: str,
    subject: UUID,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Add an entry to the audit, and tell pages that show such a noun; both happen when the change is committed.

    Args:
        session: the change's own.
        author: the person.
        what: one of ``NOUNS`` and the verb, as ``playlist.created``.
        subject: the id of what is changed.
        before: its content before, as JSON; None where it did not exist.
        after: its content after, as JSON; None where it is gone.
    """
    session.add(AuditEntry(at=author.now, actor=author.name, what=what, subject=subject, before=before, after=after))
    noun = what.partition(".")[0]
    with session.no_autoflush:  # the caller decides when its rows are written
        await session.exec(select(func.pg_notify(EDITS_CHANNEL, noun)))


async def list_entries(session: AsyncSession, wanted: AuditFilter, limit: int) -> list[ListedEntry]:
    """Return at most ``limit`` entries, newest first."""
    query = select(AuditEntry, _subject_name())
    if wanted.after:
        last = aliased(AuditEntry)
        position = tuple_(select(col(last.at)).where(last.id == wanted.after).scalar_subquery(), wanted.after)
        query = query.where(tuple_(col(AuditEntry.at), col(AuditEntry.id)) < position)
    if wanted.subject:
        query = query.where(AuditEntry.subject == wanted.subject)
    if wanted.actor is not None:
        query = query.where(AuditEntry.actor == wanted.actor)
    newest_first = (col(AuditEntry.at).desc(), col(AuditEntry.id).desc())
    return [ListedEntry(*row) for row in await session.exec(query.order_by(*newest_first).limit(limit))]


async def every_entry(database: Database, wanted: AuditFilter) -> AsyncIterator[list[ListedEntry]]:
    """Yield pages of entries, newest first; each page is read for itself, so that none holds a connection.

    Raises:
        UnavailableError: Postgres is away.
    """
    while True:
        async with database.read() as session:
            page = await list_entries(session, wanted, _EXPORTED_PAGE)
        yield page
        if len(page) < _EXPORTED_PAGE:
            return
        wanted = replace(wanted, after=page[-1].entry.id)


def _subject_name() -> ColumnElement[str | None]:
    """A screen, playlist, group or medium by its name, an entry of the schedule by its playlist's, a text by itself."""
    subject = col(AuditEntry.subject)
    playlist = func.coalesce(cast(_content("playlist_id"), UuidType), subject)
    name: ColumnElement[str | None] = func.coalesce(
        select(col(Player.name)).where(col(Player.id) == subject).scalar_subquery(),
        select(col(ScreenGroup.name)).where(col(ScreenGroup.id) == subject).scalar_subquery(),
        select(func.coalesce(MediaFile.title, MediaFile.filename))
        .where(col(MediaFile.id) == subject)
        .scalar_subquery(),
        select(col(Playlist.name)).where(col(Playlist.id) == playlist).scalar_subquery(),
        _content("name"),
        _content("text"),
    )
    return name


def _content(field: str) -> ColumnElement[str | None]:
    """A field of what the subject is now or, where that is nothing, of what it was."""
    text: ColumnElement[str | None] = func.coalesce(
        AuditEntry.after[field].astext,  # type: ignore[index]  # a column of JSON
        AuditEntry.before[field].astext,  # type: ignore[index]
    )
    return text
