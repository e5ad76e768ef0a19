"""What a file is that cannot be shown, told from its content, and what its uploader can do about it.

Every kind has a sentence of its own: "no supported type" leaves people to guess which of their files would do.
"""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import PurePath


class UnsupportedKind(StrEnum):
    """A kind of file that is not shown: a closed list, which clients translate."""

    FILM = "film"
    SOUND = "sound"
    PICTURE = "picture"
    DRAWING = "drawing"
    ARCHIVE = "archive"
    LOCKED = "locked"
    KEYNOTE = "keynote"
    PAGES = "pages"
    NUMBERS = "numbers"
    CSV = "csv"
    WEB_PAGE = "web_page"
    TEXT = "text"
    BOOK = "book"
    PROGRAM = "program"
    UNKNOWN = "unknown"

    @property
    def sentence(self) -> str:
        """What the file is, and what to upload instead."""
        return _SENTENCES[self]


_SENTENCES = {
    UnsupportedKind.FILM: "This film is of a kind that screens cannot play. Save it as MP4 (H.264) and upload that.",
    UnsupportedKind.SOUND: "This is a sound file: there is nothing to show. Upload pictures, or a film as MP4.",
    UnsupportedKind.PICTURE: "This picture is of a kind that cannot be shown. Save it as PNG or JPEG and upload that.",
    UnsupportedKind.DRAWING: "This is a drawing. Export it as PDF or PNG and upload that.",
    UnsupportedKind.ARCHIVE: "This is an archive of files. Unpack it and upload the files that are to be shown.",
    UnsupportedKind.LOCKED: "The file is protected by a password. Remove the password and upload it again.",
    UnsupportedKind.KEYNOTE: (
        "This is a Keynote presentation. In Keynote, export it as PowerPoint (PPTX) or PDF and upload that."
    ),
    UnsupportedKind.PAGES: "This is a Pages document. In Pages, export it as PDF or Word (DOCX) and upload that.",
    UnsupportedKind.NUMBERS: "This is a Numbers table. In Numbers, export it as PDF or Excel (XLSX) and upload that.",
    UnsupportedKind.CSV: (
        "This is a table as plain text (CSV). Open it in Excel or Calc, save it as XLSX or PDF and upload that."
    ),
    UnsupportedKind.WEB_PAGE: "This is a web page. Print it to a PDF in your browser and upload that.",
    UnsupportedKind.TEXT: "This is plain text. Put it into a presentation or document, save that as PDF and upload it.",
    UnsupportedKind.BOOK: "This is an e-book. Export it as PDF and upload that.",
    UnsupportedKind.PROGRAM: "This is a program. Upload a presentation, a PDF, a picture or a film instead.",
    UnsupportedKind.UNKNOWN: "The content is of no known type. Save it as PPTX, ODP or PDF and upload that.",
}

