"""Groups of screens: their zone, language, default playlist, hours and orientation, and who is in which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.models import Player
from infoscreen.catalog.programme import playlists
from infoscreen.catalog.programme.announcements import announce_player, announce_target
from infoscreen.catalog.programme.audit import Author, record
from infoscreen.catalog.programme.models import GroupMember, Override, ScheduleEntry, ScreenGroup
from infoscreen.common.errors import ConflictError, NotFoundError
from infoscreen.common.events import new_media_id


@dataclass(frozen=True)
class ListedGroup:
    """A group with the screens in it, by name."""

    group: ScreenGroup
    player_ids: list[UUID] = field(default_factory=list)


async def create(session: AsyncSession, settings: Mapping[str, Any], author: Author) -> ListedGroup:
    """Create a group without screens.

    Args:
        session: the transaction.
        settings: every column of the group that people set, valid each by itself.
        author: who creates it.

    Raises:
        ConflictError: its default playlist does not exist.
    """
    await playlists.check_playlist(session, settings["default_playlist_id"])
    group = ScreenGroup(id=new_media_id(), created_at=author.now, **settings)
    session.add(group)
    await record(session, author, "group.created", group.id, after=_document(group))
    return ListedGroup(group)


async def list_all(session: AsyncSession) -> list[ListedGroup]:
    """Return every group by name."""
    groups = (await session.exec(select(ScreenGroup).order_by(func.lower(ScreenGroup.name), col(ScreenGroup.id)))).all()
    members = await _members(session, [group.id for group in groups])
    return [ListedGroup(group, members.get(group.id, [])) for group in groups]


async def get(session: AsyncSession, group_id: UUID) -> ListedGroup:
    """Return one group.

    Raises:
        NotFoundError: no group has this id.
    """
    group = await _group(session, group_id, lock=False)
    return ListedGroup(group, (await _members(session, [group_id])).get(group_id, []))


async def change(session: AsyncSession, group_id: UUID, changes: Mapping[str, Any], author: Author) -> ListedGroup:
    """Change some settings of a group.

    Raises:
        NotFoundError: no group has this id.
        ConflictError: its new default playlist does not exist.
    """
    group = await _group(session, group_id)
    await playlists.check_playlist(session, changes.get("default_playlist_id"))
    before = _document(group)
    for name, value in changes.items():
        setattr(group, name, value)
    if before != _document(group):
        await record(session, author, "group.changed", group_id, before=before, after=_document(group))
        await announce_target(session, group_id)
    return ListedGroup(group, (await _members(session, [group_id])).get(group_id, []))


async def delete(session: AsyncSession, group_id: UUID, author: Author) -> None:
    """Delete a group that is empty and has no schedule; what overrides it had is over.

    Raises:
        NotFoundError: no group has this id.
        ConflictError: screens are in it, or entries of the schedule are for it.
    """
    group = await _group(session, group_id)
    if uses := await _uses(session, group_id):
        raise ConflictError(f"The group {group.name!r} is in use: {'; '.join(uses)}. Take them away first.")
    for override in (await session.exec(select(Override).where(Override.group_id == group_id))).all():
        await session.delete(override)
    await record(session, author, "group.deleted", group_id, before=_document(group))
    await session.flush()
    await session.delete(group)


async def place(session: AsyncSession, player_id: UUID, group_id: UUID | None, author: Author) -> None:
    """Put a player that exists into a group, or with None into none.

    Raises:
        ConflictError: no group has this id.
    """
    await check_group(session, group_id)
    member = await session.get(GroupMember, player_id, with_for_update=True)
    before = member.group_id if member else None
    if before == group_id:
        return
    if group_id is None:
        await session.delete(member)
    elif member is None:
        session.add(GroupMember(player_id=player_id, group_id=group_id))
    else:
        member.group_id = group_id
    documents = {"before": {"group_id": _text(before)}, "after": {"group_id": _text(group_id)}}
    await record(session, author, "player.group", player_id, **documents)
    await announce_player(session, player_id)


async def of_players(session: AsyncSession, player_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return the groups of those players that are in one."""
    query = select(GroupMember.player_id, GroupMember.group_id).where(col(GroupMember.player_id).in_(player_ids))
    return dict((await session.exec(query)).all())


async def check_group(session: AsyncSession, group_id: UUID | None) -> None:
    """Refuse a group that does not exist, and keep one that does from being deleted before the commit.

    Raises:
        ConflictError: no group has this id.
    """
    if group_id is None:
        return
    query = select(ScreenGroup.id).where(ScreenGroup.id == group_id).with_for_update(read=True)
    if (await session.exec(query)).first() is None:
        raise ConflictError(f"There is no group {group_id}. Create it first.")


async def default_list(session: AsyncSession, group_id: UUID, author: Author) -> UUID:
    """Return the id of a group's default playlist; a group without one gets an empty one of its own name.

    Raises:
        ConflictError: no group has this id.
    """
    await check_group(session, group_id)
    group = await _group(session, group_id)
    if group.default_playlist_id is None:
        created = await playlists.create(session, group.name, author)
        await session.flush()
        await change(session, group_id, {"default_playlist_id": created.playlist.id}, author)
        return created.playlist.id
    return group.default_playlist_id


def _document(group: ScreenGroup) -> dict[str, Any]:
    return group.model_dump(mode="json", exclude={"id", "created_at"})


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None


async def _group(session: AsyncSession, group_id: UUID, *, lock: bool = True) -> ScreenGroup:
    group = await session.get(ScreenGroup, group_id, with_for_update=lock)
    if group is None:
        raise NotFoundError(f"There is no group {group_id}.")
    return group


async def _members(session: AsyncSession, group_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    query = (
        select(GroupMember.group_id, GroupMember.player_id)
        .join(Player, col(Player.id) == col(GroupMember.player_id))
        .where(col(GroupMember.group_id).in_(group_ids))
    )
    members: dict[UUID, list[UUID]] = {}
    for group_id, player_id in (await session.exec(query.order_by(func.lower(Player.name), col(Player.id)))).all():
        members.setdefault(group_id, []).append(player_id)
    return members


async def _uses(session: AsyncSession, group_id: UUID) -> list[str]:
    """Say what keeps a group, for people."""
    uses = []
    for model, one, many in (
        (GroupMember, "screen is in it", "screens are in it"),
        (ScheduleEntry, "entry of the schedule is for it", "entries of the schedule are for it"),
    ):
        query = select(func.count()).select_from(model).where(col(model.group_id) == group_id)
        if amount := (await session.exec(query)).one():
            uses.append(f"{amount} {one if amount == 1 else many}")
    return uses
