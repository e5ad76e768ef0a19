"""The own list of each screen: what it shows when nothing else is said.

A trigger creates it with its player. `player_media` mirrors the lists for the version before, which reads them there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.models import Player, PlayerMedia
from infoscreen.catalog.programme import playlists
from infoscreen.catalog.programme.audit import Author
from infoscreen.catalog.programme.models import Playlist
from infoscreen.catalog.programme.playlists import ListedPlaylist, NewItem
from infoscreen.catalog.programme.rules import check_etag


@dataclass(frozen=True)
class OwnList:
    """The own list of a screen.

    Attributes:
        media_ids: the media in the order in which they come first.
        etag: changes with the items.
    """

    playlist_id: UUID
    media_ids: list[UUID]
    etag: str

    @classmethod
    def of(cls, listed: ListedPlaylist) -> "OwnList":
        """The summary of a playlist."""
        return cls(listed.playlist.id, list(dict.fromkeys(item.media_id for item in listed.items)), listed.etag)


async def rename(session: AsyncSession, player: Player) -> None:
    """Give the list its player's name."""
    query = select(Playlist).where(Playlist.owner_player_id == player.id)
    (await session.exec(query.with_for_update())).one().name = player.name


async def of_players(session: AsyncSession, player_ids: Sequence[UUID]) -> dict[UUID, OwnList]:
    """Return the lists by their players."""
    query = select(Playlist).where(col(Playlist.owner_player_id).in_(player_ids))
    found = await playlists.with_items(session, (await session.exec(query)).all())
    return {listed.playlist.owner_player_id: OwnList.of(listed) for listed in found if listed.playlist.owner_player_id}


async def assign(
    session: AsyncSession, player_id: UUID, media_ids: Sequence[UUID], author: Author, known: Sequence[str] | None
) -> OwnList:
    """Make these media a screen's own list, once each; an item whose medium stays keeps its seconds and its days.

    Raises:
        ConflictError: some of the media do not exist.
        PreconditionError: none of the ``known`` etags is the list's.
    """
    before = await locked(session, player_id)
    check_etag(known, before.etag)
    await playlists.check_media(session, media_ids)
    present = {item.media_id: NewItem.of(item) for item in reversed(before.items)}
    items = [present.get(media_id, NewItem(media_id)) for media_id in dict.fromkeys(media_ids)]
    listed = await playlists.write_items(session, before, items, author)
    await mirror(session, listed)
    return OwnList.of(listed)


async def locked(session: AsyncSession, player_id: UUID) -> ListedPlaylist:
    """Return the list of a player that exists, locked until the commit."""
    query = select(Playlist).where(Playlist.owner_player_id == player_id).with_for_update()
    [listed] = await playlists.with_items(session, [(await session.exec(query)).one()])
    return listed


async def mirror(session: AsyncSession, listed: ListedPlaylist) -> None:
    """Write a screen's own list where the version before reads it; a shared one it does not know."""
    player_id = listed.playlist.owner_player_id
    if player_id is None:
        return
    await session.exec(delete(PlayerMedia).where(col(PlayerMedia.player_id) == player_id))
    session.add_all(
        PlayerMedia(player_id=player_id, media_id=media_id, position=position)
        for position, media_id in enumerate(OwnList.of(listed).media_ids)
    )
