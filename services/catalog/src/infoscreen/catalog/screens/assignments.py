"""Changes of what many screens show by default, at once: media added to their lists, or taken out of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.models import Player
from infoscreen.catalog.programme import groups, own_lists, playlists
from infoscreen.catalog.programme.audit import Author
from infoscreen.catalog.programme.models import Playlist
from infoscreen.catalog.programme.playlists import ListedPlaylist, NewItem
from infoscreen.catalog.programme.rules import check_etag
from infoscreen.common.errors import ConflictError


@dataclass(frozen=True)
class MediaChanges:
    """Media to be added at the end of lists that do not have them, and media to be taken out."""

    add: Sequence[UUID]
    remove: Sequence[UUID]

    def applied_to(self, listed: ListedPlaylist) -> list[NewItem]:
        """The items as they become."""
        items = [NewItem.of(item) for item in listed.items if item.media_id not in self.remove]
        present = {item.media_id for item in items}
        return items + [NewItem(media_id) for media_id in dict.fromkeys(self.add) if media_id not in present]


async def change(
    session: AsyncSession,
    lists: Sequence[ListedPlaylist],
    changes: MediaChanges,
    author: Author,
    known: Sequence[str] | None,
) -> list[ListedPlaylist]:
    """Change lists that the caller has locked, all or none.

    Raises:
        ConflictError: some of the media to be added do not exist.
        PreconditionError: the etag of one of the lists is none of the ``known`` ones.
    """
    await playlists.check_media(session, changes.add)
    changed = []
    for before in lists:
        check_etag(known, before.etag)
        after = await playlists.write_items(session, before, changes.applied_to(before), author)
        await own_lists.mirror(session, after)
        changed.append(after)
    return changed


async def lists_of(
    session: AsyncSession, player_ids: Sequence[UUID], group_ids: Sequence[UUID], author: Author
) -> list[ListedPlaylist]:
    """Return the own lists of players and the default lists of groups, locked; a group without one gets one.

    Raises:
        ConflictError: some of the players or groups do not exist.
    """
    query = select(Player.id).where(col(Player.id).in_(player_ids), col(Player.revoked_at).is_(None))
    if unknown := set(player_ids) - set((await session.exec(query)).all()):
        raise ConflictError(f"There are no players {', '.join(sorted(map(str, unknown)))}, or they are revoked.")
    defaults = [await groups.default_list(session, group_id, author) for group_id in sorted(set(group_ids))]
    await session.flush()
    wanted = select(Playlist).where(col(Playlist.id).in_(defaults) | col(Playlist.owner_player_id).in_(player_ids))
    locked = await session.exec(wanted.order_by(col(Playlist.id)).with_for_update())
    return await playlists.with_items(session, locked.all())
