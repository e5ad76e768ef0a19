"""What a file is, told from its content alone.

A filename is data that an uploader wrote: an HTML page renamed ``.docx`` stays an HTML page, and is refused. The
name only chooses between extensions whose content is the same (``pps`` and ``ppt``). `identify` reads a few
kilobytes wherever the format keeps its type (head, zip directory, OLE directory), so the file may be a ranged
reader over object storage.
"""

import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import BinaryIO

import olefile

from infoscreen.common.errors import InfoscreenError

_HEAD_BYTES = 64 * 1024
_MEMBER_LIMIT_BYTES = 4 * 1024 * 1024  # a [Content_Types].xml of 10,000 slides stays below 2 MB
_DIRECTORY_LIMIT_BYTES = 8 * 1024 * 1024  # about 80,000 entries; the directory is held in memory as a whole
_DIRECTORY_END_BYTES = 22 + 65535 + 20 + 56  # end record, its comment, and the two records of zip64 before it


class Family(StrEnum):
    """Which kind of document a type belongs to; it decides how the file is shown."""

    PRESENTATION = "presentation"
    TEXT = "text"
    SPREADSHEET = "spreadsheet"
    PDF = "pdf"
    IMAGE = "image"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A kind of file that the system accepts.

    Attributes:
        extension: lower case, without the dot.
        media_type: what the file is served as.
        family: how it is shown.
        convertible: True where a PDF is made of it; False where it is served as it is.
    """

    extension: str
    media_type: str
    family: Family
    convertible: bool


class UnsupportedTypeError(InfoscreenError):
    """The content is of no type that can be shown (HTTP 415); the message says what to do about it."""


class DamagedFileError(UnsupportedTypeError):
    """The content begins as that of an accepted type, but is too broken to tell which."""


def _table() -> dict[str, DocumentType]:
    office, ms, odf = "application/vnd.openxmlformats-officedocument.", "application/vnd.ms-", "application/vnd.oasis."
    presentation, text, sheet = Family.PRESENTATION, Family.TEXT, Family.SPREADSHEET
    convertible = {
        presentation: {
            "ppt": f"{ms}powerpoint",
            "pps": f"{ms}powerpoint",
            "pot": f"{ms}powerpoint",
            "pptx": f"{office}presentationml.presentation",
            "ppsx": f"{office}presentationml.slideshow",
            "potx": f"{office}presentationml.template",
            "pptm": f"{ms}powerpoint.presentation.macroEnabled.12",
            "ppsm": f"{ms}powerpoint.slideshow.macroEnabled.12",
            "potm": f"{ms}powerpoint.template.macroEnabled.12",
            "odp": f"{odf}opendocument.presentation",
            "otp": f"{odf}opendocument.presentation-template",
            "fodp": f"{odf}opendocument.presentation-flat-xml",
        },
        text: {
            "doc": "application/msword",
            "dot": "application/msword",
            "docx": f"{office}wordprocessingml.document",
            "dotx": f"{office}wordprocessingml.template",
            "docm": f"{ms}word.document.macroEnabled.12",
            "dotm": f"{ms}word.template.macroEnabled.12",
            "odt": f"{odf}opendocument.text",
            "ott": f"{odf}opendocument.text-template",
            "fodt": f"{odf}opendocument.text-flat-xml",
            "rtf": "application/rtf",
        },
        sheet: {
            "xls": f"{ms}excel",
            "xlt": f"{ms}excel",
            "xlsx": f"{office}spreadsheetml.sheet",
            "xltx": f"{office}spreadsheetml.template",
            "xlsm": f"{ms}excel.sheet.macroEnabled.12",
            "xltm": f"{ms}excel.template.macroEnabled.12",
            "ods": f"{odf}opendocument.spreadsheet",
            "ots": f"{odf}opendocument.spreadsheet-template",
            "fods": f"{odf}opendocument.spreadsheet-flat-xml",
        },
    }
    as_is = {
        "pdf": ("application/pdf", Family.PDF),
        "png": ("image/png", Family.IMAGE),
        "jpeg": ("image/jpeg", Family.IMAGE),
        "gif": ("image/gif", Family.IMAGE),
        "webp": ("image/webp", Family.IMAGE),
        "mp4": ("video/mp4", Family.VIDEO),
        "webm": ("video/webm", Family.VIDEO),
    }
    types = [
        DocumentType(extension, media_type, family, convertible=True)
        for family, members in convertible.items()
        for extension, media_type in members.items()
    ] + [DocumentType(extension, *described, convertible=False) for extension, described in as_is.items()]
    return {document_type.extension: document_type for document_type in types}


DOCUMENT_TYPES: dict[str, DocumentType] = _table()
"""Every accepted type by extension."""

# The main part's content type in [Content_Types].xml: the media type of the package, up to its suffix.
_OOXML_MAIN_PARTS = {
    **{
        f"{known.media_type}.main+xml": known.extension
        for known in DOCUMENT_TYPES.values()
        if "openxmlformats" in known.media_type
    },
    "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml": "pptm",
    "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml": "ppsm",
    "application/vnd.ms-powerpoint.template.macroEnabled.main+xml": "potm",
    "application/vnd.ms-word.document.macroEnabled.main+xml": "docm",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml": "dotm",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": "xlsm",
    "application/vnd.ms-excel.template.macroEnabled.main+xml": "xltm",
}
_ODF_EXTENSIONS = {
    known.media_type: known.extension
    for known in DOCUMENT_TYPES.values()
    if "opendocument" in known.media_type and not known.media_type.endswith("-flat-xml")
}
_FLAT_ODF_EXTENSIONS = {
    "application/vnd.oasis.opendocument.presentation": "fodp",
    "application/vnd.oasis.opendocument.text": "fodt",
    "application/vnd.oasis.opendocument.spreadsheet": "fods",
}
# Types whose content is the same; the first is what the content says when the name says nothing.
_SAME_CONTENT = {
    "ppt": ("ppt", "pps", "pot"),
    "doc": ("doc", "dot"),
    "xls": ("xls", "xlt"),
}
_ENCRYPTED_OOXML = frozenset(_OOXML_MAIN_PARTS.values())
_MP4_BRANDS = frozenset({b"isom", b"avc1", b"mp41", b"mp42", b"M4V ", b"MSNV", b"dash", b"f4v "})
_ADVICE = "Save it as PPTX, ODP or PDF and upload that."


def identify(file: BinaryIO, filename: str = "") -> DocumentType:
    """The type of a file by its content.

    Args:
        file: seekable; only the parts that tell the type are read. Its position afterwards is undefined.
        filename: chooses between extensions of equal content, nothing else.

    Raises:
        UnsupportedTypeError: it is none of the accepted types, or (DamagedFileError) too broken to tell.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if not head:
        raise DamagedFileError("The file is empty. Check that it has content and upload it again.")
    extension = _simple_extension(head)
    if extension is None and head.startswith(b"PK\x03\x04"):
        extension = _zip_extension(file)
    elif extension is None and head.startswith(olefile.MAGIC):
        extension = _ole_extension(file, _extension_of(filename))
    if extension is None:
        raise UnsupportedTypeError(f"The content is of no type that can be shown. {_ADVICE}")
    return DOCUMENT_TYPES[extension]


