"""The files on the player's disk: whole or not there, checked before they are shown, and bounded.

A file's name is its SHA-256, so the same bytes are kept once. It gets that name only after its size and hash were
checked and a PDF was opened. After a start, each file is checked once more before its first showing: cards rot.
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
from infoscreen.player.inspection import Inspection, inspect
from infoscreen.player.programme import PDF, Rendition

PART = ".part"
ETAG = ".etag"
_BLOCK_BYTES = 1024**2
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_A_PDF = Inspection(pages=0, plain=True)  # whatever it looks like, it may

_log = structlog.get_logger(__name__)


def disk_is_full(error: OSError) -> bool:
    """Whether an error says that there is no room."""
    return error.errno in _FULL


class Shelf:
    """The files in one directory.

    Args:
        directory: where; created where it is not there.
        limit_bytes: how much all of them together may take.
        reserve_bytes: how much of the disk is left free for others.
    """

    def __init__(self, directory: Path, limit_bytes: int, reserve_bytes: int) -> None:
        self._directory = directory
        self._limit_bytes = limit_bytes
        self._reserve_bytes = reserve_bytes
        self._checked: dict[Rendition, Inspection] = {}

    def open(self) -> None:
        """Make the directory."""
        self._directory.mkdir(parents=True, exist_ok=True)

    def path(self, rendition: Rendition) -> Path:
        """Where a file is, or would be."""
        return self._directory / rendition.filename

    def part(self, rendition: Rendition) -> Path:
        """Where a file is while it is downloaded."""
        return self._directory / (rendition.sha256 + PART)

    def has(self, rendition: Rendition) -> bool:
        """Whether a file is there and was found whole by this process."""
        return rendition in self._checked

    def inspection(self, rendition: Rendition) -> Inspection:
        """What the check of a file found."""
        return self._checked.get(rendition, _NOT_A_PDF)

    @property
    def free_bytes(self) -> int:
        """What is free on the disk."""
        return shutil.disk_usage(self._directory).free

    async def check(self, rendition: Rendition) -> bool:
        """Check a file that is there from before; one that is not whole is removed."""
        path = self.path(rendition)
        if self.has(rendition):
            return True
        if not path.exists():
            return False
        try:
            self._checked[rendition] = await self._examine(path, rendition)
        except CorruptFileError as error:
            _log.warning("file_dropped", sha256=rendition.sha256, reason=str(error))
            with contextlib.suppress(OSError):
                path.unlink()
            return False
        return True

    async def admit(self, rendition: Rendition) -> None:
        """Give a downloaded file its name, after checking it.

        Raises:
            CorruptFileError: it is not what it should be; it was removed.
            DiskFullError: there is no room.
        """
        part = self.part(rendition)
        try:
            inspection = await self._examine(part, rendition)
            await asyncio.to_thread(_sync_file, part)
            part.replace(self.path(rendition))
            sync_directory(self._directory)
        except CorruptFileError:
            self.discard(rendition)
            raise
        except OSError as error:
            raise _translated(error) from error
        part.with_suffix(ETAG).unlink(missing_ok=True)
        self._checked[rendition] = inspection

    def discard(self, rendition: Rendition) -> None:
        """Remove what was downloaded of a file."""
        part = self.part(rendition)
        part.unlink(missing_ok=True)
        part.with_suffix(ETAG).unlink(missing_ok=True)

    def distrust(self, rendition: Rendition) -> None:
        """Have a file checked again before it is used again."""
        self._checked.pop(rendition, None)

    def used(self, renditions: Iterable[Rendition]) -> None:
        """Note that files are shown now."""
        for rendition in renditions:
            with contextlib.suppress(OSError):
                os.utime(self.path(rendition))

    def make_room(self, size_bytes: int, kept: Iterable[Rendition]) -> None:
        """Remove what was not shown for longest, until a new file of this size fits.

        Args:
            size_bytes: of the new file.
            kept: what is never removed: on the screen, or needed to fall back to.

        Raises:
            DiskFullError: it does not fit even so.
        """
        kept_paths = {path for file in kept for path in (self.path(file), self.part(file), self._etag(file))}
        present = [(path, path.stat()) for path in self._directory.iterdir() if path.is_file()]
        total = sum(stat.st_size for _, stat in present)
        for path, stat in sorted(present, key=lambda entry: entry[1].st_mtime):
            if self._fits(total, size_bytes):
                return
            if path not in kept_paths:
                path.unlink(missing_ok=True)
                self._checked = {file: seen for file, seen in self._checked.items() if self.path(file) != path}
                total -= stat.st_size
                _log.info("file_removed", name=path.name, size_bytes=stat.st_size)
        if not self._fits(total, size_bytes):
            raise DiskFullError(f"There is no room for {size_bytes / 1e6:.1f} MB on the player's disk.")

    def _fits(self, total_bytes: int, size_bytes: int) -> bool:
        return total_bytes + size_bytes <= self._limit_bytes and self.free_bytes - size_bytes >= self._reserve_bytes

    def _etag(self, rendition: Rendition) -> Path:
        return self.part(rendition).with_suffix(ETAG)

    async def _examine(self, path: Path, rendition: Rendition) -> Inspection:
        size, digest = await asyncio.to_thread(_size_and_hash, path)
        if size != rendition.size_bytes:
            raise CorruptFileError(f"the file has {size} bytes instead of {rendition.size_bytes}")
        if digest != rendition.sha256:
            raise CorruptFileError("the file's hash is wrong")
        return await inspect(path) if rendition.media_type == PDF else _NOT_A_PDF


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