_MAGIC = (
    (b"\x1a\x45\xdf\xa3", UnsupportedKind.FILM),  # Matroska
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", UnsupportedKind.FILM),  # Windows Media
    (b"\x00\x00\x01\xba", UnsupportedKind.FILM),  # MPEG program stream
    (b"\x00\x00\x01\xb3", UnsupportedKind.FILM),  # MPEG video
    (b"FLV\x01", UnsupportedKind.FILM),
    (b"ID3", UnsupportedKind.SOUND),
    (b"\xff\xfb", UnsupportedKind.SOUND),  # MP3 without tags
    (b"fLaC", UnsupportedKind.SOUND),
    (b"8BPS", UnsupportedKind.PICTURE),  # Photoshop
    (b"\x00\x00\x01\x00", UnsupportedKind.PICTURE),  # Windows icon
    (b"\x00\x00\x00\x0cjP  ", UnsupportedKind.PICTURE),  # JPEG 2000
    (b"\xff\x0a", UnsupportedKind.PICTURE),  # JPEG XL
    (b"\x00\x00\x00\x0cJXL ", UnsupportedKind.PICTURE),
    (b"%!PS", UnsupportedKind.DRAWING),
    (b"\xd7\xcd\xc6\x9a", UnsupportedKind.DRAWING),  # Windows metafile
    (b"PK\x05\x06", UnsupportedKind.ARCHIVE),  # a zip of nothing
    (b"Rar!\x1a\x07", UnsupportedKind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", UnsupportedKind.ARCHIVE),
    (b"\x1f\x8b", UnsupportedKind.ARCHIVE),  # gzip
    (b"BZh", UnsupportedKind.ARCHIVE),
    (b"\xfd7zXZ\x00", UnsupportedKind.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", UnsupportedKind.ARCHIVE),  # zstd
    (b"MZ", UnsupportedKind.PROGRAM),
    (b"\x7fELF", UnsupportedKind.PROGRAM),
    (b"#!", UnsupportedKind.PROGRAM),
)
_TAR_MAGIC_AT = 257
_TS_PACKET_BYTES = 188
_RIFF_KINDS = {b"AVI ": UnsupportedKind.FILM, b"WAVE": UnsupportedKind.SOUND}
_SOUND_BRANDS = {b"M4A ", b"M4B "}
_HTML_STARTS = ("<!doctype html", "<html", "<head", "<body")
_CSV_SEPARATORS, _CSV_LINES = (";", ",", "\t"), 5
_IWORK_KINDS = {
    "key": UnsupportedKind.KEYNOTE,
    "pages": UnsupportedKind.PAGES,
    "numbers": UnsupportedKind.NUMBERS,
}


def unsupported_kind(head: bytes, filename: str = "") -> UnsupportedKind:
    """What a file is that is no package, no compound file and none of the accepted types.

    Args:
        head: its first kilobytes.
        filename: as people named it; text with one separator in a line is a table only if it says so.
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    return _contained(head) or _written(head, filename) or UnsupportedKind.UNKNOWN


def unsupported_package_kind(names: Iterable[str], filename: str = "") -> UnsupportedKind:
    """What a zip is that is no office document.

    Args:
        names: of its entries.
        filename: as people named it; chooses between Apple's documents, which may look the same.
    """
    names = set(names)
    if "index.apxl" in names or any(name.startswith(("Index/Slide", "Index/MasterSlide")) for name in names):
        return UnsupportedKind.KEYNOTE
    if "Index.zip" in names or any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        return _IWORK_KINDS.get(_extension(filename), UnsupportedKind.KEYNOTE)
    if "META-INF/container.xml" in names:
        return UnsupportedKind.BOOK
    return UnsupportedKind.ARCHIVE


def _extension(filename: str) -> str:
    return PurePath(filename).suffix.removeprefix(".").lower()


def _contained(head: bytes) -> UnsupportedKind | None:
    """Formats whose magic stands further in."""
    if head.startswith(b"RIFF"):
        return _RIFF_KINDS.get(head[8:12])
    if head[4:8] == b"ftyp":
        return UnsupportedKind.SOUND if head[8:12] in _SOUND_BRANDS else UnsupportedKind.FILM
    if head.startswith(b"OggS"):
        return UnsupportedKind.FILM if b"theora" in head[:256] else UnsupportedKind.SOUND
    if head[_TAR_MAGIC_AT : _TAR_MAGIC_AT + 5] == b"ustar":
        return UnsupportedKind.ARCHIVE
    if len(head) > 2 * _TS_PACKET_BYTES and head[::_TS_PACKET_BYTES][:3] == b"GGG":
        return UnsupportedKind.FILM
    return None


def _written(head: bytes, filename: str) -> UnsupportedKind | None:
    """What people could read in an editor; None for anything else."""
    text = _text(head)
    if text is None or not text.strip():
        return None
    if text.lstrip().lower().startswith(_HTML_STARTS):
        return UnsupportedKind.WEB_PAGE
    lines = [line for line in text.splitlines() if line.strip()]
    lines = (lines[:-1] if len(lines) > 1 and not text.endswith("\n") else lines)[:_CSV_LINES]  # the last may be cut
    separators = [{line.count(separator) for line in lines} for separator in _CSV_SEPARATORS]
    is_table = len(lines) > 1 and any(len(counts) == 1 and counts != {0} for counts in separators)
    return UnsupportedKind.CSV if is_table or _extension(filename) in {"csv", "tsv"} else UnsupportedKind.TEXT


def _text(head: bytes) -> str | None:
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = head.decode(encoding, "strict" if len(head) < 1024 else "ignore")  # noqa: PLR2004 - a cut character
    except UnicodeDecodeError:
        try:
            text = head.decode("cp1252")
        except UnicodeDecodeError:
            return None
    return text if not any(c < " " and c not in "\t\r\n\f" for c in text) else None
