"""Inputs that once went wrong, or were made to: each by code, which says what is odd about it better than bytes do."""

import io
import struct
import zipfile
from collections.abc import Callable

from support.compound_files import END, FREE, Sectors, compound_file, entry

_CONTENT_TYPES = "[Content_Types].xml"


def _package(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return buffer.getvalue()


def _directory(entry_bytes: bytes, count: int, end: bytes = b"") -> bytes:
    """A zip of nothing but so many entries."""
    directory = entry_bytes * count
    last = struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, 0, 0, len(directory), 4, 0)
    return b"PK\x03\x04" + directory + end + last


def _entry(*, offset: int = 0, size: int = 0, method: int = 8, extra: bytes = b"", comment: bytes = b"") -> bytes:
    numbers = (20, 20, 0, method, 0, 0, 0, size, 0, 1, len(extra), len(comment), 0, 0, 0, offset)
    return struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *numbers) + b"a" + extra + comment


def _circle() -> bytes:
    sectors = Sectors()
    tree = entry("Root Entry", 5, child=1) + b"".join(
        entry(f"n{n}", 2, left=n, right=(n + 1) % 8000) for n in range(1, 8000)
    )
    return sectors.file(sectors.add(tree))


def _spanning_directory() -> bytes:
    sectors = Sectors()
    first = entry("Root Entry", 5, child=1) + entry("PowerPoint Document", 2) + 2 * entry("", 0)
    return sectors.file(sectors.add(first + bytes(4_000_000)))


def _endless_stream() -> bytes:
    sectors = Sectors()
    stream = sectors.add(bytes(5000))
    sectors.following[stream] = stream
    root = entry("Root Entry", 5, child=1) + entry("Workbook", 2, start=stream, size=2**32 - 1)
    return sectors.file(sectors.add(root.ljust(512, b"\0")))


def _forged_header(at: int, value: int) -> bytes:
    content = bytearray(compound_file({"PowerPoint Document": bytes(5000), "Current User": bytes(100)}))
    struct.pack_into("<I", content, at, value)
    return bytes(content)


REGRESSIONS: dict[str, Callable[[], bytes]] = {
    "instructions": lambda: b"<?x?>" * 60 + b"x",
    "comments": lambda: b"<!--x-->" * 60 + b"x",
    "doctypes": lambda: b"<!DOCTYPE a []>" * 4000,
    "open-brackets": lambda: b"<!DOCTYPE a [" + b"]" * 60_000,
    "entities": lambda: b"<!DOCTYPE a [<!ENTITY b 'c'>" + b"<!ENTITY d '&b;&b;&b;'>" * 2000 + b"]><a/>",
    "no-such-encoding": lambda: b"<?xml version='1.0' encoding='no-such'?><a/>",
    "odd-encoding": lambda: b"<?xml version='1.0' encoding='idna'?><a/>",
    "attributes": lambda: _package(**{_CONTENT_TYPES: b"<a " + b" ".join(b"a%d=''" % n for n in range(100_000))}),
    "nested": lambda: _package(**{_CONTENT_TYPES: b"<a>" * 1_000_000}),
    "endless-tag": lambda: _package(**{_CONTENT_TYPES: b"<Types/>", "content.xml": b"<a b='" + b"x" * 20_000_000}),
    "many-entries": lambda: _directory(_entry(), 65_000),
    "too-many-entries": lambda: _directory(_entry(), 70_000),
    "shared-empty-stream": lambda: b"PK\x03\x04" + bytes(22) + struct.pack("<HH", 1, 0) + b"a" + _shared(),
    "offset-beyond-the-end": lambda: _directory(
        _entry(offset=0xFFFFFFFF, extra=struct.pack("<HHQ", 1, 8, 2**64 - 1)), 1
    ),
    "zip64-in-a-comment": lambda: _directory(
        _entry(comment=bytes(56) + struct.pack("<4sIQI", b"PK\x06\x07", 0, 0, 1)), 60_000
    ),
    "directory-that-spans-the-file": _spanning_directory,
    "entries-in-circles": _circle,
    "stream-in-circles": _endless_stream,
    "no-directory": lambda: _forged_header(48, END),
    "directory-far-away": lambda: _forged_header(48, 0xFFFFFFF9),
    "small-streams-of-any-size": lambda: _forged_header(56, 0xFFFFFFFF),
    "tables-in-circles": lambda: _forged_header(76, FREE - 6),
}
"""By name; each gives its bytes."""


def _shared() -> bytes:
    stream = b"\0\0\0\xff\xff" * 100_000
    directory = _entry(size=len(stream)) * 5000
    return stream + directory + struct.pack("<4s4HIIH", b"PK\x05\x06", 0, 0, 0, 0, len(directory), 31 + len(stream), 0)


_MAIN = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
_OFFICE = 'xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
_ODP = "application/vnd.oasis.opendocument.presentation"

SOUND: dict[str, Callable[[], bytes]] = {
    "pptx": lambda: _package(**{_CONTENT_TYPES: f"<Types><Override ContentType='{_MAIN}'/></Types>".encode()}),
    "odp": lambda: _package(mimetype=_ODP.encode(), **{"META-INF/manifest.xml": b"<a/>", "content.xml": b"<a/>"}),
    "fodp": f"<?xml version='1.0'?><o:document {_OFFICE} o:mimetype='{_ODP}'/>".encode,
    "ppt": lambda: compound_file({"PowerPoint Document": bytes(500), "Current User": bytes(100)}),
    "mp4": lambda: b"\0\0\0\x18ftypmp42\0\0\0\0isommp42",
}
"""One of each format that is looked into, for a fuzzer to begin from."""
