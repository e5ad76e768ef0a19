"""Bodies for operators: converters, dead letters, and poison events."""

from dataclasses import asdict
from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from infoscreen.catalog.models import PoisonEvent
from infoscreen.catalog.operations.converters import Converter
from infoscreen.common.messaging.dead_letter import DeadLetter


class JobItem(BaseModel):
    """A conversion under way."""

    model_config = ConfigDict(from_attributes=True)

    media_id: UUID
    filename: str
    attempt: int
    started_at: datetime | None


class ConverterItem(BaseModel):
    """A converter."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    last_seen_at: datetime
    succeeded: int = Field(description="Within the last day")
    failed: int = Field(description="Within the last day")
    jobs: list[JobItem] = Field(description="What it does now")

    @classmethod
    def of(cls, converter: Converter) -> Self:
        """A converter as operators see it."""
        return cls.model_validate(converter)


class ConverterList(BaseModel):
    """Converters by name."""

    items: list[ConverterItem]


class DeadLetterItem(BaseModel):
    """A message that no converter could handle."""

    sequence: int = Field(description="Its number, for retrying and dropping")
    reason: str
    detail: str
    subject: str
    original_sequence: int
    deliveries: int
    durable: str
    died_at: datetime | None

    @classmethod
    def of(cls, letter: DeadLetter) -> Self:
        """A dead letter as operators see it."""
        return cls.model_validate(asdict(letter) | _content(letter.data))


class DeadLetterDetail(DeadLetterItem):
    """A dead letter, whole."""

    headers: dict[str, str]
    body: str


class DeadLetterPage(BaseModel):
    """Dead letters, oldest first."""

    items: list[DeadLetterItem]


class PoisonItem(BaseModel):
    """A message of the stream that could not be applied."""

    sequence: int
    subject: str
    error: str
    headers: dict[str, str]
    body: str
    at: datetime

    @classmethod
    def of(cls, event: PoisonEvent) -> Self:
        """A poison event as operators see it."""
        return cls.model_validate(event.model_dump() | {"at": event.stored_at, **_content(event.data)})


class PoisonPage(BaseModel):
    """Poison events, oldest first."""

    items: list[PoisonItem]


def _content(data: bytes) -> dict[str, str]:
    """A message's body as text, whatever it is."""
    return {"body": data.decode("utf-8", "replace")}
