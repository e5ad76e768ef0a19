"""Downloads one file, and resumes a download that was cut, also after a reboot.

The bytes arrive in a part file of the file cache, which commits it only after checking it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from infoscreen.player.errors import CorruptFileError, DiskFullError
from infoscreen.player.file_cache import ETAG, FileCache, disk_is_full
from infoscreen.player.manifest import DisplayFile


class OpenDownload(Protocol):
    """A download that the store has begun to answer."""

    offset: int
    etag: str | None

    def blocks(self) -> AsyncIterator[bytes]:
        """The bytes, as they arrive."""


class ObjectStore(Protocol):
    """Opens presigned URLs."""

    def download(self, url: str, offset: int = 0, etag: str | None = None) -> AbstractAsyncContextManager[OpenDownload]:
        """Open a URL, from an offset where the object still has this etag."""


async def download(store: ObjectStore, url: str, file: DisplayFile, cache: FileCache) -> None:
    """Download a file and commit it to the cache.

    Raises:
        ServerUnreachableError: the download was cut; its bytes stay for the next attempt.
        UrlExpiredError: the store refused the URL; the bytes of earlier attempts stay.
        CorruptFileError: the bytes are not those of the file; they were removed.
        DiskFullError: the disk has no room for the file.
    """
    part = cache.part(file)
    etag_file = part.with_suffix(ETAG)
    offset, etag = _resume_point(part, etag_file, file)
    try:
        if offset < file.size_bytes:
            async with store.download(url, offset, etag) as incoming:
                await asyncio.to_thread(_prepare, part, etag_file, incoming)
                await _append(part, incoming, file)
    except CorruptFileError:
        cache.discard(file)
        raise
    except OSError as error:
        if disk_is_full(error):
            cache.discard(file)
            raise DiskFullError("The player's disk is full.") from error
        raise
    await cache.commit(file)


def _resume_point(part: Path, etag_file: Path, file: DisplayFile) -> tuple[int, str | None]:
    try:
        offset, etag = part.stat().st_size, etag_file.read_text()
    except (OSError, UnicodeDecodeError):
        return 0, None
    return (offset, etag) if 0 < offset <= file.size_bytes else (0, None)


def _prepare(part: Path, etag_file: Path, incoming: OpenDownload) -> None:
    """Empty the part file unless the store agreed to resume; the etag is on the disk before any of its bytes."""
    if incoming.offset:
        return
    part.write_bytes(b"")
    if incoming.etag:
        etag_file.write_text(incoming.etag)
    else:
        etag_file.unlink(missing_ok=True)


async def _append(part: Path, incoming: OpenDownload, file: DisplayFile) -> None:
    size = incoming.offset
    with part.open("ab") as output:
        async for block in incoming.blocks():
            size += len(block)
            if size > file.size_bytes:
                raise CorruptFileError("The store sent more than the file's size.")
            await asyncio.to_thread(output.write, block)
