"""The schedule: rules that put playlists on screens at certain times. Players decide which one wins."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.models import Player
from infoscreen.catalog.programme import playlists
from infoscreen.catalog.programme.announcements import announce_target
from infoscreen.catalog.programme.audit import Author, record
from infoscreen.catalog.programme.groups import check_group
from infoscreen.catalog.programme.models import ScheduleEntry
from infoscreen.common.errors import ConflictError, NotFoundError
from infoscreen.common.events import new_media_id


async def create(session: AsyncSession, settings: Mapping[str, Any], author: Author) -> ScheduleEntry:
    """Add an entry; without a position it comes after all others.

    Args:
        session: the transaction.
        settings: every column of the entry that people set, valid by themselves.
        author: who creates it.

    Raises:
        ConflictError: its playlist, group or player does not exist.
    """
    await _check_references(session, settings)
    position = settings["position"]
    if position is None:
        position = (await session.exec(select(func.coalesce(func.max(ScheduleEntry.position), -1)))).one() + 1
    entry = ScheduleEntry(id=new_media_id(), created_at=author.now, **dict(settings) | {"position": position})
    session.add(entry)
    await record(session, author, "entry.created", entry.id, after=_document(entry))
    await announce_target(session, entry.group_id, entry.player_id)
    return entry


async def list_all(
    session: AsyncSession, group_id: UUID | None = None, player_id: UUID | None = None
) -> list[ScheduleEntry]:
    """Return the entries in the order in which they win, or those for one group or for one player."""
    query = select(ScheduleEntry)
    if group_id is not None:
        query = query.where(ScheduleEntry.group_id == group_id)
    if player_id is not None:
        query = query.where(ScheduleEntry.player_id == player_id)
    order = (col(ScheduleEntry.priority).desc(), col(ScheduleEntry.position), col(ScheduleEntry.id))
    return list((await session.exec(query.order_by(*order))).all())


async def get(session: AsyncSession, entry_id: UUID, *, lock: bool = False) -> ScheduleEntry:
    """Return one entry.

    Raises:
        NotFoundError: no entry has this id.
    """
    entry = await session.get(ScheduleEntry, entry_id, with_for_update=lock)
    if entry is None:
        raise NotFoundError(f"There is no entry {entry_id} in the schedule.")
    return entry


async def change(session: AsyncSession, entry: ScheduleEntry, settings: Mapping[str, Any], author: Author) -> None:
    """Change an entry that the caller has locked. What it was for before and what it is for now both hear of it.

    Raises:
        ConflictError: its playlist, group or player does not exist.
    """
    await _check_references(session, settings)
    before, target = _document(entry), (entry.group_id, entry.player_id)
    for name, value in settings.items():
        if name != "position" or value is not None:
            setattr(entry, name, value)
    if before != _document(entry):
        await record(session, author, "entry.changed", entry.id, before=before, after=_document(entry))
        for concerned in {target, (entry.group_id, entry.player_id)}:
            await announce_target(session, *concerned)


async def delete(session: AsyncSession, entry_id: UUID, author: Author) -> None:
    """Take an entry out of the schedule.

    Raises:
        NotFoundError: no entry has this id.
    """
    entry = await get(session, entry_id, lock=True)
    await record(session, author, "entry.deleted", entry_id, before=_document(entry))
    await announce_target(session, entry.group_id, entry.player_id)
    await session.delete(entry)


def _document(entry: ScheduleEntry) -> dict[str, Any]:
    return entry.model_dump(mode="json", exclude={"id", "created_at"})


async def _check_references(session: AsyncSession, settings: Mapping[str, Any]) -> None:
    await playlists.check_playlist(session, settings["playlist_id"])
    await check_group(session, settings["group_id"])
    player_id = settings["player_id"]
    if player_id is not None and await session.get(Player, player_id) is None:
        raise ConflictError(f"There is no player {player_id}.")
