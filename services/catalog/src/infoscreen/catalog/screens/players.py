"""Players: their names and credentials, their own lists and groups, and their last reports.

An operator enrols a player by typing in a short one-time code, which the player exchanges for a new token. The catalog
stores only digests of codes and tokens. A revoked player stays listed, so that the gateway can tell it so.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.models import Player
from infoscreen.catalog.programme import groups, own_lists
from infoscreen.catalog.programme.audit import Author, record
from infoscreen.catalog.programme.own_lists import OwnList
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
    """A player with its own list and its group."""

    player: Player
    own: OwnList
    group_id: UUID | None = None


def new_code() -> str:
    """Return a one-time code that is easy to read out and to type: 12 of 30 characters, 58 bits."""
    groups = ("".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_GROUP_LENGTH)) for _ in range(_CODE_GROUPS))
    return "-".join(groups)


async def create(session: AsyncSession, name: str, author: Author) -> tuple[AssignedPlayer, Credentials]:
    """Create a player. Its token is valid at once; exchanging the code replaces the token."""
    credentials = Credentials(new_token("isp"), new_code(), author.now + CODE_LIFETIME)
    player = Player(
        id=new_media_id(),
        name=name,
        created_at=author.now,
        token_sha256=token_digest(credentials.token),
        code_sha256=code_digest(credentials.code),
        code_expires_at=credentials.code_expires_at,
    )
    session.add(player)
    await record(session, author, "player.created", player.id, after={"name": name})
    await session.flush()  # a trigger gives it its own list
    await _announce(session, player.id)
    return (await _assigned(session, [player]))[0], credentials


async def renew_code(session: AsyncSession, player_id: UUID, author: Author) -> tuple[str, datetime]:
    """Give a player a new one-time code, which it needs once its memory card is rewritten.

    Raises:
        NotFoundError: no player has this id.
        ConflictError: the player is revoked.
    """
    player = await _player(session, player_id)
    if player.revoked_at:
        raise ConflictError(f"Player {player.name!r} is revoked. Create a new one.")
    code = new_code()
    player.code_sha256, player.code_expires_at, player.code_guesses = code_digest(code), author.now + CODE_LIFETIME, 0
    await record(session, author, "player.code", player_id, after={"name": player.name})
    await _announce(session, player_id)
    return code, player.code_expires_at


async def get(session: AsyncSession, player_id: UUID) -> AssignedPlayer:
    """Return one player.

    Raises:
        NotFoundError: no player has this id.
    """
    return (await _assigned(session, [await _player(session, player_id)]))[0]


async def list_all(session: AsyncSession) -> list[AssignedPlayer]:
    """Return every player by name, revoked players last."""
    query = select(Player).order_by(col(Player.revoked_at).is_not(None), func.lower(Player.name), col(Player.id))
    return await _assigned(session, (await session.exec(query)).all())


async def rename(session: AsyncSession, player_id: UUID, name: str, author: Author) -> AssignedPlayer:
    """Give a player another name.

    Raises:
        NotFoundError: no player has this id.
    """
    player = await _player(session, player_id)
    if player.name != name:
        await record(session, author, "player.renamed", player_id, before={"name": player.name}, after={"name": name})
        player.name = name
        await own_lists.rename(session, player)
        await _announce(session, player_id)
    return (await _assigned(session, [player]))[0]


async def revoke(session: AsyncSession, player_id: UUID, author: Author) -> None:
    """Invalidate a player's token and code. A repetition changes nothing.

    Raises:
        NotFoundError: no player has this id.
    """
    player = await _player(session, player_id)
    if player.revoked_at is None:
        await record(session, author, "player.revoked", player_id, before={"name": player.name})
    player.revoked_at = player.revoked_at or author.now
    player.code_sha256 = player.code_expires_at = None
    await _announce(session, player_id)


async def assign(
    session: AsyncSession,
    player_id: UUID,
    media_ids: Sequence[UUID],
    author: Author,
    known: Sequence[str] | None = None,
) -> AssignedPlayer:
    """Make these media a player's own list, in this order.

    Raises:
        NotFoundError: no player has this id.
        ConflictError: some of the media do not exist.
        PreconditionError: none of the ``known`` etags is the list's.
    """
    player = await _player(session, player_id)
    await own_lists.assign(session, player_id, media_ids, author, known)
    return (await _assigned(session, [player]))[0]


async def place(session: AsyncSession, player_id: UUID, group_id: UUID | None, author: Author) -> AssignedPlayer:
    """Put a player into a group, or with None into none.

    Raises:
        NotFoundError: no player has this id.
        ConflictError: no group has this id.
    """
    player = await _player(session, player_id)
    await groups.place(session, player_id, group_id, author)
    await session.flush()
    return (await _assigned(session, [player]))[0]


async def check_not_revoked(session: AsyncSession, player_id: UUID) -> None:
    """Refuse what a player that is revoked will never hear of.

    Raises:
        NotFoundError: no player has this id.
        ConflictError: the player is revoked.
    """
    player = await _player(session, player_id)
    if player.revoked_at:
        raise ConflictError(f"Player {player.name!r} is revoked. Create a new one.")


async def _player(session: AsyncSession, player_id: UUID) -> Player:
    player = await session.get(Player, player_id, with_for_update=True)
    if player is None:
        raise NotFoundError(f"There is no player {player_id}.")
    return player


async def _assigned(session: AsyncSession, players: Sequence[Player]) -> list[AssignedPlayer]:
    ids = [player.id for player in players]
    own, group_ids = await own_lists.of_players(session, ids), await groups.of_players(session, ids)
    return [AssignedPlayer(player, own[player.id], group_ids.get(player.id)) for player in players]


async def _announce(session: AsyncSession, player_id: UUID) -> None:
    """Notify the gateways, when the transaction commits."""
    await session.exec(select(func.pg_notify(PLAYERS_CHANNEL, str(player_id))))