def _extension_of(filename: str) -> str:
    return PurePath(filename).suffix.removeprefix(".").lower()


_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"{\\rtf", "rtf"),
)


def _simple_extension(head: bytes) -> str | None:
    """The types that their first bytes tell."""
    for magic, extension in _MAGIC:
        if head.startswith(magic):
            return extension
    if head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x00\t\n\r ").startswith(b"%PDF-"):
        return "pdf"
    return _media_extension(head) or _flat_odf_extension(head)


def _media_extension(head: bytes) -> str | None:
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and _is_mp4(head):
        return "mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"\x42\x82\x84webm" in head[:256]:
        return "webm"
    return None


def _is_mp4(head: bytes) -> bool:
    """An ISO media file whose brands promise plain video, which HEIC, AVIF and QuickTime do not."""
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, size, 4))}
    return not brands.isdisjoint(_MP4_BRANDS)


def _flat_odf_extension(head: bytes) -> str | None:
    """Flat ODF: the root element says so; anything but prolog, comments and a DTD before it is something else."""
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return None
    text = head.decode("utf-8", "replace").removeprefix("\ufeff")
    root = re.match(r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>\s*)*<([\w:]+)", text, re.DOTALL)
    if root is None or root.group(1) != "office:document":
        return None
    declared = re.search(r"""\soffice:mimetype\s*=\s*["']([^"']+)["']""", text[root.start(1) :].partition(">")[0])
    return _FLAT_ODF_EXTENSIONS.get(declared.group(1)) if declared else None


