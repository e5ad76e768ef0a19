"""Reads a zip with bounded memory and time, whatever its directory and headers claim.

The end of the directory is found and checked here, and only a directory of bounded size gets to Python's `zipfile`,
alone, before end records of our own: whatever else the file says of its directory, nothing believes it. Content is
unpacked as its compressed stream gives it, whatever size any header claims.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

MAGIC = b"PK\x03\x04"
_CHUNK_BYTES = 256 * 1024
_LEAST_PACKED_BYTES, _PACKED_BYTES = 1024, 64 * 1024  # what is read at a time, whatever a header says
MAX_ENTRIES = 65_535
"""More of them only fit into a directory of zip64, which no office writes."""
_MAX_DIRECTORY_BYTES = 8 * 1024 * 1024
_ENTRY_MAGIC = b"PK\x01\x02"
_ENCRYPTED = 1  # bit of an entry's flags
_LOCAL_HEADER_BYTES = 30

_END = struct.Struct("<4s4HIIH")
_END_MAGIC, _LONGEST_COMMENT = b"PK\x05\x06", 65_535
_END64 = struct.Struct("<4sQ2H2I4Q")
_END64_MAGIC = b"PK\x06\x06"
_LOCATOR64 = struct.Struct("<4sIQI")
_LOCATOR64_MAGIC = b"PK\x06\x07"
_IN_ZIP64 = 0xFFFFFFFF  # what an end record says of a size that only the record of zip64 can hold


class DamagedPackageError(Exception):
    """The file is no zip, a broken one, or one that no office program writes; the message says why."""


class _Directory(NamedTuple):
    offset: int
    size: int


class Package:
    """The entries of a zip.

    Args:
        file: seekable; its position is changed.

    Attributes:
        entries: in the order of the directory.
        packed_bytes: how much of the file was unpacked so far; more than there is where entries share content.

    Raises:
        DamagedPackageError: from everything here.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.packed_bytes = 0
        self._file = file
        self._size = file.seek(0, io.SEEK_END)
        directory = _find_directory(file)
        if directory.size > _MAX_DIRECTORY_BYTES:
            raise DamagedPackageError(f"the directory has {directory.size} bytes")
        file.seek(directory.offset)
        self.entries = _parsed(file.read(directory.size))
        self._by_name = {entry.filename: entry for entry in self.entries}

    def find(self, name: str) -> zipfile.ZipInfo | None:
        """The entry of this name."""
        return self._by_name.get(name)

    def head(self, entry: zipfile.ZipInfo, size: int) -> bytes:
        """The first bytes of an entry's content, or all of it."""
        head = bytearray()
        for chunk in self.unpacked(entry):
            head += chunk
            if len(head) >= size:
                break
        return bytes(head[:size])

    def unpacked(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """An entry's content, in chunks of 256 KiB at most; it ends early where its stream is damaged."""
        self._file.seek(min(entry.header_offset, self._size))
        header = self._file.read(_LOCAL_HEADER_BYTES)
        if len(header) < _LOCAL_HEADER_BYTES or not header.startswith(MAGIC):
            return
        name_bytes, extra_bytes = struct.unpack_from("<HH", header, 26)
        self._file.seek(name_bytes + extra_bytes, io.SEEK_CUR)
        if entry.compress_type == zipfile.ZIP_STORED:
            yield from self._stored(entry.compress_size)
        elif entry.compress_type == zipfile.ZIP_DEFLATED:
            yield from self._inflated(entry.compress_size)
        else:
            raise DamagedPackageError(f"compression method {entry.compress_type} is none of a document's")

    def _stored(self, size: int) -> Iterator[bytes]:
        while size > 0 and (chunk := self._file.read(min(size, _CHUNK_BYTES))):
            size -= len(chunk)
            self.packed_bytes += len(chunk)
            yield chunk

    def _inflated(self, expected_bytes: int) -> Iterator[bytes]:
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        ahead = max(_LEAST_PACKED_BYTES, min(expected_bytes, _PACKED_BYTES))
        while not stream.eof:
            packed = stream.unconsumed_tail or self._file.read(ahead)
            if not packed:
                return
            try:
                chunk = stream.decompress(packed, _CHUNK_BYTES)
            except zlib.error:  # one damaged picture does not make a deck worthless: the engine decides
                return
            self.packed_bytes += len(packed) - len(stream.unconsumed_tail) - len(stream.unused_data)
            yield chunk


def is_encrypted(entry: zipfile.ZipInfo) -> bool:
    """True where only a password opens an entry."""
    return bool(entry.flag_bits & _ENCRYPTED)


def _find_directory(file: BinaryIO) -> _Directory:
    """Find the directory; every record that gives its place must agree."""
    size = file.seek(0, io.SEEK_END)
    tail_at = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(tail_at)
    tail = file.read(size - tail_at)
    at = tail.rfind(_END_MAGIC)
    if at < 0 or at + _END.size > len(tail):
        raise DamagedPackageError("the end of the directory is missing")
    _, disk, directory_disk, _, _, directory_size, offset, _ = _END.unpack_from(tail, at)
    end_at = tail_at + at
    if wide := _wide_end(file, end_at):
        end_at, found = wide
        narrow = _Directory(offset, directory_size)
        if any(said not in (_IN_ZIP64, true) for said, true in zip(narrow, found, strict=True)):
            raise DamagedPackageError("two records disagree on where the directory is")
    else:
        found = _Directory(offset, directory_size)
    if disk not in (0, 0xFFFF) or directory_disk not in (0, 0xFFFF) or found.offset + found.size != end_at:
        raise DamagedPackageError("the directory is not where its end says")
    return found


def _wide_end(file: BinaryIO, end_at: int) -> tuple[int, _Directory] | None:
    """The place and the content of the zip64 record before an end record; None without one."""
    start = end_at - _LOCATOR64.size - _END64.size
    if start < 0:
        return None
    file.seek(start)
    records = file.read(_END64.size + _LOCATOR64.size)
    magic, _, record_at, _ = _LOCATOR64.unpack_from(records, _END64.size)
    if magic != _LOCATOR64_MAGIC or not records.startswith(_END64_MAGIC) or record_at != start:
        return None  # what stands there is the end of the directory, whatever it looks like
    *_, size, offset = _END64.unpack_from(records)
    return start, _Directory(offset, size)


def _parsed(directory: bytes) -> list[zipfile.ZipInfo]:
    if directory.count(_ENTRY_MAGIC) > MAX_ENTRIES:
        raise DamagedPackageError(f"more than {MAX_ENTRIES} entries")
    # With records of zip64, so that none is looked for in the last entry's comment.
    wide_end = _END64.pack(_END64_MAGIC, _END64.size - 12, 45, 45, 0, 0, 0, 0, len(directory), 0)
    locator = _LOCATOR64.pack(_LOCATOR64_MAGIC, 0, len(directory), 1)
    end = _END.pack(_END_MAGIC, 0, 0, 0, 0, _IN_ZIP64, _IN_ZIP64, 0)
    try:
        with zipfile.ZipFile(io.BytesIO(directory + wide_end + locator + end)) as alone:
            return alone.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        raise DamagedPackageError(str(error)) from error
