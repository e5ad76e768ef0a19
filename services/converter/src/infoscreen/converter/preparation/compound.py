"""What of the binary formats (ppt, doc, xls) leads out of the document, overwritten where it stands.

Their records point at each other by offsets, so nothing may move. What names a file is found by the signature of its
record wherever that stands in a stream, because engines get to records by pointers, and not only from one to the next.
What is left to LibreOffice's settings and to the fences: external references of formulas in xls, and instructions of
fields that a doc cuts into several pieces of text.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

import olefile

from infoscreen.converter.preparation.fields import is_harmless
from infoscreen.converter.preparation.references import WEB_ADDRESS, is_web_address, leads_out

Nested = Callable[[bytes], bool]
"""Tells of a file within the document whether it leads out of it."""

_PICTURES = "pictures"  # the stream in which a ppt keeps them, without a name
# [MS-ODRAW] 2.2.9: a table of properties (version 3; 0xF00B, 0xF121, 0xF122); those that name the file of a picture.
_PROPERTY_TABLE = re.compile(
    rb"(?=([\x03\x13\x23\x33\x43\x53\x63\x73\x83\x93\xa3\xb3\xc3\xd3\xe3\xf3].(?:\x0b\xf0|\x21\xf1|\x22\xf1)))",
    re.DOTALL,
)
_PROPERTY = struct.Struct("<HI")
_FILE_NAMES = {0x0105, 0x0111, 0x0187, 0x01C7}  # pibName, pibPrintName, fillBlipName, lineFillBlipName
_COMPLEX, _PROPERTY_ID = 0x8000, 0x3FFF
# [MS-PPT] 2.2.14: a string; in lists of films, sounds and links it is a path.
_STRING = re.compile(rb"(?=[\x00-\xff]{2}\xba\x0f)")
# [MS-PPT] 2.10.34: an embedded document, compressed or not.
_EMBEDDED = re.compile(rb"(?=[\x00\x10]\x00\x11\x10)")
_MOST_UNPACKED_BYTES = 64 * 1024 * 1024
# [MS-DOC] 2.9.192: a picture's header that is followed by the name of its file.
_LINKED_PICTURE = re.compile(rb"(?=\x44\x00[\x5e\x62\x63\x64\x66]\x00)")
_PICTURE_NAME_OFFSET = 0x44 - 4  # from the size of the header, which follows the size of all
# [MS-DOC] 2.8.25: a field begins, in text of two bytes or of one; its instruction goes as far as one of three marks.
_WIDE_FIELD = re.compile(rb"\x13\x00((?:[^\x13\x14\x15]\x00|[\x00-\xff][\x01-\xff]){1,1000})")
_NARROW_FIELD = re.compile(rb"\x13([^\x13\x14\x15]{1,1000})")
_INSTRUCTION = re.compile(r"\s*(?P<word>[A-Za-z]{2,40})(?:\s|$)")
_PATH_IN_INSTRUCTION = re.compile(r"(?:file|https?|ftp|smb|vnd[.\w]*):|[/\\]{2}|\"\s*/|\.\.[/\\]", re.IGNORECASE)
_LONGEST_NAME = 4096


Span = tuple[int, int, bytes]
"""Where something starts in a stream, where it ends, and what to overwrite it with."""


def find_outward(file: IO[bytes], leads_out_itself: Nested) -> dict[tuple[str, ...], list[Span]]:
    """What to overwrite in a compound file, by the path of the stream.

    Raises:
        ValueError: it is too damaged to be read.
    """
    with _opened(file) as container:
        return {
            tuple(path): spans
            for path in container.listdir()
            if path[-1].lower() != _PICTURES and (spans := list(_spans(_read(container, path), path, leads_out_itself)))
        }


def overwrite(file: IO[bytes], found: Mapping[tuple[str, ...], Sequence[Span]]) -> None:
    """Do so in a copy of the file; raises ValueError."""
    with _opened(file) as container:
        for path, spans in found.items():
            content = bytearray(_read(container, path))
            for start, end, filler in spans:
                content[start:end] = (filler * (end - start))[: end - start]
            container.write_stream(list(path), bytes(content))


@contextmanager
def _opened(file: IO[bytes]) -> "Iterator[olefile.OleFileIO[Any]]":
    file.seek(0)
    try:
        with olefile.OleFileIO(file) as container:
            yield container
    # olefile meets damaged files with whatever its parsing ran into
    except (OSError, IndexError, KeyError, TypeError, AssertionError, struct.error, RecursionError) as error:
        raise ValueError(f"compound file: {error}") from error


def _read(container: "olefile.OleFileIO[Any]", path: Sequence[str]) -> bytes:
    content: bytes = container.openstream(list(path)).read()
    return content


def _spans(content: bytes, path: Sequence[str], leads_out_itself: Nested) -> Iterator[Span]:
    name = path[-1].lower()
    if content.startswith(b"PK\x03\x04"):
        if leads_out_itself(content):
            yield 0, len(content), b"\0"
        return
    yield from _picture_names(content)
    if name == "powerpoint document":
        yield from _media_paths(content)
        yield from _embedded_documents(content, leads_out_itself)
    elif name == "worddocument":
        yield from _fields(content)
    elif name == "data":
        yield from _linked_pictures(content)


def _picture_names(content: bytes) -> Iterator[Span]:
    for found in _PROPERTY_TABLE.finditer(content):
        head = int.from_bytes(content[found.start() : found.start() + 2], "little")
        table, count = found.start() + 8, head >> 4
        complex_data = table + count * _PROPERTY.size
        for number in range(count):
            if table + (number + 1) * _PROPERTY.size > len(content):
                break
            kind, value = _PROPERTY.unpack_from(content, table + number * _PROPERTY.size)
            if kind & _COMPLEX:
                start, end = complex_data, min(complex_data + value, len(content))
                if kind & _PROPERTY_ID in _FILE_NAMES and _is_path(content[start : min(end, start + _LONGEST_NAME)]):
                    yield start, end, b"\0"
                complex_data = end


def _is_path(name: bytes) -> bool:
    text = name.decode("utf-16-le", "replace").rstrip("\0")
    return text.isprintable() and any(mark in text for mark in "/\\:")


def _media_paths(content: bytes) -> Iterator[Span]:
    for found in _STRING.finditer(content):
        start = found.start() + 8
        end = start + int.from_bytes(content[start - 4 : start], "little")
        if end - start <= _LONGEST_NAME and end <= len(content):
            text = content[start:end].decode("utf-16-le", "replace").rstrip("\0")
            if text.isprintable() and leads_out(text) and not is_web_address(text):
                yield start, end, b"\0"


def _embedded_documents(content: bytes, leads_out_itself: Nested) -> Iterator[Span]:
    for found in _EMBEDDED.finditer(content):
        start = found.start() + 8
        end = min(start + int.from_bytes(content[start - 4 : start], "little"), len(content))
        document = content[start:end]
        if content[found.start()]:  # instance 1: compressed, after four bytes that say how large it is
            try:
                stream = zlib.decompressobj()
                document = stream.decompress(document[4:], _MOST_UNPACKED_BYTES)
            except zlib.error:
                continue
        if document.startswith((olefile.MAGIC, b"PK\x03\x04")) and leads_out_itself(document):
            yield start, end, b"\0"


def _fields(content: bytes) -> Iterator[Span]:
    for pattern, encoding, filler in ((_WIDE_FIELD, "utf-16-le", b" \0"), (_NARROW_FIELD, "latin-1", b" ")):
        for found in pattern.finditer(content):
            if _reads_a_file(found[1].decode(encoding, "replace")):
                yield found.start(1), found.end(1), filler


def _reads_a_file(instruction: str) -> bool:
    """By its word, or, since LibreOffice goes by a number that stands elsewhere, by a path after any word."""
    found = _INSTRUCTION.match(instruction)
    if found is None or not instruction.replace("\t", " ").isprintable():
        return False
    if found["word"].upper() == "HYPERLINK":
        instruction = WEB_ADDRESS.sub("", instruction)
    return not is_harmless(instruction) or _PATH_IN_INSTRUCTION.search(instruction) is not None


def _linked_pictures(content: bytes) -> Iterator[Span]:
    for found in _LINKED_PICTURE.finditer(content):
        start = found.start() + _PICTURE_NAME_OFFSET
        end = start + 1 + content[start] if start < len(content) else start
        if end > start + 1 and leads_out(content[start + 1 : end].decode("latin-1")):
            yield start + 1, end, b" "
