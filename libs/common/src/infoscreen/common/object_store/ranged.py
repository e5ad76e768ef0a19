"""An object as a seekable file, of which only what is read is fetched."""

import io
from collections.abc import Callable
from typing import Any


class RangedObject(io.RawIOBase):
    """A seekable, read-only view of an object through ranged GETs.

    Args:
        read: fetches ``(offset, length)`` of it.
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
