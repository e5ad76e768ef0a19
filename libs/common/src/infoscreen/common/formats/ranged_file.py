"""A remote file as a seekable one: it fetches only the ranges that are read."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


class ReadRange(Protocol):
    """Reads a part of a file."""

    async def __call__(self, offset: int, length: int) -> bytes:
        """The bytes from `offset` on: `length` of them, or as many as there are."""


@dataclass(frozen=True)
class RandomAccess:
    """A file of which any part can be read, in memory or in a store."""

    size_bytes: int
    read: ReadRange


class RangedFile(io.RawIOBase):
    """A seekable, read-only view of a file through reads of ranges.

    Args:
        read: fetches up to ``(offset, length)`` of it; fewer bytes are fine, none are its end.
        size_bytes: how long it is.
    """

    def __init__(self, read: Callable[[int, int], bytes], size_bytes: int) -> None:
        super().__init__()
        self._read_range = read
        self._size = size_bytes
        self._position = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; fetches nothing."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fetch as much as fits, or what is left."""
        wanted = min(len(buffer), self._size - self._position)
        if wanted <= 0:
            return 0
        data = self._read_range(self._position, wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
