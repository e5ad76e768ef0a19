"""Bodies of commands."""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field

from infoscreen.catalog.programme.commands import CommandKind
from infoscreen.catalog.programme.models import PlayerCommand


class NewCommand(BaseModel):
    """What a player is to do once."""

    kind: CommandKind
    expires_in_seconds: int = Field(default=600, ge=5, le=86_400, description="A player that hears later does nothing")

    @property
    def lifetime(self) -> timedelta:
        """How long the command is good."""
        return timedelta(seconds=self.expires_in_seconds)


class CommandDetail(BaseModel):
    """A command."""

    command_id: UUID
    kind: str
    created_at: datetime
    expires_at: datetime
    done_at: datetime | None = Field(description="When the player said that it took it up")

    @classmethod
    def of(cls, command: PlayerCommand) -> Self:
        """A command as operators see it."""
        return cls.model_validate(command.model_dump() | {"command_id": command.id})


class Commands(BaseModel):
    """The newest commands of a player, newest first."""

    items: list[CommandDetail]
