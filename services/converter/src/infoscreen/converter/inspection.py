"""Checks on a document before an engine sees it: what would wedge or bloat one is refused here, cheaply.

Sizes are counted while the content is unpacked, because those in headers can be forged; nothing is written to disk,
and no path of an archive is ever used as one. Runs for up to a second or two on large documents: call it in a thread.
"""

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers import expat

import olefile

from infoscreen.common.document_types import DocumentType, open_package
from infoscreen.common.errors import FailureReason, PermanentError

_CHUNK_BYTES = 256 * 1024
_MANIFEST_LIMIT_BYTES = 16 * 1024 * 1024
_MARKUP_SUFFIXES = (".xml", ".rels", ".vml")
_ENTITY_DECLARATIONS = tuple("<!ENTITY".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_ENTITY_OVERLAP_BYTES = 2 * len("<!ENTITY")
# What a document shows. An engine leaves out what it cannot read of it, and says nothing: half a deck would be shown.
_CONTENT = re.compile(r"content|ppt/presentation|ppt/slides/[^/]+|word/document|xl/worksheets/[^/]+")
_LONGEST_NAME = 1024
_ENCRYPTED_ENTRY = 1  # bit of a zip entry's flags
_LOCAL_HEADER_BYTES = 30

# [MS-PPT] 2.3.2: where CurrentUserAtom says that the presentation is encrypted.
_PPT_HEADER_TOKEN_OFFSET, _PPT_ENCRYPTED_TOKEN = 12, b"\xdf\xc4\xd1\xf3"
# [MS-DOC] 2.5.2: fEncrypted of FibBase.
_DOC_FLAGS_OFFSET, _DOC_ENCRYPTED = 10, 0x0100
# [MS-XLS] 2.4.117: a FilePass record, which comes before anything that is encrypted.
_XLS_FILE_PASS, _XLS_RECORDS_BEFORE_FILE_PASS = 0x002F, 8


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """How large a document may be.

    Attributes:
        size_bytes: of the file as uploaded.
        unpacked_bytes: of all entries of a package together.
        markup_bytes: of its XML, which costs an engine far more than pictures (300 MB of it: over 90 s, 2 GB).
        ratio: of unpacked to packed size, counted once more than `ratio_floor_bytes` have come out.
        ratio_floor_bytes: below it any ratio is harmless, and blank slides do compress well.
        entries: of a package.
    """

    size_bytes: int = 512 * 1024**2
    unpacked_bytes: int = 2 * 1024**3
    markup_bytes: int = 256 * 1024**2
    ratio: int = 200
    ratio_floor_bytes: int = 32 * 1024**2
    entries: int = 20_000


def inspect_source(source: Path, document_type: DocumentType, limits: SourceLimits | None = None) -> None:
    """Refuse a document that no engine should be given.

    Raises:
        PermanentError: password_protected, corrupt or too_large.
    """
    limits = limits or SourceLimits()
    size = source.stat().st_size
    if size > limits.size_bytes:
        raise PermanentError(FailureReason.TOO_LARGE, f"{size} bytes, {limits.size_bytes} are allowed")
    with source.open("rb") as file:
        magic = file.read(8)
        if magic == olefile.MAGIC:
            _check_compound_file(file, document_type)
        elif magic.startswith(b"PK"):
            _check_package(file, size, limits)
        elif document_type.media_type.endswith("-flat-xml"):
            _check_flat_xml(file, limits)


def _check_compound_file(file: BinaryIO, document_type: DocumentType) -> None:
    file.seek(0)
    try:
        with olefile.OleFileIO(file) as container:
            encrypted = container.exists("EncryptedPackage") or _is_encrypted(container)
    # olefile meets damaged files with whatever its parsing ran into
    except (OSError, ValueError, IndexError, KeyError, TypeError, struct.error) as error:
        raise PermanentError(FailureReason.CORRUPT, f"compound file: {error}") from error
    if encrypted:
        raise PermanentError(FailureReason.PASSWORD_PROTECTED, f"encrypted {document_type.extension}")


def _is_encrypted(container: "olefile.OleFileIO[Any]") -> bool:
    if container.exists("PowerPoint Document"):
        return (
            container.exists("EncryptedSummary")
            or _head(container, "Current User", _PPT_HEADER_TOKEN_OFFSET + 4).removeprefix(
                _head(container, "Current User", _PPT_HEADER_TOKEN_OFFSET)
            )
            == _PPT_ENCRYPTED_TOKEN
        )
    if container.exists("WordDocument"):
        flags = _head(container, "WordDocument", _DOC_FLAGS_OFFSET + 2)[_DOC_FLAGS_OFFSET:]
        return bool(int.from_bytes(flags, "little") & _DOC_ENCRYPTED)
    book = next((name for name in ("Workbook", "Book") if container.exists(name)), None)
    return book is not None and _has_file_pass(_head(container, book, 64 * 1024))


def _head(container: "olefile.OleFileIO[Any]", stream: str, size: int) -> bytes:
    if not container.exists(stream):
        return b""
    head: bytes = container.openstream(stream).read(size)
    return head


def _has_file_pass(records: bytes) -> bool:
    at = 0
    for _ in range(_XLS_RECORDS_BEFORE_FILE_PASS):
        if at + 4 > len(records):
            return False
        kind, length = struct.unpack_from("<HH", records, at)
        if kind == _XLS_FILE_PASS:
            return True
        at += 4 + length
    return False


def _check_package(file: BinaryIO, size: int, limits: SourceLimits) -> None:
    try:
        with open_package(file) as package:
            entries = package.infolist()
            _check_directory(entries, limits)
            if _is_locked(package, entries):
                raise PermanentError(FailureReason.PASSWORD_PROTECTED, "encrypted package")
            _Unpacking(limits, size).check(file, entries)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, EOFError, RuntimeError) as error:
        raise PermanentError(FailureReason.CORRUPT, f"package: {error}") from error


