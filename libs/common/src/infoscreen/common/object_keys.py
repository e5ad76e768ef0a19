"""The folders of the bucket, and what the names of objects in them say.

Names are parsed strictly: an object with any other name is foreign, and every service leaves it alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

ORIGINALS, CONVERTED, OUTBOX, IDEMPOTENCY_KEYS, OPEN_UPLOADS = (
    "originals/",
    "converted/",
    "outbox/",
    "keys/",
    "uploads/",
)

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_TIME = "%Y%m%dT%H%M%S.%f"
_ORIGINAL = re.compile(rf"{ORIGINALS}({_ID})/.+", re.DOTALL)
_PARKED = re.compile(rf"{OUTBOX}(\d{{8}}T\d{{6}}\.\d{{6}})\.({_ID})\.({_ID})\.json")
_RECORD = re.compile(rf"{OPEN_UPLOADS}({_ID})\.json")


def record_key(upload_id: UUID) -> str:
    """The key of the record of a resumable upload."""
    return f"{OPEN_UPLOADS}{upload_id}.json"


def upload_of_record(key: str) -> UUID | None:
    """The upload that a record belongs to; None for a foreign object, and for an upload's tail."""
    match = _RECORD.fullmatch(key)
    return UUID(match[1]) if match else None


def tail_prefix(upload_id: UUID) -> str:
    """What the keys of an upload's tails begin with: the bytes beyond its last whole part."""
    return f"{OPEN_UPLOADS}{upload_id}/"


def medium_of_original(key: str) -> UUID | None:
    """The medium that an original belongs to; None for a foreign object."""
    match = _ORIGINAL.fullmatch(key)
    return UUID(match[1]) if match else None


@dataclass(frozen=True)
class ParkedName:
    """What the key of a parked upload says; keys sort by time."""

    time: datetime
    media_id: UUID
    message_id: str

    @property
    def key(self) -> str:
        """The key of the object that holds the upload until NATS is back."""
        return f"{OUTBOX}{self.time:{_TIME}}.{self.media_id}.{self.message_id}.json"

    @classmethod
    def of(cls, key: str) -> "ParkedName | None":
        """Parse a key; None for a foreign object."""
        match = _PARKED.fullmatch(key)
        try:
            time = datetime.strptime(match[1], _TIME).replace(tzinfo=UTC) if match else None
        except ValueError:
            return None
        return cls(time, UUID(match[2]), match[3]) if match and time else None


def parked_media(keys: Iterable[str]) -> set[UUID]:
    """The media that have a parked upload."""
    return {name.media_id for name in map(ParkedName.of, keys) if name is not None}
