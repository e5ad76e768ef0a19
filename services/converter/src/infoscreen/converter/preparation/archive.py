"""Copies a zip archive member by member, compressed as it is wherever its content stays the same.

The copy is plain: sizes in the headers, nothing between the members, one directory. An archive that is not plain may
be read in two ways, so it is copied even if nothing in it has to change.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

_CHUNK_BYTES = 64 * 1024
_LOCAL, _CENTRAL, _END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")
_LOCAL_MAGIC, _CENTRAL_MAGIC, _END_MAGIC = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_UTF8_NAME = 0x0800
_SIZES_FOLLOW = 0x0008
_VERSION, _DOS_DATE = 20, 0x21  # 2.0; the first day that DOS knows
_COMPRESSION_LEVEL = 1  # an engine reads it once


class Member:
    """A file in an archive; its sizes are those of the directory, which is what engines go by."""

    def __init__(self, file: BinaryIO, entry: zipfile.ZipInfo) -> None:
        self._file = file
        self.name = entry.filename
        self.entry = entry
        self.raw_name = b""
        self._data_offset = -1
        self._read_header()

    def _read_header(self) -> None:
        self._file.seek(self.entry.header_offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or header[:4] != _LOCAL_MAGIC:
            raise zipfile.BadZipFile(f"{self.name!r} is not where the directory says")
        fields = _LOCAL.unpack(header)
        self._header_flags, self._header_method, (name_bytes, extra_bytes) = fields[2], fields[3], fields[9:]
        self.raw_name = self._file.read(name_bytes)
        self._data_offset = self.entry.header_offset + _LOCAL.size + name_bytes + extra_bytes

    @property
    def end(self) -> int:
        """Where its compressed bytes end in the archive."""
        return self._data_offset + self.entry.compress_size

    @property
    def is_plain(self) -> bool:
        """True when its own header says of it what the directory says."""
        encoding = "utf-8" if self._header_flags & _UTF8_NAME else "cp437"
        return (
            self.raw_name.decode(encoding, "replace") == self.entry.orig_filename
            and self._header_method == self.entry.compress_type
            and (self.entry.compress_type == zipfile.ZIP_DEFLATED or self.entry.compress_size == self.entry.file_size)
        )

    def packed(self) -> Iterator[bytes]:
        """Its bytes as they are in the archive."""
        self._file.seek(self._data_offset)
        left = self.entry.compress_size
        at = self._data_offset
        while left > 0:
            self._file.seek(at)
            chunk = self._file.read(min(left, _CHUNK_BYTES))
            if not chunk:
                return
            left, at = left - len(chunk), at + len(chunk)
            yield chunk

    def content(self) -> Iterator[bytes]:
        """Its bytes unpacked; those before the damage, where there is any."""
        if self.entry.compress_type == zipfile.ZIP_STORED:
            yield from self.packed()
            return
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        for packed in self.packed():
            rest = packed
            while rest and not stream.eof:
                try:
                    chunk = stream.decompress(rest, _CHUNK_BYTES)
                except zlib.error:
                    return
                rest = stream.unconsumed_tail
                if chunk:
                    yield chunk

    def head(self) -> bytes:
        """The first bytes of its content, a few thousand."""
        return next(self.content(), b"")


def members_of(file: BinaryIO, entries: Iterable[zipfile.ZipInfo]) -> list[Member]:
    """The files of an archive, in the order of its directory; folders are left out."""
    return [Member(file, entry) for entry in entries if not entry.filename.endswith("/")]


def is_plain(members: list[Member]) -> bool:
    """True when there is one way to read the members: none within another, none twice, nothing before the first."""
    if len({member.name for member in members}) < len(members) or not all(member.is_plain for member in members):
        return False
    at = 0
    for member in sorted(members, key=lambda member: member.entry.header_offset):
        start = member.entry.header_offset
        if start < at or (at == 0 and start > 0):
            return False
        at = member.end
    return True


class ArchiveWriter:
    """Writes an archive into a seekable file. `close` writes its directory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._directory: list[bytes] = []

    def copy(self, member: Member) -> None:
        """Add a member as it is."""
        entry = member.entry
        self._add(member, entry.compress_type, member.packed(), crc=entry.CRC, size=entry.file_size)

    def replace(self, member: Member, content: Iterable[bytes]) -> None:
        """Add a member with other content."""
        if member.entry.compress_type == zipfile.ZIP_STORED:
            self._add(member, zipfile.ZIP_STORED, content)
        else:
            self._add(member, zipfile.ZIP_DEFLATED, content)

    def close(self) -> None:
        """Write the directory."""
        at = self._file.tell()
        self._file.writelines(self._directory)
        size = self._file.tell() - at
        self._file.write(_END.pack(_END_MAGIC, 0, 0, len(self._directory), len(self._directory), size, at, 0))

    def _add(
        self, member: Member, method: int, content: Iterable[bytes], *, crc: int | None = None, size: int = 0
    ) -> None:
        offset, name = self._file.tell(), member.name.encode()
        self._file.seek(offset + _LOCAL.size + len(name))
        start = self._file.tell()
        if crc is None:
            crc, size = self._write(content, deflate=method == zipfile.ZIP_DEFLATED)
        else:
            self._file.writelines(content)
        end = self._file.tell()
        shared = (_UTF8_NAME, method, 0, _DOS_DATE, crc, end - start, size, len(name), 0)
        self._file.seek(offset)
        self._file.write(_LOCAL.pack(_LOCAL_MAGIC, _VERSION, *shared) + name)
        self._file.seek(end)
        self._directory.append(_CENTRAL.pack(_CENTRAL_MAGIC, _VERSION, _VERSION, *shared, 0, 0, 0, 0, offset) + name)

    def _write(self, content: Iterable[bytes], *, deflate: bool) -> tuple[int, int]:
        packer = zlib.compressobj(_COMPRESSION_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        crc = size = 0
        for chunk in content:
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
            self._file.write(packer.compress(chunk) if deflate else chunk)
        if deflate:
            self._file.write(packer.flush())
        return crc, size