def _check_directory(entries: list[zipfile.ZipInfo], limits: SourceLimits) -> None:
    if len(entries) > limits.entries:
        raise PermanentError(FailureReason.TOO_LARGE, f"{len(entries)} entries, {limits.entries} are allowed")
    for entry in entries:
        steps = entry.filename.replace("\\", "/").split("/")
        if ".." in steps or not steps[0] or len(entry.filename) > _LONGEST_NAME:
            raise PermanentError(FailureReason.CORRUPT, f"a part has the name {entry.filename[:80]!r}")


def _is_locked(package: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> bool:
    if any(entry.flag_bits & _ENCRYPTED_ENTRY for entry in entries):
        return True
    if "META-INF/manifest.xml" not in package.namelist():
        return False
    with package.open("META-INF/manifest.xml") as manifest:
        return b"encryption-data" in manifest.read(_MANIFEST_LIMIT_BYTES)


class _Unpacking:
    """What has come out of a package so far, held against the limits."""

    def __init__(self, limits: SourceLimits, size: int) -> None:
        self._limits = limits
        self._size = size
        self._unpacked_bytes = 0
        self._markup_bytes = 0

    def check(self, file: BinaryIO, entries: list[zipfile.ZipInfo]) -> None:
        for entry in entries:
            if entry.filename.lower().endswith(_MARKUP_SUFFIXES):
                chunks = _without_entities(self._counted_markup(_unpacked(file, entry)), entry.filename)
                if _CONTENT.fullmatch(entry.filename.removesuffix(".xml")):
                    _check_well_formed(chunks, entry.filename)
                for _ in chunks:
                    pass
            else:
                for chunk in _unpacked(file, entry):
                    self._count(chunk)

    def _counted_markup(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._count(chunk)
            self._markup_bytes += len(chunk)
            if self._markup_bytes > self._limits.markup_bytes:
                raise PermanentError(FailureReason.TOO_LARGE, f"more than {self._limits.markup_bytes} bytes of XML")
            yield chunk

    def _count(self, chunk: bytes) -> None:
        self._unpacked_bytes += len(chunk)
        if self._unpacked_bytes > self._limits.unpacked_bytes:
            raise PermanentError(FailureReason.TOO_LARGE, f"unpacks to more than {self._limits.unpacked_bytes} bytes")
        if self._unpacked_bytes > max(self._limits.ratio_floor_bytes, self._size * self._limits.ratio):
            raise PermanentError(FailureReason.TOO_LARGE, f"unpacks to more than {self._limits.ratio} times its size")


def _unpacked(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """An entry's content as its compressed stream gives it, whatever size any header claims."""
    file.seek(entry.header_offset)
    header = file.read(_LOCAL_HEADER_BYTES)
    if len(header) < _LOCAL_HEADER_BYTES:
        return
    name_bytes, extra_bytes = struct.unpack_from("<HH", header, 26)
    file.seek(name_bytes + extra_bytes, 1)
    if entry.compress_type == zipfile.ZIP_STORED:
        yield from _stored(file, entry.compress_size)
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflated(file)
    else:
        raise PermanentError(FailureReason.CORRUPT, f"compression method {entry.compress_type} is none of a document's")


def _stored(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (chunk := file.read(min(size, _CHUNK_BYTES))):
        size -= len(chunk)
        yield chunk


def _inflated(file: BinaryIO) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    while not stream.eof:
        packed = stream.unconsumed_tail or file.read(_CHUNK_BYTES)
        if not packed:
            return
        try:
            yield stream.decompress(packed, _CHUNK_BYTES)
        except zlib.error:  # one damaged picture does not make a deck worthless: the engine decides
            return


def _check_flat_xml(file: BinaryIO, limits: SourceLimits) -> None:
    file.seek(0)
    if file.seek(0, 2) > limits.markup_bytes:
        raise PermanentError(FailureReason.TOO_LARGE, f"more than {limits.markup_bytes} bytes of XML")
    file.seek(0)
    for _ in _without_entities(iter(lambda: file.read(_CHUNK_BYTES), b""), "flat XML"):
        pass  # an engine refuses flat XML that is not well-formed


def _without_entities(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """No office writes entity declarations into its XML; whoever does wants them to multiply, or to fetch a file."""
    overlap = b""
    for chunk in chunks:
        window = overlap + chunk
        if any(declaration in window for declaration in _ENTITY_DECLARATIONS):
            raise PermanentError(FailureReason.CORRUPT, f"{name} declares XML entities")
        overlap = window[-_ENTITY_OVERLAP_BYTES:]
        yield chunk


def _check_well_formed(chunks: Iterator[bytes], name: str) -> None:
    parser = expat.ParserCreate()
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)  # noqa: FBT003 - expat has no keyword arguments
        parser.Parse(b"", True)  # noqa: FBT003 - as above
    except expat.ExpatError as error:
        raise PermanentError(FailureReason.CORRUPT, f"{name}: {error}") from error
