"""Playlists: media in an order, each item with its seconds and its days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete as delete_rows
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.models import MediaFile
from infoscreen.catalog.programme.announcements import announce_playlist
from infoscreen.catalog.programme.audit import Author, record
from infoscreen.catalog.programme.models import Playlist, PlaylistItem, ScheduleEntry, ScreenGroup
from infoscreen.catalog.programme.rules import check_etag, etag_of, kept_ids
from infoscreen.common.errors import ConflictError, NotFoundError
from infoscreen.common.events import new_media_id


@dataclass(frozen=True)
class NewItem:
    """An item as a person asks for it.

    Attributes:
        seconds: how long each page, image or video stays; None for the deck's timings or the player's default.
        deck_timings: True where the deck's own timings count.
        first_day: the first day on which the item is shown, in the screen's zone; None for no such bound.
        last_day: the last one, included.
    """

    media_id: UUID
    seconds: float | None = None
    deck_timings: bool = True
    first_day: date | None = None
    last_day: date | None = None

    @classmethod
    def of(cls, item: PlaylistItem) -> "NewItem":
        """An item as it is."""
        return cls(item.media_id, item.seconds, item.deck_timings, item.first_day, item.last_day)

    def document(self) -> dict[str, Any]:
        """The content as JSON, for etags and for the audit."""
        days = {name: day.isoformat() if (day := getattr(self, name)) else None for name in ("first_day", "last_day")}
        return {"media_id": str(self.media_id), "seconds": self.seconds, "deck_timings": self.deck_timings} | days


@dataclass(frozen=True)
class ListedPlaylist:
    """A playlist with its items in order, and the names of their media; a medium without a name is deleted."""

    playlist: Playlist
    items: list[PlaylistItem]
    filenames: dict[UUID, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """Changes with the items."""
        return etag_of(self.documents)

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The items as JSON."""
        return [NewItem.of(item).document() for item in self.items]


async def create(session: AsyncSession, name: str, author: Author) -> ListedPlaylist:
    """Create an empty playlist."""
    playlist = Playlist(id=new_media_id(), name=name, created_at=author.now)
    session.add(playlist)
    await record(session, author, "playlist.created", playlist.id, after={"name": name})
    return ListedPlaylist(playlist, [])


async def list_shared(session: AsyncSession) -> list[ListedPlaylist]:
    """Return every playlist that is no screen's own, by name."""
    query = select(Playlist).where(col(Playlist.owner_player_id).is_(None))
    playlists = (await session.exec(query.order_by(func.lower(Playlist.name), col(Playlist.id)))).all()
    return await with_items(session, playlists)


async def get(session: AsyncSession, playlist_id: UUID) -> ListedPlaylist:
    """Return one playlist, be it shared or a screen's own.

    Raises:
        NotFoundError: no playlist has this id.
    """
    return (await with_items(session, [await _locked(session, playlist_id, lock=False)]))[0]


async def rename(session: AsyncSession, playlist_id: UUID, name: str, author: Author) -> ListedPlaylist:
    """Give a playlist another name.

    Raises:
        NotFoundError: no playlist has this id.
        ConflictError: it is a screen's own, which bears the name of the screen.
    """
    playlist = await _locked(session, playlist_id)
    _check_shared(playlist, "renamed. Rename the screen")
    await record(session, author, "playlist.renamed", playlist_id, before={"name": playlist.name}, after={"name": name})
    playlist.name = name
    return (await with_items(session, [playlist]))[0]


async def replace_items(
    session: AsyncSession, playlist_id: UUID, items: Sequence[NewItem], author: Author, known: Sequence[str] | None
) -> ListedPlaylist:
    """Replace the items of a playlist; an item whose medium stays keeps its id.

    Raises:
        NotFoundError: no playlist has this id.
        ConflictError: some of the media do not exist, and were not in the list before.
        PreconditionError: none of the ``known`` etags is the list's.
    """
    [before] = await with_items(session, [await _locked(session, playlist_id)])
    check_etag(known, before.etag)
    present = {item.media_id for item in before.items}
    await check_media(session, [item.media_id for item in items if item.media_id not in present])
    return await write_items(session, before, items, author)


