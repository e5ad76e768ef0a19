"""The capabilities that ingest's use case needs of servers, so that it imports none of their libraries."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol
from uuid import UUID

from infoscreen.common.document_types import DocumentType
from infoscreen.common.events import Envelope, EventPublisher, MediaUploaded
from infoscreen.common.events.medium_state import MediumLabels, MediumState
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.rendition import Rendition
from infoscreen.ingest.announcement import Announcement


class Digest(Protocol):
    """The hash and the size of what was stored."""

    @property
    def sha256(self) -> str:
        """In hex."""

    @property
    def size_bytes(self) -> int:
        """The size."""


class OriginalStore(Protocol):
    """Stores originals. Every method raises UnavailableError while the object store is away."""

    async def put_stream(
        self, key: str, chunks: AsyncIterator[bytes], look: Callable[[RandomAccess], Awaitable[DocumentType]]
    ) -> tuple[Digest, DocumentType]:
        """Store a stream and look at the whole of it; an error of either leaves nothing behind."""

    async def copy(self, key: str, to: str) -> None:
        """Copy an object within the store.

        Raises:
            NotFoundError: there is no such object.
        """

    async def delete(self, key: str) -> None:
        """Remove an object; removing an absent one is fine."""


class EnvelopePublisher(EventPublisher, Protocol):
    """Publishes events that have their envelope already."""

    async def publish_envelope(
        self,
        envelope: Envelope,
        *,
        message_id: str | None = None,
        after: int | None = None,
        deadline_seconds: float | None = None,
    ) -> int:
        """As ``publish``.

        Raises:
            MessageIdTakenError: another event has the message id.
        """


class MediaFacts(Protocol):
    """Reads the facts about media. Every method raises UnavailableError while NATS is away."""

    async def state(self, media_id: UUID) -> MediumState:
        """The state of a medium."""

    async def labels(self, media_id: UUID) -> MediumLabels:
        """The title and the tags of a medium."""

    async def sequence_of(self, upload: MediaUploaded) -> int | None:
        """The stream sequence of an upload, or None."""

    async def envelope_at(self, sequence: int) -> Envelope | None:
        """The event with this stream sequence, or None."""


class KeyBinder(Protocol):
    """Binds Idempotency-Keys to uploads."""

    async def bind(self, own: Announcement) -> Announcement:
        """The upload that has the key of ``own``: itself, or the first one within the window."""

    async def rebind(self, first: Announcement) -> None:
        """Bind a key to the upload that is first in the stream."""

    async def release(self, own: Announcement) -> None:
        """Free the key of an upload that was refused."""


class Outbox(Protocol):
    """Keeps uploads that cannot be published now."""

    async def park(self, announcement: Announcement) -> None:
        """Keep an upload until it can be published."""

    async def relay(self, about: UUID | None = None) -> int:
        """Publish the parked uploads, of one medium or of all; returns how many."""


class Recogniser(Protocol):
    """Tells the type of files."""

    async def identify(self, content: RandomAccess, filename: str) -> DocumentType:
        """The type of a file by its content.

        Raises:
            RefusedFileError: it cannot be shown.
        """


class RenditionFinder(Protocol):
    """Finds finished renditions."""

    async def find(self, key: str) -> Rendition | None:
        """The winning rendition, or None."""
