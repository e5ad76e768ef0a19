"""Bodies of playlists."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from infoscreen.catalog.programme.models import PlaylistItem
from infoscreen.catalog.programme.playlists import ListedPlaylist, NewItem

MOST_ITEMS = 500

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Day = Annotated[date, Field(description="A day in the time zone of the screen")]


class Days(BaseModel):
    """The days between which something is shown, both included."""

    first_day: Day | None = None
    last_day: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("`last_day` is before `first_day`. Give a later one, or leave it out.")
        return self


class PlaylistName(BaseModel):
    """A playlist to be created or renamed."""

    name: Name


class ItemToShow(Days):
    """An item of a playlist, as people ask for it."""

    media_id: UUID
    seconds: float | None = Field(
        default=None, ge=1, le=86_400, description="Of each page, image or video; null for the player's default"
    )
    deck_timings: bool = Field(default=True, description="The deck's own timings count where it has some")

    def item(self) -> NewItem:
        """The item for the use case."""
        return NewItem(**self.model_dump())


class ItemsToShow(BaseModel):
    """All items of a playlist, in order. The same medium may come more than once."""

    items: list[ItemToShow] = Field(max_length=MOST_ITEMS)


class ShownItem(ItemToShow):
    """An item of a playlist."""

    item_id: UUID
    filename: str | None = Field(description="null for a medium that is gone")
    gone: bool = Field(description="True for a medium that was deleted: screens skip the item")

    @classmethod
    def of(cls, item: PlaylistItem, filename: str | None) -> Self:
        """An item with the name of its medium."""
        return cls.model_validate(
            item.model_dump() | {"item_id": item.id, "filename": filename, "gone": filename is None}
        )


class PlaylistDetail(BaseModel):
    """A playlist with its items."""

    playlist_id: UUID
    name: str
    player_id: UUID | None = Field(description="The player whose own list it is; null for a shared one")
    etag: str = Field(description="Of the items, for `If-Match`")
    items: list[ShownItem]

    @classmethod
    def of(cls, listed: ListedPlaylist) -> Self:
        """A playlist as operators see it."""
        return cls(
            playlist_id=listed.playlist.id,
            name=listed.playlist.name,
            player_id=listed.playlist.owner_player_id,
            etag=listed.etag,
            items=[ShownItem.of(item, listed.filenames.get(item.media_id)) for item in listed.items],
        )


class Playlists(BaseModel):
    """Every shared playlist."""

    items: list[PlaylistDetail]
