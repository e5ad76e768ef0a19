"""The capabilities that resumable uploads need of the bucket, and of the use case of other uploads."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol
from uuid import UUID

from infoscreen.common.document_types import DocumentType
from infoscreen.common.events.medium_state import MediumState
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.ownership import Person
from infoscreen.ingest.announcement import Announcement
from infoscreen.ingest.protocols import Digest
from infoscreen.ingest.resumable.record import HeldRecord, UploadRecord
from infoscreen.ingest.upload import UploadResult


class Media(Protocol):
    """Makes media, and generations of them."""

    async def replaceable(self, media_id: UUID, person: Person) -> MediumState | None:
        """The state of a medium; None while NATS is away.

        Raises:
            UnknownMediumError: there is none.
            NotOwnerError: the person may not change it.
        """

    async def announce_stored(self, own: Announcement) -> UploadResult:
        """Publish or park an upload; repeated, it adds nothing. Raises as ``replaceable``."""


class PartStore(Protocol):
    """Stores parts and tails. Every method raises UnavailableError while the object store is away."""

    async def begin_parts(self, key: str) -> str:
        """Begin a multipart upload; returns its id."""

    async def put_part(self, key: str, multipart_id: str, number: int, data: bytes) -> str:
        """Store a part; returns its ETag. Raises NotFoundError once the multipart upload has ended."""

    async def complete_parts(self, key: str, multipart_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """Make one object of parts. Raises NotFoundError once the multipart upload has ended."""

    async def abort_parts(self, key: str, multipart_id: str) -> None:
        """Drop a multipart upload; dropping one that has ended is fine."""

    async def cut(
        self,
        chunks: AsyncIterator[bytes],
        whole: Callable[[bytes], Awaitable[None]],
        rest: Callable[[bytes, Exception | None], Awaitable[None]],
    ) -> None:
        """Hand over a stream part by part, and its end with the error that broke it."""

    async def digest(self, key: str) -> Digest:
        """Read an object for its hash. Raises NotFoundError where there is none."""

    async def inspect(
        self, key: str, size_bytes: int, look: Callable[[RandomAccess], Awaitable[DocumentType]]
    ) -> DocumentType:
        """Have ``look`` inspect an object."""

    async def get(self, key: str) -> bytes:
        """A small object. Raises NotFoundError where there is none."""

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Store an object."""

    async def delete(self, key: str) -> None:
        """Remove an object; removing an absent one is fine."""


class Records(Protocol):
    """Keeps the records. Every method raises UnavailableError while the object store is away."""

    async def create(self, record: UploadRecord) -> HeldRecord:
        """Store the record of a new upload."""

    async def load(self, upload_id: UUID) -> HeldRecord:
        """The record of an upload. Raises GoneError where there is none."""

    async def swap(self, held: HeldRecord, record: UploadRecord) -> HeldRecord | None:
        """Store a record in place of the one that is held; None when that is no longer stored."""

    async def all(self) -> list[UploadRecord]:
        """Every record."""

    async def forget(self, upload_id: UUID) -> None:
        """Remove a record with all tails of its upload."""
