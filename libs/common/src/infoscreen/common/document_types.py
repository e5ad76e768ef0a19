"""Recognises the type of a file from its content alone.

A filename is data that an uploader wrote: an HTML page renamed ``.docx`` stays an HTML page, and is refused. The
name only chooses between extensions whose content is the same (``pps`` and ``ppt``). `identify` reads a few
kilobytes wherever the format keeps its type (head, zip directory, OLE directory), so the file may be a ranged
reader over object storage.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import BinaryIO
from zipfile import ZipInfo

from infoscreen.common.errors import InfoscreenError
from infoscreen.common.formats.compound_file import MAGIC as COMPOUND_FILE_MAGIC
from infoscreen.common.formats.compound_file import CompoundFile, DamagedCompoundFileError
from infoscreen.common.formats.package import MAGIC as PACKAGE_MAGIC
from infoscreen.common.formats.package import DamagedPackageError, Package, is_encrypted
from infoscreen.common.formats.unsupported import UnsupportedKind, unsupported_kind, unsupported_package_kind
from infoscreen.common.formats.xml_elements import MalformedXmlError, read_elements

HEAD_BYTES = 64 * 1024
"""What `identify` reads first, and all that it reads of a file that `is_told_by_head`."""
_MEMBER_LIMIT_BYTES = 3 * 1024 * 1024  # a [Content_Types].xml of 10,000 slides stays below 2 MB


class Family(StrEnum):
    """Which kind of document a type belongs to; it decides how the file is shown."""

    PRESENTATION = "presentation"
    TEXT = "text"
    SPREADSHEET = "spreadsheet"
    PDF = "pdf"
    IMAGE = "image"
    VIDEO = "video"


DOCUMENT_FAMILIES = frozenset({Family.PRESENTATION, Family.TEXT, Family.SPREADSHEET})
"""What an office opens, to make a PDF of it."""


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A kind of file that the system accepts.

    Attributes:
        extension: lower case, without the dot.
        media_type: what the file is served as.
        family: how it is shown.
        convertible: True where a PDF, a picture or a film is made of it; False where it is served as it is.
    """

    extension: str
    media_type: str
    family: Family
    convertible: bool


class RefusedFileError(InfoscreenError):
    """The file cannot be shown (HTTP 415); the message says why, and what to do about it."""


class UnsupportedTypeError(RefusedFileError):
    """The content is of no type that can be shown; the message says what it is."""

    def __init__(self, kind: UnsupportedKind) -> None:
        super().__init__(kind.sentence)
        self.kind = kind


class DamagedFileError(RefusedFileError):
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
    showable = {
        "bmp": ("image/bmp", Family.IMAGE),
        "tiff": ("image/tiff", Family.IMAGE),
        "svg": ("image/svg+xml", Family.IMAGE),
        "heic": ("image/heic", Family.IMAGE),
        "avif": ("image/avif", Family.IMAGE),
        "mov": ("video/quicktime", Family.VIDEO),
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
    ]
    types += [DocumentType(extension, *described, convertible=True) for extension, described in showable.items()]
    types += [DocumentType(extension, *described, convertible=False) for extension, described in as_is.items()]
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
# Types whose content is the same; the first one holds where the name does not decide.
_SAME_CONTENT = {
    "ppt": ("ppt", "pps", "pot"),
    "doc": ("doc", "dot"),
    "xls": ("xls", "xlt"),
}
_PACKAGE_KINDS = {
    "application/epub+zip": UnsupportedKind.BOOK,
    "application/vnd.oasis.opendocument.graphics": UnsupportedKind.DRAWING,
}
_OLE_STREAMS = (("powerpoint document", "ppt"), ("worddocument", "doc"), ("workbook", "xls"), ("book", "xls"))
_OLD_WORKBOOK_BEGINNINGS = frozenset({b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00"})
_OLD_SUBSTREAMS = frozenset({b"\x10\x00", b"\x00\x01"})
_ENCRYPTED_OOXML = frozenset(_OOXML_MAIN_PARTS.values())
_ISO_BRANDS = {
    "avif": frozenset({b"avif", b"avis"}),
    "heic": frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}),
    "mov": frozenset({b"qt  "}),
    "mp4": frozenset({b"isom", b"avc1", b"mp41", b"mp42", b"M4V ", b"MSNV", b"dash", b"f4v "}),
}
_BOX_HEADER_BYTES, _LARGE_BOX, _DESCRIBING_BOXES = 8, 1, frozenset({b"meta", b"moov"})
_QUICKTIME_ATOMS = (b"moov", b"mdat", b"wide", b"pnot")
_BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})
_SVG = "http://www.w3.org/2000/svg"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
# What XML begins with, in the encodings that expat tells apart: as it is, behind byte order marks, or in UTF-16.
_XML_STARTS = (b"<", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0<")


def identify(file: BinaryIO, filename: str = "") -> DocumentType:
    """The type of a file by its content.

    Args:
        file: seekable; only the parts that tell the type are read. Its position afterwards is undefined.
        filename: chooses between extensions of equal content, nothing else.

    Raises:
        UnsupportedTypeError: it is none of the accepted types.
        DamagedFileError: it is too broken to tell.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        raise DamagedFileError("The file is empty. Check that it has content and upload it again.")
    try:
        if head.startswith(PACKAGE_MAGIC):
            extension = _zip_extension(file, filename)
        elif head.startswith(COMPOUND_FILE_MAGIC):
            extension = _ole_extension(file, _extension_of(filename))
        else:
            extension = _simple_extension(head, filename)
    except (DamagedPackageError, DamagedCompoundFileError, MalformedXmlError) as error:
        raise DamagedFileError(
            "The file is damaged or incomplete. Open it, save it anew as PPTX, ODP or PDF and upload that."
        ) from error
    return DOCUMENT_TYPES[extension]


def is_told_by_head(head: bytes) -> bool:
    """Whether the first ``HEAD_BYTES`` tell a file's type: those of packages and compound files have directories."""
    return not head.startswith((PACKAGE_MAGIC, COMPOUND_FILE_MAGIC))


def _extension_of(filename: str) -> str:
    return PurePath(filename).suffix.removeprefix(".").lower()


_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"{\\rtf", "rtf"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)


