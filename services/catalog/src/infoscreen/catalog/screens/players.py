"""Players: their names and credentials, the media assigned to them, and their last reports.

An operator enrols a player by typing in a short one-time code, which the player exchanges for a new token. The catalog
stores only digests of codes and tokens. A revoked player stays listed, so that the gateway can tell it so.
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
_CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no characters that look alike
_CODE_GROUPS, _CODE_GROUP_LENGTH = 3, 4


@dataclass(frozen=True)
class Credentials:
    """A new player's secrets: the API shows them once, and the catalog stores only their digests."""

    token: str
    code: str
    code_expires_at: datetime


@dataclass(frozen=True)
class AssignedPlayer:
    """A player with the media assigned to it, in the order in which it shows them."""

    player: Player
    media_ids: list[UUID]


def new_code() -> str:
    """Return a one-time code that is easy to read out and to type: 12 of 30 characters, 58 bits."""
    groups = ("".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_GROUP_LENGTH)) for _ in range(_CODE_GROUPS))
    return "-".join(groups)


async def create(session: AsyncSession, name: str, now: datetime) -> tuple[AssignedPlayer, Credentials]:
    """Create a player. Its token is valid at once; exchanging the code replaces the token."""
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
    """Give a player a new one-time code, which it needs once its memory card is rewritten.

    Raises:
        NotFoundError: no player has this id.
        ConflictError: the player is revoked.
    """
    player = await _player(session, player_id)
    if player.revoked_at:
        raise ConflictError(f"Player {player.name!r} is revoked. Create a new one.")
    code = new_code()
    player.code_sha256, player.code_expires_at, player.code_guesses = code_digest(code), now + CODE_LIFETIME, 0
    await _announce(session, player_id)
    return code, player.code_expires_at


async def get(session: AsyncSession, player_id: UUID) -> AssignedPlayer:
    """Return one player.

    Raises:
        NotFoundError: no player has this id.
    """
    player = await _player(session, player_id)
    return AssignedPlayer(player, (await _assigned(session, [player_id])).get(player_id, []))


async def list_all(session: AsyncSession) -> list[AssignedPlayer]:
    """Return every player by name, revoked players last."""
    query = select(Player).order_by(col(Player.revoked_at).is_not(None), func.lower(Player.name), col(Player.id))
    players = (await session.exec(query)).all()
    assigned = await _assigned(session, [player.id for player in players])
    return [AssignedPlayer(player, assigned.get(player.id, [])) for player in players]


async def revoke(session: AsyncSession, player_id: UUID, now: datetime) -> None:
    """Invalidate a player's token and code. A repetition changes nothing.

    Raises:
        NotFoundError: no player has this id.
    """
    player = await _player(session, player_id)
    player.revoked_at = player.revoked_at or now
    player.code_sha256 = player.code_expires_at = None
    await _announce(session, player_id)


async def assign(session: AsyncSession, player_id: UUID, media_ids: Sequence[UUID]) -> AssignedPlayer:
    """Assign media to a player, in the order in which it shows them.

    Raises:
        NotFoundError: no player has this id.
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
    """Return those media that do not exist, or that the projection does not know yet."""
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
    """Notify the gateways, when the transaction commits."""
    await session.exec(select(func.pg_notify(PLAYERS_CHANNEL, str(player_id))))
