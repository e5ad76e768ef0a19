"""Commands: what a player does once, if it hears of it before the command expires."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.programme.announcements import announce_player
from infoscreen.catalog.programme.audit import Author, record
from infoscreen.catalog.programme.models import PlayerCommand
from infoscreen.common.events import new_media_id

_NEWEST = 20


class CommandKind(StrEnum):
    """What a player can be told to do."""

    IDENTIFY = "identify"
    """Show the screen's name, large, for a moment."""
    RELOAD = "reload"
    """Check every file on the disk anew, except those on the screen."""
    RESTART = "restart"
    """Start the viewer anew."""


async def send(
    session: AsyncSession, player_id: UUID, kind: CommandKind, lifetime: timedelta, author: Author
) -> PlayerCommand:
    """Give a command to a player that exists."""
    command = PlayerCommand(
        id=new_media_id(),
        player_id=player_id,
        kind=kind.value,
        created_at=author.now,
        expires_at=author.now + lifetime,
    )
    session.add(command)
    await record(
        session, author, "player.command", player_id, after={"command_id": str(command.id), "kind": command.kind}
    )
    await announce_player(session, player_id)
    return command


async def newest(session: AsyncSession, player_id: UUID) -> Sequence[PlayerCommand]:
    """Return the newest commands of a player, newest first."""
    query = select(PlayerCommand).where(PlayerCommand.player_id == player_id)
    order = (col(PlayerCommand.created_at).desc(), col(PlayerCommand.id).desc())
    return (await session.exec(query.order_by(*order).limit(_NEWEST))).all()
