"""Checks on a document before an engine sees it: what would wedge or bloat one is refused here, cheaply.

Sizes are counted while the content is unpacked, because those in headers can be forged; nothing is written to disk,
and no path of an archive is ever used as one. It may take seconds for a large document, and what expat and zlib do with
hostile bytes is theirs to know: the service has it done in a process that it can kill (`source_inspector`).
"""

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat
from zipfile import ZipInfo

from infoscreen.common.document_types import DamagedFileError, DocumentType, Family, UnsupportedTypeError, identify
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.common.formats.compound_file import MAGIC as COMPOUND_FILE_MAGIC
from infoscreen.common.formats.compound_file import CompoundFile, DamagedCompoundFileError
from infoscreen.common.formats.package import DamagedPackageError, Package, is_encrypted

_CHUNK_BYTES = 256 * 1024
_MANIFEST_LIMIT_BYTES = 16 * 1024 * 1024
_MARKUP_SUFFIXES = (".xml", ".rels", ".vml")
_ENTITY_DECLARATIONS = tuple("<!ENTITY".encode(encoding) for encoding in ("ascii", "utf-16-le", "utf-16-be"))
_ENTITY_OVERLAP_BYTES = 2 * len("<!ENTITY")
# What a document shows. An engine leaves out what it cannot read of it, and says nothing: half a deck would be shown.
_CONTENT = re.compile(r"content|ppt/presentation|ppt/slides/[^/]+|word/document|xl/worksheets/[^/]+")
_LONGEST_NAME = 1024
_LONGEST_TAG_BYTES = 16 * 1024**2  # with its attributes; drawings have paths of some hundred kilobytes

# [MS-PPT] 2.3.2: where CurrentUserAtom says that the presentation is encrypted.
_PPT_HEADER_TOKEN_OFFSET, _PPT_ENCRYPTED_TOKEN = 12, b"\xdf\xc4\xd1\xf3"
# [MS-DOC] 2.5.2: fEncrypted of FibBase.
_DOC_FLAGS_OFFSET, _DOC_ENCRYPTED = 10, 0x0100
# [MS-XLS] 2.4.117: a FilePass record, which comes before anything that is encrypted.
_XLS_HEAD_BYTES = 64 * 1024
_XLS_FILE_PASS, _XLS_RECORDS_BEFORE_FILE_PASS = 0x002F, 8


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """How large a document may be.

    Attributes:
        unpacked_bytes: of all entries of a package together.
        markup_bytes: of its XML, which costs an engine far more than pictures (300 MB of it: over 90 s, 2 GB).
        ratio: of unpacked to packed size, counted once more than `ratio_floor_bytes` have come out.
        ratio_floor_bytes: below it any ratio is harmless, and blank slides do compress well.
        entries: of a package.
    """

    unpacked_bytes: int = 2 * 1024**3
    markup_bytes: int = 256 * 1024**2
    ratio: int = 200
    ratio_floor_bytes: int = 32 * 1024**2
    entries: int = 20_000


def admit_source(source: Path, filename: str) -> DocumentType:
    """Tell the type of a document, and refuse one that no engine should be given.

    Args:
        source: where it is.
        filename: what its uploader calls it.

    Raises:
        PermanentError: unsupported_type, password_protected, corrupt or too_large.
    """
    try:
        with source.open("rb") as file:
            document_type = identify(file, filename)
    except DamagedFileError as error:
        raise PermanentError(FailureReason.CORRUPT, str(error)) from error
    except UnsupportedTypeError as error:
        raise PermanentError(FailureReason.UNSUPPORTED_TYPE, str(error)) from error
    inspect_source(source, document_type)
    return document_type


def inspect_source(source: Path, document_type: DocumentType, limits: SourceLimits | None = None) -> None:
    """Refuse a document of a known type that no engine should be given.

    Raises:
        PermanentError: password_protected, corrupt or too_large.
    """
    limits = limits or SourceLimits()
    with source.open("rb") as file:
        magic = file.read(len(COMPOUND_FILE_MAGIC))
        try:
            if magic == COMPOUND_FILE_MAGIC:
                _check_compound_file(file, document_type)
            elif magic.startswith(b"PK"):
                _check_package(file, limits)
            elif document_type.media_type.endswith("-flat-xml"):
                _check_flat_xml(file, limits)
        except (DamagedCompoundFileError, DamagedPackageError) as error:
            raise PermanentError(FailureReason.CORRUPT, str(error)) from error


def is_locked_workbook(source: Path) -> bool:
    """True for a workbook that is encrypted, perhaps with the password with which Excel opens it without asking.

    Which password that is, only an engine tells: LibreOffice tries Excel's own where it has none.
    """
    with source.open("rb") as file:
        head = file.read(_XLS_HEAD_BYTES)
        if not head.startswith(COMPOUND_FILE_MAGIC):  # of before Excel 5
            return _has_file_pass(head)
        try:
            return _is_encrypted(CompoundFile(file))
        except DamagedCompoundFileError:
            return False


def _check_compound_file(file: BinaryIO, document_type: DocumentType) -> None:
    if _is_encrypted(CompoundFile(file)) and document_type.family is not Family.SPREADSHEET:
        raise PermanentError(FailureReason.PASSWORD_PROTECTED, f"encrypted {document_type.extension}")


