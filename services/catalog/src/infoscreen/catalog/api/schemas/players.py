"""Bodies of players."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from infoscreen.catalog.screens.players import AssignedPlayer

_REPORTED = ("showing", "health", "applied", "entry", "item", "page", "clock", "power")


class PlayerName(BaseModel):
    """A player to be enrolled."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$", description="Where it hangs, for people")


class AssignedMedia(BaseModel):
    """What a player may and should show."""

    media_ids: list[UUID] = Field(max_length=500)


class PlayerGroup(BaseModel):
    """The group that a player is in."""

    group_id: UUID | None = Field(description="null for none")


class PlayerItem(BaseModel):
    """A player."""

    player_id: UUID
    name: str
    state: Literal["waiting", "enrolled", "revoked"] = Field(
        description="waiting: no player has used its token or code yet"
    )
    created_at: datetime
    enrolled_at: datetime | None
    revoked_at: datetime | None
    last_seen_at: datetime | None
    code_expires_at: datetime | None = Field(description="null when there is no code to be used")
    group_id: UUID | None
    playlist_id: UUID = Field(description="Its own list")
    media_ids: list[UUID] = Field(description="The media of its own list, in order")
    etag: str = Field(description="Of its own list, for `If-Match`")
    showing: dict[str, Any] | None = Field(description="What it last reported to show")
    health: dict[str, Any] | None = Field(description="What it last reported about itself")
    applied: str | None = Field(description="The etag of the manifest that it follows")
    entry: UUID | None = Field(description="The entry of the schedule that wins there; null for the default")
    item: UUID | None = Field(description="The item of the playlist that is on the glass")
    page: int | None
    clock: dict[str, Any] | None = Field(description="By which time it decides: `source`, `offset_seconds`")
    power: dict[str, Any] | None = Field(description="Of the display: `wanted`, `cec`, `signal`")
    reported_at: datetime | None

    @classmethod
    def of(cls, assigned: AssignedPlayer) -> Self:
        """A player as operators see it."""
        player = assigned.player
        report = player.report or {}
        known = player.enrolled_at or player.last_seen_at
        return cls.model_validate(
            player.model_dump()
            | {
                "player_id": player.id,
                "state": "revoked" if player.revoked_at else "enrolled" if known else "waiting",
                "group_id": assigned.group_id,
                "playlist_id": assigned.own.playlist_id,
                "media_ids": assigned.own.media_ids,
                "etag": assigned.own.etag,
            }
            | {name: report.get(name) for name in _REPORTED}
        )


class PlayerList(BaseModel):
    """Every player."""

    items: list[PlayerItem]


class PlayerCreated(PlayerItem):
    """A new player with what is shown only now."""

    token: str = Field(description="Good at once, until the code is exchanged for another")
    code: str = Field(description="To be typed in at the player, once")
    code_expires_at: datetime


class EnrolmentCode(BaseModel):
    """A one-time code, shown only now."""

    code: str
    code_expires_at: datetime