async def write_items(
    session: AsyncSession, before: ListedPlaylist, items: Sequence[NewItem], author: Author
) -> ListedPlaylist:
    """Replace the items of a playlist that the caller has locked and checked."""
    playlist_id = before.playlist.id
    ids = kept_ids([(item.id, item.media_id) for item in before.items], [item.media_id for item in items])
    await session.exec(delete_rows(PlaylistItem).where(col(PlaylistItem.playlist_id) == playlist_id))
    for item in before.items:
        session.expunge(item)
    session.add_all(
        PlaylistItem(id=item_id or new_media_id(), playlist_id=playlist_id, position=position, **vars(item))
        for position, (item_id, item) in enumerate(zip(ids, items, strict=True))
    )
    after = [item.document() for item in items]
    if after != before.documents:
        await record(
            session, author, "playlist.items", playlist_id, before={"items": before.documents}, after={"items": after}
        )
        await announce_playlist(session, playlist_id)
    await session.flush()
    return (await with_items(session, [before.playlist]))[0]


async def delete(session: AsyncSession, playlist_id: UUID, author: Author) -> None:
    """Delete a playlist that nothing uses.

    Raises:
        NotFoundError: no playlist has this id.
        ConflictError: it is a screen's own, or a group or the schedule uses it; the message says where.
    """
    playlist = await _locked(session, playlist_id)
    _check_shared(playlist, "deleted. Revoke the screen")
    if uses := await _uses(session, playlist_id):
        raise ConflictError(f"{playlist.name!r} is in use: {'; '.join(uses)}. Take it away there first.")
    [before] = await with_items(session, [playlist])
    await record(
        session, author, "playlist.deleted", playlist_id, before={"name": playlist.name, "items": before.documents}
    )
    await session.delete(playlist)


async def with_items(session: AsyncSession, playlists: Sequence[Playlist]) -> list[ListedPlaylist]:
    """Return playlists with their items and the names of the media."""
    query = select(PlaylistItem).where(col(PlaylistItem.playlist_id).in_([playlist.id for playlist in playlists]))
    items: dict[UUID, list[PlaylistItem]] = {playlist.id: [] for playlist in playlists}
    for item in (await session.exec(query.order_by(col(PlaylistItem.position)))).all():
        items[item.playlist_id].append(item)
    media = {item.media_id for found in items.values() for item in found}
    names = select(MediaFile.id, MediaFile.filename).where(_exists(media))
    filenames = dict((await session.exec(names)).all())
    return [ListedPlaylist(playlist, items[playlist.id], filenames) for playlist in playlists]


async def unknown_media(session: AsyncSession, media_ids: Sequence[UUID]) -> set[UUID]:
    """Return those media that do not exist, or that the projection does not know yet."""
    return set(media_ids) - set((await session.exec(select(MediaFile.id).where(_exists(media_ids)))).all())


async def check_media(session: AsyncSession, media_ids: Sequence[UUID]) -> None:
    """Refuse media that do not exist.

    Raises:
        ConflictError: names those that do not.
    """
    if unknown := await unknown_media(session, media_ids):
        raise ConflictError(f"There are no media {', '.join(sorted(map(str, unknown)))}.")


async def check_playlist(session: AsyncSession, playlist_id: UUID | None) -> None:
    """Refuse a playlist that does not exist, and keep one that does from being deleted before the commit.

    Raises:
        ConflictError: no playlist has this id.
    """
    if playlist_id is None:
        return
    query = select(Playlist.id).where(Playlist.id == playlist_id).with_for_update(read=True)
    if (await session.exec(query)).first() is None:
        raise ConflictError(f"There is no playlist {playlist_id}. Create it first.")


def _exists(media_ids: Any) -> Any:
    return col(MediaFile.id).in_(media_ids) & MediaFile.is_there()


async def _locked(session: AsyncSession, playlist_id: UUID, *, lock: bool = True) -> Playlist:
    playlist = await session.get(Playlist, playlist_id, with_for_update=lock)
    if playlist is None:
        raise NotFoundError(f"There is no playlist {playlist_id}.")
    return playlist


def _check_shared(playlist: Playlist, instead: str) -> None:
    if playlist.owner_player_id is not None:
        raise ConflictError(f"{playlist.name!r} is the own list of a screen and cannot be {instead} instead.")


async def _uses(session: AsyncSession, playlist_id: UUID) -> list[str]:
    """Say where a playlist is used, for people."""
    groups = select(ScreenGroup.name).where(ScreenGroup.default_playlist_id == playlist_id).order_by(ScreenGroup.name)
    entries = select(func.count()).select_from(ScheduleEntry).where(col(ScheduleEntry.playlist_id) == playlist_id)
    uses = [f"the default of the group {name!r}" for name in (await session.exec(groups)).all()]
    if amount := (await session.exec(entries)).one():
        uses.append(f"{amount} {'entry' if amount == 1 else 'entries'} of the schedule")
    return uses
