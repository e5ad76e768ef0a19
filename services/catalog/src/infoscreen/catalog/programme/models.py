"""The tables of the programme. They are not projected: the stream does not know them, and a rebuild leaves them alone.

No column refers to a table that a rebuild replaces, so a playlist may name a medium that is deleted.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Date, Index, LargeBinary, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from infoscreen.catalog.models import CatalogTable


class Playlist(CatalogTable, table=True):
    """Media in an order. A playlist with an owner is the own list of that screen, which has exactly one."""

    __tablename__ = "playlists"

    id: UUID = Field(primary_key=True)
    name: str
    owner_player_id: UUID | None = Field(default=None, foreign_key="players.id", ondelete="CASCADE", unique=True)
    created_at: datetime


class PlaylistItem(CatalogTable, table=True):
    """One turn of a medium in a playlist; the same medium may have several."""

    __tablename__ = "playlist_items"
    __table_args__ = (Index(None, "playlist_id", "position"), Index(None, "media_id"))

    id: UUID = Field(primary_key=True)
    playlist_id: UUID = Field(foreign_key="playlists.id", ondelete="CASCADE")
    position: int
    media_id: UUID
    seconds: float | None = None
    deck_timings: bool = True
    first_day: date | None = None
    last_day: date | None = None


class ScreenGroup(CatalogTable, table=True):
    """Screens that share a time zone, a language, a default playlist, hours and an orientation."""

    __tablename__ = "screen_groups"

    id: UUID = Field(primary_key=True)
    name: str
    timezone: str
    language: str
    default_playlist_id: UUID | None = Field(default=None, foreign_key="playlists.id", index=True)
    hours: list[dict[str, Any]] = Field(sa_type=JSONB)
    orientation: str
    created_at: datetime


class GroupMember(CatalogTable, table=True):
    """The group that a screen is in: one at most."""

    __tablename__ = "group_members"

    player_id: UUID = Field(primary_key=True, foreign_key="players.id", ondelete="CASCADE")
    group_id: UUID = Field(foreign_key="screen_groups.id", index=True)


class ScheduleEntry(CatalogTable, table=True):
    """A rule that puts a playlist on the screens of a group, on one screen, or on all of them.

    Times are "HH:MM" on the wall in the zone of the screen's group.
    """

    __tablename__ = "schedule_entries"
    __table_args__ = (CheckConstraint("group_id IS NULL OR player_id IS NULL", name="one_target"),)

    id: UUID = Field(primary_key=True)
    group_id: UUID | None = Field(default=None, foreign_key="screen_groups.id", index=True)
    player_id: UUID | None = Field(default=None, foreign_key="players.id", ondelete="CASCADE", index=True)
    playlist_id: UUID = Field(foreign_key="playlists.id", index=True)
    priority: int
    position: int
    first_day: date | None = None
    last_day: date | None = None
    weekdays: list[int] = Field(sa_column=Column(ARRAY(SmallInteger), nullable=False))
    starts: str
    ends: str | None = None
    except_days: list[date] = Field(sa_column=Column(ARRAY(Date), nullable=False))
    enabled: bool
    created_at: datetime


class Override(CatalogTable, table=True):
    """A deck or a text that takes the screens of a group, or all of them, until an instant."""

    __tablename__ = "overrides"
    __table_args__ = (
        CheckConstraint("media_id IS NOT NULL OR text IS NOT NULL", name="shows_something"),
        Index(None, "until"),
    )

    id: UUID = Field(primary_key=True)
    group_id: UUID | None = Field(default=None, foreign_key="screen_groups.id", index=True)
    media_id: UUID | None = None
    text: str | None = None
    until: datetime
    created_at: datetime
    created_by: str
    ended_at: datetime | None = None


class PlayerCommand(CatalogTable, table=True):
    """Something that a player does once, before it expires."""

    __tablename__ = "player_commands"
    __table_args__ = (Index(None, "player_id", "expires_at"),)

    id: UUID = Field(primary_key=True)
    player_id: UUID = Field(foreign_key="players.id", ondelete="CASCADE")
    kind: str
    created_at: datetime
    expires_at: datetime
    done_at: datetime | None = None


class PlayerSnapshot(CatalogTable, table=True):
    """The last picture of a screen, and until when a person looks at it."""

    __tablename__ = "player_snapshots"

    player_id: UUID = Field(primary_key=True, foreign_key="players.id", ondelete="CASCADE")
    wanted_until: datetime | None = None
    taken_at: datetime | None = None
    media_type: str | None = None
    picture: bytes | None = Field(default=None, sa_type=LargeBinary)


class PlayedItem(CatalogTable, table=True):
    """How often, and for how long, a screen showed a medium as an item on one day of its own calendar."""

    __tablename__ = "played_items"
    __table_args__ = (Index(None, "day"), Index(None, "media_id"))

    player_id: UUID = Field(primary_key=True, foreign_key="players.id", ondelete="CASCADE")
    day: date = Field(primary_key=True)
    item_id: UUID = Field(primary_key=True)
    media_id: UUID = Field(primary_key=True)
    times: int
    seconds: float
