"""Bodies of the schedule."""

from datetime import date
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from infoscreen.catalog.api.schemas.groups import EVERY_DAY, Ends, TimeOfDay, Weekdays
from infoscreen.catalog.api.schemas.playlists import Days
from infoscreen.catalog.programme.models import ScheduleEntry

Position = Annotated[int, Field(ge=0, le=1_000_000)]


class EntrySettings(Days):
    """An entry of the schedule: when a playlist is shown, and where. Without group and player: on every screen."""

    group_id: UUID | None = None
    player_id: UUID | None = None
    playlist_id: UUID
    priority: int = Field(default=0, ge=-1000, le=1000, description="Of entries that cover a moment, the highest wins")
    position: Position | None = Field(default=None, description="Decides between equals; null: after all others")
    weekdays: Weekdays = EVERY_DAY
    starts: TimeOfDay = "00:00"
    ends: Ends = None
    except_days: list[date] = Field(default=[], max_length=366, description="Days on which it does not start")
    enabled: bool = True

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if self.group_id and self.player_id:
            raise ValueError("an entry is for a group or for a player. Leave one of the two out.")
        return self


class EntryChanges(EntrySettings):
    """What is to change of an entry; what is left out stays."""

    playlist_id: UUID = UUID(int=0)

    def applied_to(self, entry: ScheduleEntry) -> dict[str, Any]:
        """The whole settings as they become.

        Raises:
            ValidationError: the changes do not fit what stays.
        """
        given = self.model_dump(exclude_unset=True)
        if {"group_id", "player_id"} & given.keys():  # a new target replaces the old one
            given = {"group_id": None, "player_id": None} | given
        return EntrySettings.model_validate(entry.model_dump() | given).model_dump()


class EntryDetail(EntrySettings):
    """An entry of the schedule."""

    entry_id: UUID
    position: Position

    @classmethod
    def of(cls, entry: ScheduleEntry) -> Self:
        """An entry as operators see it."""
        return cls.model_validate(entry.model_dump() | {"entry_id": entry.id})


class Schedule(BaseModel):
    """Entries in the order in which they win."""

    items: list[EntryDetail]
