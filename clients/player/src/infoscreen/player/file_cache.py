"""The file cache on the player's disk: it holds whole, checked files only, within a limit.

A file's name is its SHA-256, so the cache keeps the same bytes once. A file gets that name only after the cache has
checked its size and hash and has inspected its content. After each start the cache checks a file again before the
viewer opens it, because memory cards lose bits.
"""

import asyncio
import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import structlog

from infoscreen.player.errors import CorruptFileError, DiskFullError
from infoscreen.player.files import sync_directory
from infoscreen.player.inspection import UNKNOWN, Inspection, inspect
from infoscreen.player.manifest import DisplayFile

PART = ".part"
ETAG = ".etag"
_BLOCK_BYTES = 1024**2
_FULL = (errno.ENOSPC, errno.EDQUOT)

_log = structlog.get_logger(__name__)


def disk_is_full(error: OSError) -> bool:
    """Whether an error says that the disk is full."""
    return error.errno in _FULL


class FileCache:
    """A cache of files in one directory.

    Args:
        directory: holds the files; ``open`` creates it.
        limit_bytes: of all files together.
        reserve_bytes: what the cache leaves free on the disk.
    """

    def __init__(self, directory: Path, limit_bytes: int, reserve_bytes: int) -> None:
        self._directory = directory
        self._limit_bytes = limit_bytes
        self._reserve_bytes = reserve_bytes
        self._checked: dict[DisplayFile, Inspection] = {}

    def open(self) -> None:
        """Create the directory."""
        self._directory.mkdir(parents=True, exist_ok=True)

    def path(self, file: DisplayFile) -> Path:
        """The path of a file, whether it is there or not."""
        return self._directory / file.filename

    def part(self, file: DisplayFile) -> Path:
        """The path of a file during its download."""
        return self._directory / (file.sha256 + PART)

    def has(self, file: DisplayFile) -> bool:
        """Whether this process has found a file whole."""
        return file in self._checked

    def inspection(self, file: DisplayFile) -> Inspection:
        """The inspection of a checked file."""
        return self._checked.get(file, UNKNOWN)

    @property
    def free_bytes(self) -> int:
        """The bytes that are free on the disk."""
        return shutil.disk_usage(self._directory).free

    async def check(self, file: DisplayFile) -> bool:
        """Check a file that an earlier process left; remove it where it is not whole. Returns whether it is whole."""
        path = self.path(file)
        if self.has(file):
            return True
        if not path.exists():
            return False
        try:
            self._checked[file] = await self._examine(path, file)
        except CorruptFileError as error:
            _log.warning("corrupt_file_removed", sha256=file.sha256, reason=str(error))
            with contextlib.suppress(OSError):
                path.unlink()
            return False
        return True

    async def commit(self, file: DisplayFile) -> None:
        """Check a downloaded file and give it its name.

        Raises:
            CorruptFileError: the bytes are not those of the file; they were removed.
            DiskFullError: the disk has no room.
        """
        part = self.part(file)
        try:
            inspection = await self._examine(part, file)
            await asyncio.to_thread(_sync_file, part)
            part.replace(self.path(file))
            sync_directory(self._directory)
        except CorruptFileError:
            self.discard(file)
            raise
        except OSError as error:
            raise _translated(error) from error
        part.with_suffix(ETAG).unlink(missing_ok=True)
        self._checked[file] = inspection

    def discard(self, file: DisplayFile) -> None:
        """Remove the downloaded part of a file."""
        part = self.part(file)
        part.unlink(missing_ok=True)
        part.with_suffix(ETAG).unlink(missing_ok=True)

    def invalidate(self, file: DisplayFile) -> None:
        """Have the file checked again before its next use."""
        self._checked.pop(file, None)

    def touch(self, files: Iterable[DisplayFile]) -> None:
        """Note that the viewer shows files now."""
        for file in files:
            with contextlib.suppress(OSError):
                os.utime(self.path(file))

    def make_room(self, size_bytes: int, kept: Iterable[DisplayFile], needed: Iterable[DisplayFile] = ()) -> None:
        """Evict the files that the viewer has not shown for longest, until a new file of this size fits.

        Args:
            size_bytes: of the new file.
            kept: files that stay, even where the new one then does not fit.
            needed: files that go last.

        Raises:
            DiskFullError: the file does not fit even so.
        """
        kept_paths, needed_paths = self._paths(kept), self._paths(needed)
        present = [(path, path.stat()) for path in self._directory.iterdir() if path.is_file()]
        total = sum(stat.st_size for _, stat in present)
        for path, stat in sorted(present, key=lambda entry: (entry[0] in needed_paths, entry[1].st_mtime)):
            if self._fits(total, size_bytes):
                return
            if path not in kept_paths:
                path.unlink(missing_ok=True)
                self._checked = {file: seen for file, seen in self._checked.items() if self.path(file) != path}
                total -= stat.st_size
                _log.info("file_evicted", name=path.name, size_bytes=stat.st_size)
        if not self._fits(total, size_bytes):
            raise DiskFullError(f"The player's disk has no room for {size_bytes / 1e6:.1f} MB.")

    def _fits(self, total_bytes: int, size_bytes: int) -> bool:
        return total_bytes + size_bytes <= self._limit_bytes and self.free_bytes - size_bytes >= self._reserve_bytes

    def _paths(self, files: Iterable[DisplayFile]) -> set[Path]:
        return {path for file in files for path in (self.path(file), self.part(file), self._etag(file))}

    def _etag(self, file: DisplayFile) -> Path:
        return self.part(file).with_suffix(ETAG)

    async def _examine(self, path: Path, file: DisplayFile) -> Inspection:
        size, digest = await asyncio.to_thread(_size_and_hash, path)
        if size != file.size_bytes:
            raise CorruptFileError(f"the file has {size} bytes instead of {file.size_bytes}")
        if digest != file.sha256:
            raise CorruptFileError("the file's hash is wrong")
        return await inspect(path, file.media_type)


def _translated(error: OSError) -> Exception:
    return DiskFullError("The player's disk is full.") if disk_is_full(error) else error


def _size_and_hash(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise CorruptFileError(f"the file cannot be read ({error.strerror})") from error
    return size, digest.hexdigest()


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
