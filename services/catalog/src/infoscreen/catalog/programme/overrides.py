"""Overrides: a deck or a text that takes every screen, or those of a group, until it ends."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.programme import playlists
from infoscreen.catalog.programme.announcements import announce_target
from infoscreen.catalog.programme.audit import Author, record
from infoscreen.catalog.programme.groups import check_group
from infoscreen.catalog.programme.models import Override
from infoscreen.common.errors import InvalidError, NotFoundError
from infoscreen.common.events import new_media_id


async def create(
    session: AsyncSession,
    author: Author,
    *,
    until: datetime,
    group_id: UUID | None,
    media_id: UUID | None,
    text: str | None,
) -> Override:
    """Put a medium or a text on screens at once; of several overrides that are on, a screen shows the newest.

    Raises:
        InvalidError: it would be over already.
        ConflictError: its medium or group does not exist.
    """
    if until <= author.now:
        raise InvalidError(f"`until` is over: it is {author.now:%Y-%m-%dT%H:%M:%SZ} now. Give a later time.")
    await check_group(session, group_id)
    await playlists.check_media(session, [media_id] if media_id else [])
    override = Override(
        id=new_media_id(),
        group_id=group_id,
        media_id=media_id,
        text=text,
        until=until,
        created_at=author.now,
        created_by=author.name,
    )
    session.add(override)
    await record(session, author, "override.created", override.id, after=_document(override))
    await announce_target(session, group_id)
    return override


async def list_active(session: AsyncSession, now: datetime) -> Sequence[Override]:
    """Return the overrides that are on, newest first."""
    query = select(Override).where(col(Override.ended_at).is_(None), col(Override.until) > now)
    return (await session.exec(query.order_by(col(Override.created_at).desc(), col(Override.id).desc()))).all()


async def get(session: AsyncSession, override_id: UUID) -> Override:
    """Return one override, be it over or not.

    Raises:
        NotFoundError: no override has this id.
    """
    override = await session.get(Override, override_id, with_for_update=True)
    if override is None:
        raise NotFoundError(f"There is no override {override_id}.")
    return override


async def end(session: AsyncSession, override_id: UUID, author: Author) -> None:
    """End an override now. A repetition changes nothing.

    Raises:
        NotFoundError: no override has this id.
    """
    override = await get(session, override_id)
    if override.ended_at or override.until <= author.now:
        return
    await record(session, author, "override.ended", override_id, before=_document(override))
    override.ended_at = author.now
    await announce_target(session, override.group_id)


def _document(override: Override) -> dict[str, Any]:
    return override.model_dump(mode="json", include={"group_id", "media_id", "text", "until"})
