"""What the use cases of the converter need of servers, so that they import none of their libraries."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol
from uuid import UUID

from infoscreen.common.rendition import Rendition
from infoscreen.converter.task import ConversionTask


class Sized(Protocol):
    """What is known of a stored object."""

    @property
    def size_bytes(self) -> int:
        """The size."""


class Digest(Sized, Protocol):
    """The size and the hash of what arrived."""

    @property
    def sha256(self) -> str:
        """In hex."""


class DocumentStore(Protocol):
    """Stores originals and PDFs. Every method raises UnavailableError while the object store is away."""

    async def stat(self, key: str) -> Sized | None:
        """What is stored under a key, or None."""

    async def get_file(self, key: str, path: Path) -> Digest:
        """Copy an object to a local file and say what arrived.

        Raises:
            NotFoundError: there is no such object.
        """

    async def put_file(self, key: str, path: Path, content_type: str) -> bool:
        """Store a local file under a key; True where the store's answer proves that it has the bytes."""

    async def delete(self, key: str) -> None:
        """Remove an object; removing an absent one is fine."""


class Renditions(Protocol):
    """The registry of finished PDFs. Every method raises UnavailableError while NATS is away."""

    async def find(self, key: str) -> Rendition | None:
        """The winning rendition, or None."""

    async def register(self, key: str, rendition: Rendition) -> Rendition:
        """Make this the winner unless there is one; return the winner."""

    async def forget(self, key: str, pdf_key: str) -> bool:
        """Remove a rendition if it is still this one."""


class GenerationWatch(Protocol):
    """Tells whether a generation is current. Every method raises UnavailableError while NATS is away."""

    async def is_needed(self, task: ConversionTask) -> bool:
        """False once the medium was replaced or deleted, or has a later result that answers the task."""

    async def last_change(self, media_id: UUID, generation: int) -> int | None:
        """The sequence of the medium's last fact; None once this generation was replaced or deleted."""

    def obsolete(
        self, media_id: UUID, generation: int, own_event_id: str
    ) -> AbstractAsyncContextManager["asyncio.Task[None]"]:
        """A task that ends when this generation becomes obsolete while the block runs."""
