"""Bodies of groups of screens."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from infoscreen.catalog.api.schemas.playlists import Name
from infoscreen.catalog.programme.groups import ListedGroup
from infoscreen.catalog.programme.rules import time_zones

Orientation = Literal["normal", "left", "right", "inverted"]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$", description="Of notices on the screens")]


def _known_zone(name: str) -> str:
    if name not in time_zones():
        raise ValueError(f"there is no time zone {name!r}. Give one of the IANA database, such as Europe/Berlin.")
    return name


def _distinct(weekdays: list[int]) -> list[int]:
    return sorted(set(weekdays))


TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="HH:MM on the wall")]
Ends = Annotated[
    TimeOfDay | None,
    Field(description="null for midnight; not after `starts`: on the next day; the same as `starts`: 24 hours later"),
]
Weekdays = Annotated[
    list[Annotated[int, Field(ge=1, le=7)]],
    Field(min_length=1, max_length=7, description="1 is Monday, 7 is Sunday; the day on which it starts"),
    AfterValidator(_distinct),
]
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


class Hours(BaseModel):
    """A time of the week in which screens are on."""

    weekdays: Weekdays = EVERY_DAY
    starts: TimeOfDay
    ends: Ends = None


class GroupSettings(BaseModel):
    """A group to be created."""

    name: Name
    timezone: TimeZone
    language: Language = "en"
    default_playlist_id: UUID | None = Field(default=None, description="For screens whose own list is empty")
    hours: list[Hours] = Field(default=[], max_length=50, description="When the screens are on; empty for always")
    orientation: Orientation = "normal"


class GroupChanges(BaseModel):
    """What is to change of a group; what is left out stays."""

    name: Name = ""
    timezone: TimeZone = ""
    language: Language = ""
    default_playlist_id: UUID | None = None
    hours: list[Hours] = Field(default=[], max_length=50)
    orientation: Orientation = "normal"

    def changes(self) -> dict[str, Any]:
        """What the client gave."""
        return self.model_dump(exclude_unset=True)


class GroupDetail(GroupSettings):
    """A group."""

    group_id: UUID
    player_ids: list[UUID] = Field(description="The screens in it, by name")

    @classmethod
    def of(cls, listed: ListedGroup) -> Self:
        """A group as operators see it."""
        group = listed.group
        return cls.model_validate(group.model_dump() | {"group_id": group.id, "player_ids": listed.player_ids})


class Groups(BaseModel):
    """Every group."""

    items: list[GroupDetail]
