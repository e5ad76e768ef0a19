"""A compound file ([MS-CFB]), the container of PPT, DOC and XLS: its streams by name, and the first bytes of each.

Sectors are looked up one by one as they are needed, and no more than some thousand of them, so neither the size of a
file nor the chains that it claims matter. Only streams beside the root are seen: what is embedded is none of ours.
"""

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER_BYTES = 512
_SECTOR_SHIFTS, _MINI_SECTOR_BYTES = (9, 12), 64
_LAST_SECTOR = 0xFFFFFFFA  # what is higher is no sector: the end of a chain, or free
_DIFAT_IN_HEADER = 109
_ENTRY_BYTES, _STREAM, _NO_ENTRY = 128, 2, 0xFFFFFFFF
_MAX_SECTOR_READS = 8192
_MAX_ENTRY, _MAX_ENTRIES_BESIDE_ROOT = 65_536, 4096


class DamagedCompoundFileError(Exception):
    """The file is no compound file, or a broken one; the message says what the reader found."""


class _Entry(NamedTuple):
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class _Chain:
    """The sectors of something, each found when it is asked for."""

    def __init__(self, start: int, following: Callable[[int], int]) -> None:
        self._sectors, self._following = [start], following

    def __getitem__(self, number: int) -> int:
        while len(self._sectors) <= number:
            self._sectors.append(self._following(self._sectors[-1]))
        return self._sectors[number]


class CompoundFile:
    """The streams beside the root of a compound file.

    Args:
        file: seekable; its position is changed.

    Raises:
        DamagedCompoundFileError: from everything here.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._reads = file, 0
        file.seek(0)
        header = file.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES or not header.startswith(MAGIC):
            raise DamagedCompoundFileError("the header is missing")
        order, shift, mini_shift = struct.unpack_from("<HHH", header, 28)
        if order != 0xFFFE or shift not in _SECTOR_SHIFTS or 1 << mini_shift != _MINI_SECTOR_BYTES:  # noqa: PLR2004 - the only order there is
            raise DamagedCompoundFileError("the header makes no sense")
        directory, self._mini_cutoff, mini_fat, _, difat = struct.unpack_from("<I4xIIII", header, 48)
        self._sector_bytes = 1 << shift
        self._numbers_in_sector = self._sector_bytes // 4
        self._fat_sectors = struct.unpack_from(f"<{_DIFAT_IN_HEADER}I", header, 76)
        self._fat: dict[int, bytes] = {}
        self._difat = _Chain(difat, lambda sector: _number(self._sector(sector), self._numbers_in_sector - 1))
        self._mini_fat = _Chain(mini_fat, self._next)
        self._directory = _Chain(directory, self._next)
        self._root = self._entry(0)
        self._mini_stream = _Chain(self._root.start, self._next)
        self._entries = {entry.name.lower(): entry for entry in self._beside_root()}

    @property
    def streams(self) -> set[str]:
        """The names of the streams, in lower case."""
        return {name for name, entry in self._entries.items() if entry.kind == _STREAM}

    def head(self, name: str, size: int) -> bytes:
        """The first bytes of a stream, or all of it; nothing where there is no such stream."""
        entry = self._entries.get(name.lower())
        if entry is None or entry.kind != _STREAM:
            return b""
        size = min(size, entry.size)
        sectors = self._mini_sectors(entry) if entry.size < self._mini_cutoff else self._sectors(entry)
        head = bytearray()
        while len(head) < size:
            head += next(sectors)
        return bytes(head[:size])

    def _sectors(self, entry: _Entry) -> Iterator[bytes]:
        sector = entry.start
        while True:
            yield self._sector(sector)
            sector = self._next(sector)

    def _mini_sectors(self, entry: _Entry) -> Iterator[bytes]:
        sector = entry.start
        while sector <= _LAST_SECTOR:
            container, at = divmod(sector * _MINI_SECTOR_BYTES, self._sector_bytes)
            self._require(container, _MAX_SECTOR_READS)
            yield self._sector(self._mini_stream[container])[at : at + _MINI_SECTOR_BYTES]
            number, within = divmod(sector, self._numbers_in_sector)
            self._require(number, _MAX_SECTOR_READS)
            sector = _number(self._sector(self._mini_fat[number]), within)
        raise DamagedCompoundFileError("a stream ends too early")

    def _beside_root(self) -> Iterator[_Entry]:
        """The entries of the tree below the root, whatever their order."""
        seen, waiting = {_NO_ENTRY}, [self._root.child]
        while waiting:
            number = waiting.pop()
            if number in seen:
                continue
            seen.add(number)
            self._require(len(seen), _MAX_ENTRIES_BESIDE_ROOT)
            entry = self._entry(number)
            yield entry
            waiting += [entry.right, entry.left]

    def _entry(self, number: int) -> _Entry:
        self._require(number, _MAX_ENTRY)
        sector, at = divmod(number * _ENTRY_BYTES, self._sector_bytes)
        raw = self._sector(self._directory[sector])[at : at + _ENTRY_BYTES]
        name_bytes, kind, left, right, child = struct.unpack_from("<HBxIII", raw, 64)
        start, size = struct.unpack_from("<II", raw, 116)  # of 4 GiB at most: no larger file gets here
        name = raw[: max(0, min(name_bytes, 64) - 2)].decode("utf-16-le", "replace")
        return _Entry(name, kind, left, right, child, start, size)

    def _next(self, sector: int) -> int:
        """The sector after this one in its chain."""
        if sector > _LAST_SECTOR:
            raise DamagedCompoundFileError("a chain of sectors ends too early")
        number, within = divmod(sector, self._numbers_in_sector)
        if number not in self._fat:
            self._fat[number] = self._sector(self._fat_sector(number))
        return _number(self._fat[number], within)

    def _fat_sector(self, number: int) -> int:
        """Where a part of the table of sectors is: the first are named in the header, the others in a chain."""
        if number < _DIFAT_IN_HEADER:
            return int(self._fat_sectors[number])
        hop, within = divmod(number - _DIFAT_IN_HEADER, self._numbers_in_sector - 1)
        self._require(hop, _MAX_SECTOR_READS)
        return _number(self._sector(self._difat[hop]), within)

    def _sector(self, number: int) -> bytes:
        if number > _LAST_SECTOR:
            raise DamagedCompoundFileError("there is no such sector")
        self._reads += 1
        self._require(self._reads, _MAX_SECTOR_READS)
        self._file.seek((number + 1) * self._sector_bytes)
        content = self._file.read(self._sector_bytes)
        if not content:
            raise DamagedCompoundFileError("a sector is beyond the end of the file")
        return content.ljust(self._sector_bytes, b"\0")

    @staticmethod
    def _require(number: int, limit: int) -> None:
        if number > limit:
            raise DamagedCompoundFileError("its sectors and entries are too many to follow")


def _number(sector: bytes, position: int) -> int:
    return int.from_bytes(sector[4 * position : 4 * position + 4], "little")