def open_package(file: BinaryIO) -> zipfile.ZipFile:
    """A zip whose directory is small enough to be held in memory; its size is looked up before it is read.

    Raises:
        zipfile.BadZipFile: it is too large or no zip.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _DIRECTORY_END_BYTES))
    tail = file.read(_DIRECTORY_END_BYTES)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        raise zipfile.BadZipFile("the end of the directory is missing")
    directory_bytes = int.from_bytes(tail[at + 12 : at + 16], "little")
    if tail[at - 20 : at - 16] == b"PK\x06\x07" and at >= 76:  # noqa: PLR2004 - zip64: its records come before
        directory_bytes = int.from_bytes(tail[at - 36 : at - 28], "little")
    if directory_bytes > _DIRECTORY_LIMIT_BYTES:
        raise zipfile.BadZipFile(f"the directory has {directory_bytes} bytes")
    return zipfile.ZipFile(file)


def _zip_extension(file: BinaryIO) -> str | None:
    try:
        with open_package(file) as package:
            names = set(package.namelist())
            if "[Content_Types].xml" in names:
                return _ooxml_extension(_member(package, "[Content_Types].xml"))
            if "mimetype" in names:
                return _ODF_EXTENSIONS.get(_member(package, "mimetype").decode("ascii", "replace").strip())
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, EOFError, NotImplementedError) as error:
        raise DamagedFileError(f"The file is damaged or incomplete. {_ADVICE}") from error
    except RuntimeError as error:  # zipfile's word for an encrypted member
        raise UnsupportedTypeError(f"The archive is encrypted. {_ADVICE}") from error
    return None


def _member(package: zipfile.ZipFile, name: str) -> bytes:
    with package.open(name) as member:
        return member.read(_MEMBER_LIMIT_BYTES)


def _ooxml_extension(content_types: bytes) -> str | None:
    wide = content_types.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = content_types.decode("utf-16" if wide else "utf-8", "replace")
    declared = re.findall(r"""\bContentType\s*=\s*["']([^"']+)["']""", text)
    return next((_OOXML_MAIN_PARTS[main] for main in declared if main in _OOXML_MAIN_PARTS), None)


def _ole_extension(file: BinaryIO, named: str) -> str | None:
    """A compound file by its streams; an encrypted OOXML package hides its type, so the name chooses."""
    file.seek(0)
    try:
        with olefile.OleFileIO(file, raise_defects=olefile.DEFECT_FATAL) as container:
            streams = {entry[0].lower() for entry in container.listdir() if len(entry) == 1}
    # olefile meets hostile input with whatever its parsing ran into
    except (OSError, ValueError, IndexError, KeyError, TypeError, struct.error, RecursionError, MemoryError) as error:
        raise DamagedFileError(f"The file is damaged or incomplete. {_ADVICE}") from error
    if "encryptedpackage" in streams:
        return named if named in _ENCRYPTED_OOXML else "pptx"
    for stream, extension in (
        ("powerpoint document", "ppt"),
        ("worddocument", "doc"),
        ("workbook", "xls"),
        ("book", "xls"),
    ):
        if stream in streams:
            return named if named in _SAME_CONTENT[extension] else extension
    return None
