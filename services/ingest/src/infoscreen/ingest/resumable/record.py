"""What an ingest knows of a resumable upload: a value that is stored whole, and replaced only as it was read.

An upload is open until all its bytes are stored, complete then, and done once its event is published or parked. What is
complete never becomes anything else but done, or ended where its file is refused.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from pydantic import TypeAdapter, ValidationError

from infoscreen.common.errors import InfoscreenError
from infoscreen.common.events import Priority
from infoscreen.common.ownership import Person

PART_BYTES = 5 * 1024 * 1024
"""The size of every part but the last; R2 wants them equal, and S3 takes none that is smaller."""
MAX_PARTS = 10_000


class MalformedRecordError(InfoscreenError):
    """An object under the name of a record is none."""


@dataclass(frozen=True)
class StoredPart:
    """A part of the object."""

    number: int
    etag: str
    size_bytes: int


@dataclass(frozen=True)
class Tail:
    """The bytes beyond the last part, as an object of their own: S3 takes no small parts."""

    key: str
    size_bytes: int


@dataclass(frozen=True)
class UploadRecord:
    """A resumable upload.

    Attributes:
        upload_id: of its URL, its object and its event.
        media_id: the medium that it becomes, or replaces.
        replacement: False for the upload that makes a medium.
        owner: the name of who began it, and alone may go on with it.
        edits_all: True where that person may replace every medium.
        length: of the file, in bytes.
        multipart_id: of the S3 upload that collects the parts.
        parts: those that count, whatever else the store lists.
        epoch: how many requests have claimed the upload; the one that claimed it last is the only one that can commit.
        nonce: different in each record that was ever written, so no two have the same tag.
        expires: when it goes unless something of it comes first.
        sha256: of the file, where one request brought all of it.
        completed_at: when its last byte was stored.
        announcement: the record of its event, which is decided once.
        done: the event is published or parked.
        ended: it was terminated, refused or has expired; its objects are being deleted.
    """

    upload_id: UUID
    media_id: UUID
    owner: str
    filename: str
    priority: Priority
    length: int
    object_key: str
    multipart_id: str
    expires: datetime
    parts: tuple[StoredPart, ...] = ()
    tail: Tail | None = None
    epoch: int = 0
    nonce: str = ""
    replacement: bool = False
    edits_all: bool = False
    sha256: str | None = None
    completed_at: datetime | None = None
    announcement: str | None = None
    done: bool = False
    ended: bool = False

    @property
    def person(self) -> Person:
        """The person that began it."""
        return Person(self.owner, self.edits_all)

    @property
    def stored_bytes(self) -> int:
        """The bytes in parts."""
        return sum(part.size_bytes for part in self.parts)

    @property
    def offset(self) -> int:
        """The bytes that are stored for good; the next request begins with this one."""
        return self.stored_bytes + (self.tail.size_bytes if self.tail else 0)

    @property
    def complete(self) -> bool:
        """All bytes are stored."""
        return self.completed_at is not None

    @property
    def next_number(self) -> int:
        """The number of the next part, which the request that claimed the upload before would not give it.

        Numbers have gaps, so that a part that an older request stores late replaces none that counts: stores keep the
        last one of a number.
        """
        spread = MAX_PARTS // max(1, -(-self.length // PART_BYTES))
        return len(self.parts) * spread + self.epoch % spread + 1

    def expired(self, now: datetime) -> bool:
        """Whether it is over: an upload that is complete expires only once it is done."""
        return self.ended or ((self.done or not self.complete) and self.expires < now)

    def claimed(self, now: datetime, lifetime: timedelta) -> "UploadRecord":
        """The record as the request that goes on with the upload writes it first."""
        return replace(self, epoch=self.epoch + 1, expires=now + lifetime)

    def with_part(self, etag: str, size_bytes: int) -> "UploadRecord":
        """The record with the next part; the bytes of the tail are in it."""
        part = StoredPart(self.next_number, etag, size_bytes)
        return replace(self, parts=(*self.parts, part), tail=None)

    def fresh(self) -> "UploadRecord":
        """The record with another nonce."""
        return replace(self, nonce=uuid4().hex)

    def to_json(self) -> bytes:
        """The content of the object that stores this record."""
        return _RECORDS.dump_json(self)

    @classmethod
    def from_json(cls, stored: bytes) -> "UploadRecord":
        """Parse a record.

        Raises:
            MalformedRecordError: it is none.
        """
        try:
            return _RECORDS.validate_json(stored)
        except ValidationError as error:
            raise MalformedRecordError(f"not a record of a resumable upload: {error}") from error


@dataclass(frozen=True)
class HeldRecord:
    """A record as it was read or written, with the tag of its object."""

    record: UploadRecord
    tag: str


_RECORDS = TypeAdapter(UploadRecord)
