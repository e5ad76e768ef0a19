"""Downloads one file, going on where an earlier attempt was cut, even before a reboot.

A presigned URL lives for minutes and a cut download may be taken up hours later, so every attempt asks for a fresh
URL if the one at hand is refused. What arrives is only a part on the shelf; the shelf decides whether it is the file.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from infoscreen.player.errors import CorruptFileError, DiskFullError
from infoscreen.player.programme import Rendition
from infoscreen.player.shelf import ETAG, Shelf, disk_is_full

FreshUrl = Callable[[Rendition], Awaitable[str]]


class OpenDownload(Protocol):
    """Bytes on their way."""

    offset: int
    etag: str | None

    def blocks(self) -> AsyncIterator[bytes]:
        """The bytes as they come."""


class ObjectStore(Protocol):
    """Opens presigned URLs."""

    def download(self, url: str, offset: int = 0, etag: str | None = None) -> AbstractAsyncContextManager[OpenDownload]:
        """Open a URL, from an offset if the object is still the one with this etag."""


async def download(store: ObjectStore, url: str, rendition: Rendition, shelf: Shelf) -> None:
    """Get a file and put it on the shelf.

    Raises:
        ServerAwayError: it was cut; what came is kept for the next attempt.
        UrlExpiredError: the URL is not good any more; what came is kept.
        CorruptFileError: it is not what it should be; what came was removed.
        DiskFullError: there is no room.
    """
    part = shelf.part(rendition)
    etag_file = part.with_suffix(ETAG)
    offset, etag = _left_from_before(part, etag_file, rendition)
    try:
        if offset < rendition.size_bytes:
            async with store.download(url, offset, etag) as incoming:
                await asyncio.to_thread(_prepare, part, etag_file, incoming)
                await _append(part, incoming, rendition)
    except CorruptFileError:
        shelf.discard(rendition)
        raise
    except OSError as error:
        if disk_is_full(error):
            shelf.discard(rendition)
            raise DiskFullError("The player's disk is full.") from error
        raise
    await shelf.admit(rendition)


def _left_from_before(part: Path, etag_file: Path, rendition: Rendition) -> tuple[int, str | None]:
    try:
        offset, etag = part.stat().st_size, etag_file.read_text()
    except (OSError, UnicodeDecodeError):
        return 0, None
    return (offset, etag) if 0 < offset <= rendition.size_bytes else (0, None)


def _prepare(part: Path, etag_file: Path, incoming: OpenDownload) -> None:
    """Begin anew unless the store agreed to go on; the etag is on disk before any of its bytes."""
    if incoming.offset:
        return
    part.write_bytes(b"")
    if incoming.etag:
        etag_file.write_text(incoming.etag)
    else:
        etag_file.unlink(missing_ok=True)


async def _append(part: Path, incoming: OpenDownload, rendition: Rendition) -> None:
    size = incoming.offset
    with part.open("ab") as file:
        async for block in incoming.blocks():
            size += len(block)
            if size > rendition.size_bytes:
                raise CorruptFileError("The store sent more than the file's size.")
            await asyncio.to_thread(file.write, block)
