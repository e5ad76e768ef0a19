"""What the API takes and answers."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from infoscreen.notifier.notices import Topic

_NO_NUL = r"^[^\x00]*$"  # Postgres cannot store this character


class Kind(StrEnum):
    """How a channel's messages travel."""

    EMAIL = "email"
    WEBHOOK = "webhook"


Name = Annotated[str, Field(min_length=1, max_length=100, pattern=_NO_NUL)]
Target = Annotated[
    str, Field(min_length=3, max_length=2000, pattern=_NO_NUL, description="An e-mail address, or a webhook's URL")
]
Topics = Annotated[
    list[Topic], Field(min_length=1, max_length=20, description="What the channel is told of; by default everything")
]


class ChannelSettings(BaseModel):
    """Where messages go, and which."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    kind: Kind
    target: Target
    topics: Topics = list(Topic)


class ChannelChanges(BaseModel):
    """What of a channel is to change."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    target: Target | None = None
    topics: Topics | None = None


class ChannelDetail(BaseModel):
    """A channel, and how its last delivery went."""

    channel_id: UUID
    name: str
    kind: Kind
    target: str
    topics: list[Topic]
    created_at: datetime
    last_attempt_at: datetime | None = None
    last_error: Annotated[str | None, Field(description="Why the last delivery did not arrive; null if it did")] = None


class ChannelCreated(ChannelDetail):
    """A new channel."""

    secret: Annotated[
        str | None, Field(description="Signs a webhook's messages (Standard Webhooks); shown only once")
    ] = None


class Channels(BaseModel):
    """Every channel by name."""

    items: list[ChannelDetail]


class TestResult(BaseModel):
    """Whether a test message arrived."""

    delivered: bool
    error: Annotated[str | None, Field(description="Why not, and what to do about it")] = None
