"""Tells the gateways whose programme changed, when the transaction commits: as few screens as the change concerns."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, text
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.common.read_model import ALL_PROGRAMMES, PROGRAMMES_CHANNEL, group_changed, player_changed

_USERS_OF_PLAYLIST = text("""
SELECT pg_notify(:channel, target) FROM (
    SELECT 'player:' || owner_player_id AS target FROM playlists WHERE id = :id AND owner_player_id IS NOT NULL
    UNION SELECT 'group:' || id FROM screen_groups WHERE default_playlist_id = :id
    UNION SELECT coalesce('player:' || player_id, 'group:' || group_id, '*') FROM schedule_entries
    WHERE playlist_id = :id AND enabled
) AS users
""")


async def _notify(session: AsyncSession, payload: str) -> None:
    await session.exec(select(func.pg_notify(PROGRAMMES_CHANNEL, payload)))


async def announce_player(session: AsyncSession, player_id: UUID) -> None:
    """What concerns one screen changed."""
    await _notify(session, player_changed(player_id))


async def announce_target(session: AsyncSession, group_id: UUID | None, player_id: UUID | None = None) -> None:
    """What concerns one screen, the screens of a group, or with neither all screens changed."""
    if player_id is not None:
        await _notify(session, player_changed(player_id))
    else:
        await _notify(session, ALL_PROGRAMMES if group_id is None else group_changed(group_id))


async def announce_playlist(session: AsyncSession, playlist_id: UUID) -> None:
    """The items of a playlist changed: it concerns every screen, group and entry that uses it."""
    parameters: dict[str, Any] = {"channel": PROGRAMMES_CHANNEL, "id": playlist_id}
    await session.flush()  # the statement below reads the tables
    await (await session.connection()).execute(_USERS_OF_PLAYLIST, parameters)