def _is_encrypted(file: CompoundFile) -> bool:
    streams = file.streams
    if "encryptedpackage" in streams:
        return True
    if "powerpoint document" in streams:
        user = file.head("Current User", _PPT_HEADER_TOKEN_OFFSET + 4)
        return "encryptedsummary" in streams or user[_PPT_HEADER_TOKEN_OFFSET:] == _PPT_ENCRYPTED_TOKEN
    if "worddocument" in streams:
        flags = file.head("WordDocument", _DOC_FLAGS_OFFSET + 2)[_DOC_FLAGS_OFFSET:]
        return bool(int.from_bytes(flags, "little") & _DOC_ENCRYPTED)
    return _has_file_pass(file.head("Workbook", _XLS_HEAD_BYTES) or file.head("Book", _XLS_HEAD_BYTES))


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


def _check_package(file: BinaryIO, limits: SourceLimits) -> None:
    size = file.seek(0, 2)
    package = Package(file)
    _check_directory(package.entries, limits)
    if _is_locked(package):
        raise PermanentError(FailureReason.PASSWORD_PROTECTED, "encrypted package")
    _Unpacking(limits, size).check(package)


def _check_directory(entries: list[ZipInfo], limits: SourceLimits) -> None:
    if len(entries) > limits.entries:
        raise PermanentError(FailureReason.TOO_LARGE, f"{len(entries)} entries, {limits.entries} are allowed")
    for entry in entries:
        steps = entry.filename.replace("\\", "/").split("/")
        if ".." in steps or not steps[0] or len(entry.filename) > _LONGEST_NAME:
            raise PermanentError(FailureReason.CORRUPT, f"a part has the name {entry.filename[:80]!r}")


def _is_locked(package: Package) -> bool:
    if any(map(is_encrypted, package.entries)):
        return True
    manifest = package.find("META-INF/manifest.xml")
    return manifest is not None and b"encryption-data" in package.head(manifest, _MANIFEST_LIMIT_BYTES)


class _Unpacking:
    """What has come out of a package so far, held against the limits."""

    def __init__(self, limits: SourceLimits, size: int) -> None:
        self._limits = limits
        self._size = size
        self._unpacked_bytes = 0
        self._markup_bytes = 0

    def check(self, package: Package) -> None:
        for entry in package.entries:
            chunks = self._counted(package.unpacked(entry))
            if entry.filename.lower().endswith(_MARKUP_SUFFIXES):
                chunks = _without_entities(self._counted_markup(chunks), entry.filename)
                if _CONTENT.fullmatch(entry.filename.removesuffix(".xml")):
                    _check_well_formed(chunks, entry.filename)
            for _ in chunks:
                pass
            if package.packed_bytes > self._size:
                raise PermanentError(FailureReason.TOO_LARGE, "its parts share their content")

    def _counted_markup(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._markup_bytes += len(chunk)
            if self._markup_bytes > self._limits.markup_bytes:
                raise PermanentError(FailureReason.TOO_LARGE, f"more than {self._limits.markup_bytes} bytes of XML")
            yield chunk

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        limits = self._limits
        for chunk in chunks:
            self._unpacked_bytes += len(chunk)
            if self._unpacked_bytes > limits.unpacked_bytes:
                raise PermanentError(FailureReason.TOO_LARGE, f"unpacks to more than {limits.unpacked_bytes} bytes")
            if self._unpacked_bytes > max(limits.ratio_floor_bytes, self._size * limits.ratio):
                raise PermanentError(FailureReason.TOO_LARGE, f"unpacks to more than {limits.ratio} times its size")
            yield chunk


def _check_flat_xml(file: BinaryIO, limits: SourceLimits) -> None:
    file.seek(0)
    if file.seek(0, 2) > limits.markup_bytes:
        raise PermanentError(FailureReason.TOO_LARGE, f"more than {limits.markup_bytes} bytes of XML")
    file.seek(0)
    for _ in _without_entities(iter(lambda: file.read(_CHUNK_BYTES), b""), "flat XML"):
        pass  # an engine refuses flat XML that is not well-formed


def _without_entities(chunks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """No office writes entity declarations into its XML; in a document they multiply, or fetch a file."""
    overlap = b""
    for chunk in chunks:
        window = overlap + chunk
        if any(declaration in window for declaration in _ENTITY_DECLARATIONS):
            raise PermanentError(FailureReason.CORRUPT, f"{name} declares XML entities")
        overlap = window[-_ENTITY_OVERLAP_BYTES:]
        yield chunk


def _check_well_formed(chunks: Iterable[bytes], name: str) -> None:
    parser, fed_bytes = expat.ParserCreate(), 0
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)  # noqa: FBT003 - expat has no keyword arguments
            fed_bytes += len(chunk)
            if (
                fed_bytes - parser.CurrentByteIndex > _LONGEST_TAG_BYTES
            ):  # expat keeps it, and looks at it anew each time
                raise PermanentError(FailureReason.CORRUPT, f"{name}: a tag of more than {_LONGEST_TAG_BYTES} bytes")
        parser.Parse(b"", True)  # noqa: FBT003 - as above
    except expat.ExpatError as error:
        raise PermanentError(FailureReason.CORRUPT, f"{name}: {error}") from error
