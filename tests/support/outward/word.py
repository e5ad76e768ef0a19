"""Documents of Word 97 ([MS-DOC]) in which the instruction of a field lies in two places of the file."""

import io
import struct

import olefile
from support.compound_files import compound_file

INCLUDE_PICTURE, INCLUDE_TEXT, DDE_AUTO = 67, 68, 45
"""Kinds of fields ([MS-DOC] 2.9.90)."""
_HYPERLINK = 88
_FIELDS, _PIECES = 0x11A, 0x1A2  # where the head of a document says where its fields and its pieces of text are
_BEGIN, _SEPARATOR, _END = "\x13", "\x14", "\x15"
_PIECE_TABLE, _UNICODE_TEXT = 2, 0x50


def hyperlink(length: int) -> bytes:
    """RTF with a hyperlink whose instruction is at least so long; `cut` takes the doc that an office makes of it."""
    return b'{\\rtf1\\ansi {\\field{\\*\\fldinst HYPERLINK "http://x/%b"}{\\fldrslt result}}\\par}' % (b"a" * length)


def cut(document: bytes, kind: int, instruction: str, at: int) -> bytes:
    """The document with another field in place of its hyperlink; from the `at`th letter on, its text is at the end."""
    with olefile.OleFileIO(io.BytesIO(document)) as container:
        streams = {name: container.openstream(name).read() for (name,) in container.listdir()}
    text, tables = bytearray(streams["WordDocument"]), bytearray(streams["1Table"])
    start = text.index(f"{_BEGIN} HYPERLINK".encode("utf-16-le")) + 2
    end = text.index(_SEPARATOR.encode("utf-16-le"), start)
    whole = instruction.ljust((end - start) // 2).encode("utf-16-le")
    assert len(whole) == end - start
    moved = start + 2 * at
    text[start:end] = whole[: 2 * at] + _END.encode("utf-16-le") * ((end - moved) // 2)
    pieces = _pieces(text, tables, moved, end)
    struct.pack_into("<II", text, _PIECES, len(tables), len(pieces))
    tables += pieces
    fields, size = struct.unpack_from("<II", text, _FIELDS)
    tables[tables.index(bytes([ord(_BEGIN), _HYPERLINK]), fields, fields + size) + 1] = kind
    return compound_file({**streams, "WordDocument": bytes(text + whole[2 * at :]), "1Table": bytes(tables)})


def _pieces(text: bytes, tables: bytes, start: int, end: int) -> bytes:
    """The table of pieces, whose only one has another one in the middle that is at the end of the stream."""
    at, size = struct.unpack_from("<II", text, _PIECES)
    kind, _, first, last, _, place, _ = struct.unpack("<BIIIHIH", tables[at : at + size])
    assert (kind, first) == (_PIECE_TABLE, 0)
    before, within = (start - place) // 2, (end - start) // 2
    table = struct.pack("<IIII", 0, before, before + within, last)
    table += b"".join(struct.pack("<HIH", _UNICODE_TEXT, offset, 0) for offset in (place, len(text), end))
    return struct.pack("<BI", _PIECE_TABLE, len(table)) + table
