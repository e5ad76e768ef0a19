"""Players: who they are, what they may and should show, and what they last said of themselves.

A player is set up with a short one-time code that an operator types in; exchanging it gives a fresh token. Only
digests of codes and tokens are kept. A revoked player stays listed, so that it can be told so.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.models import MediaFile, Player, PlayerMedia, table_of
from infoscreen.common.auth import new_token, token_digest
from infoscreen.common.errors import ConflictError, NotFoundError
from infoscreen.common.events import new_media_id
from infoscreen.common.read_model import PLAYERS_CHANNEL, code_digest

CODE_LIFETIME = timedelta(hours=24)
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is read as something else
_CODE_GROUPS, _CODE_GROUP_LENGTH = 3, 4


@dataclass(frozen=True)
class Credentials:
    """What is shown once and then known only to its owner."""

    token: str
    code: str
    code_expires_at: datetime


@dataclass(frozen=True)
class AssignedPlayer:
    """A player with the media assigned to it, in their order."""

    player: Player
    media_ids: list[UUID]


def new_code() -> str:
    """A one-time code that can be read out and typed: 12 of 30 characters, 58 bits."""
    groups = ("".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_GROUP_LENGTH)) for _ in range(_CODE_GROUPS))
    return "-".join(groups)


async def create(session: AsyncSession, name: str, now: datetime) -> tuple[AssignedPlayer, Credentials]:
    """A new player. Its token is good at once; exchanging the code replaces it."""
    credentials = Credentials(new_token("isp"), new_code(), now + CODE_LIFETIME)
    player = Player(
        id=new_media_id(),
        name=name,
        created_at=now,
        token_sha256=token_digest(credentials.token),
        code_sha256=code_digest(credentials.code),
        code_expires_at=credentials.code_expires_at,
    )
    session.add(player)
    await _announce(session, player.id)
    return AssignedPlayer(player, []), credentials


async def renew_code(session: AsyncSession, player_id: UUID, now: datetime) -> tuple[str, datetime]:
    """A new one-time code, for a player whose card was written anew.

    Raises:
        NotFoundError: there is no such player.
        ConflictError: it is revoked.
    """
    player = await _player(session, player_id)
    if player.revoked_at:
        raise ConflictError(f"Player {player.name!r} is revoked. Create a new one.")
    code = new_code()
    player.code_sha256, player.code_expires_at, player.code_guesses = code_digest(code), now + CODE_LIFETIME, 0
    await _announce(session, player_id)
    return code, player.code_expires_at


async def get(session: AsyncSession, player_id: UUID) -> AssignedPlayer:
    """One player.

    Raises:
        NotFoundError: there is none.
    """
    player = await _player(session, player_id)
    return AssignedPlayer(player, (await _assigned(session, [player_id])).get(player_id, []))


async def list_all(session: AsyncSession) -> list[AssignedPlayer]:
    """Every player by name, revoked ones last."""
    query = select(Player).order_by(col(Player.revoked_at).is_not(None), func.lower(Player.name), col(Player.id))
    players = (await session.exec(query)).all()
    assigned = await _assigned(session, [player.id for player in players])
    return [AssignedPlayer(player, assigned.get(player.id, [])) for player in players]


async def revoke(session: AsyncSession, player_id: UUID, now: datetime) -> None:
    """Make a player's token and code worthless. Doing it again changes nothing.

    Raises:
        NotFoundError: there is no such player.
    """
    player = await _player(session, player_id)
    player.revoked_at = player.revoked_at or now
    player.code_sha256 = player.code_expires_at = None
    await _announce(session, player_id)


async def assign(session: AsyncSession, player_id: UUID, media_ids: Sequence[UUID]) -> AssignedPlayer:
    """Set what a player may and should show, in this order.

    Raises:
        NotFoundError: there is no such player.
        ConflictError: some of the media do not exist.
    """
    player = await _player(session, player_id)
    wanted = list(dict.fromkeys(media_ids))
    if unknown := await unknown_media(session, wanted):
        raise ConflictError(f"There are no media {', '.join(sorted(map(str, unknown)))}.")
    await session.exec(delete(PlayerMedia).where(col(PlayerMedia.player_id) == player_id))
    session.add_all(
        PlayerMedia(player_id=player_id, media_id=media_id, position=position)
        for position, media_id in enumerate(wanted)
    )
    await _announce(session, player_id)
    return AssignedPlayer(player, wanted)


async def unknown_media(session: AsyncSession, media_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the media that do not exist (yet)."""
    query = select(MediaFile.id).where(col(MediaFile.id).in_(media_ids), col(MediaFile.deleted_at).is_(None))
    return set(media_ids) - set((await session.exec(query)).all())


async def _player(session: AsyncSession, player_id: UUID) -> Player:
    player = await session.get(Player, player_id, with_for_update=True)
    if player is None:
        raise NotFoundError(f"There is no player {player_id}.")
    return player


async def _assigned(session: AsyncSession, player_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    table = table_of(PlayerMedia)
    query = select(PlayerMedia).where(table.c.player_id.in_(player_ids)).order_by(table.c.position)
    assigned: dict[UUID, list[UUID]] = {}
    for row in (await session.exec(query)).all():
        assigned.setdefault(row.player_id, []).append(row.media_id)
    return assigned


async def _announce(session: AsyncSession, player_id: UUID) -> None:
    """Tell the gateways, on commit."""
    await session.exec(select(func.pg_notify(PLAYERS_CHANNEL, str(player_id))))