def _simple_extension(head: bytes, filename: str) -> str:
    """The types that their first bytes tell."""
    for magic, extension in _MAGIC:
        if head.startswith(magic):
            return extension
    if head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x00\t\n\r ").startswith(b"%PDF-"):
        return "pdf"
    media = _old_workbook_extension(head, filename) or _media_extension(head) or _xml_extension(head)
    if media is None:
        raise UnsupportedTypeError(unsupported_kind(head, filename))
    return media


def _old_workbook_extension(head: bytes, filename: str) -> str | None:
    """A workbook of Excel 2, 3 or 4 is a plain stream of records: a sheet, or a workspace of several."""
    if head[:4] not in _OLD_WORKBOOK_BEGINNINGS or head[6:8] not in _OLD_SUBSTREAMS:
        return None
    named = _extension_of(filename)
    return named if named in _SAME_CONTENT["xls"] else "xls"


def _media_extension(head: bytes) -> str | None:
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES:
        return "bmp"
    if head[4:8] == b"ftyp":
        return _iso_extension(head)
    if head[4:8] in _QUICKTIME_ATOMS:  # of before there were brands
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"\x42\x82\x84webm" in head[:256]:
        return "webm"
    return None


def _iso_extension(head: bytes) -> str | None:
    """An ISO media file by its brands: the first one counts most, and pictures list those of films as well."""
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    found = (extension for brand in brands for extension, known in _ISO_BRANDS.items() if brand in known)
    extension = next(found, "heic" if {b"mif1", b"msf1"} & set(brands) else None)
    if extension in {"heic", "avif"}:
        _require_picture(head)
    return extension


def _require_picture(head: bytes) -> None:
    """A picture of this kind describes itself in a box at the top level, mostly the one after its brands."""
    at = 0
    while at + _BOX_HEADER_BYTES <= len(head):
        size, kind = int.from_bytes(head[at : at + 4], "big"), head[at + 4 : at + _BOX_HEADER_BYTES]
        if kind in _DESCRIBING_BOXES or size == _LARGE_BOX:
            return
        if size < _BOX_HEADER_BYTES:
            break
        at += size
    if at < HEAD_BYTES:
        raise DamagedFileError("The picture is damaged or incomplete. Save it anew as JPEG or PNG and upload that.")


def _xml_extension(head: bytes) -> str | None:
    """Flat ODF and SVG: the root element says so; anything but prolog, comments and a DTD before it is neither."""
    declared: list[str | None] = []

    def root(name: str, attributes: dict[str, str]) -> bool:
        if name == f"{_OFFICE} document":
            declared.append(_FLAT_ODF_EXTENSIONS.get(attributes.get(f"{_OFFICE} mimetype", "")))
        elif name == f"{_SVG} svg":
            declared.append("svg")
        return True

    start = head.lstrip(b" \t\r\n")
    if not start.startswith(_XML_STARTS):
        return None
    try:
        read_elements(start, root)
    except MalformedXmlError:
        return None
    return declared[0] if declared else None


def _zip_extension(file: BinaryIO, filename: str) -> str:
    package = Package(file)
    if (types := package.find("[Content_Types].xml")) is not None:
        extension = _ooxml_extension(_member(package, types))
        kind = UnsupportedKind.UNKNOWN
    elif (mimetype := package.find("mimetype")) is not None:
        media_type = _member(package, mimetype).decode("ascii", "replace").strip()
        extension = _ODF_EXTENSIONS.get(media_type)
        kind = _PACKAGE_KINDS.get(media_type, UnsupportedKind.UNKNOWN)
    else:
        extension = None
        kind = unsupported_package_kind((entry.filename for entry in package.entries), filename)
    if extension is None:
        raise UnsupportedTypeError(kind)
    return extension


def _member(package: Package, entry: ZipInfo) -> bytes:
    if is_encrypted(entry):
        raise UnsupportedTypeError(UnsupportedKind.LOCKED)
    return package.head(entry, _MEMBER_LIMIT_BYTES)


def _ooxml_extension(content_types: bytes) -> str | None:
    found: list[str] = []

    def part(_: str, attributes: dict[str, str]) -> bool:
        extension = _OOXML_MAIN_PARTS.get(attributes.get("ContentType", ""))
        if extension is not None:
            found.append(extension)
        return bool(found)

    read_elements(content_types, part)
    return found[0] if found else None


def _ole_extension(file: BinaryIO, named: str) -> str:
    """A compound file by its streams; an encrypted OOXML package hides its type, so the name chooses."""
    streams = CompoundFile(file).streams
    if "encryptedpackage" in streams:
        return named if named in _ENCRYPTED_OOXML else "pptx"
    for stream, extension in _OLE_STREAMS:
        if stream in streams:
            return named if named in _SAME_CONTENT[extension] else extension
    raise UnsupportedTypeError(UnsupportedKind.UNKNOWN)
