"""Bodies about many screens at once."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from infoscreen.catalog.screens.receipt import ScreenState
from infoscreen.catalog.screens.showing import ScreenWithMedium


class ScreenMediaChanges(BaseModel):
    """Media to be added to, and taken out of, the own lists of screens and the default playlists of groups."""

    add: list[UUID] = Field(default=[], max_length=100)
    remove: list[UUID] = Field(default=[], max_length=100)
    screens: list[UUID] = Field(default=[], max_length=500, description="Ids of players")
    groups: list[UUID] = Field(default=[], max_length=100)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not (self.screens or self.groups):
            raise ValueError("give some `screens` or `groups` whose media are to change.")
        if both := set(self.add) & set(self.remove):
            raise ValueError(f"{min(both)} is to be added and removed. Leave one of the two out.")
        return self


class ScreenItem(BaseModel):
    """How far a screen is with a medium."""

    player: UUID
    name: str
    state: ScreenState = Field(description="offline: `sha256` is what it had when it was last heard of")
    sha256: str | None = Field(description="Of the version that it shows or has")
    generation: int | None
    since: datetime | None = Field(
        description="Since when it shows it; of an offline screen, when it was last heard of"
    )

    @classmethod
    def of(cls, screen: ScreenWithMedium) -> Self:
        """A screen as people see it."""
        return cls.model_validate(vars(screen.receipt) | {"player": screen.player_id, "name": screen.name})


class Receipt(BaseModel):
    """The screens that are to show a medium."""

    on: int = Field(description="How many of them have the current version")
    of: int
    screens: list[ScreenItem]
