"""Documents of the versions before Office 97, which no program here writes: one line of text each."""

import struct

from support.compound_files import compound_file

_BEGINNINGS = {2: 0x0009, 3: 0x0209, 4: 0x0409}
_END = 0x000A
_SHEET = 0x0010
_WORD_6, _WORD_95 = 101, 104
_FIB_BYTES = 0x300
WORD_VERSIONS = {"Word 6": _WORD_6, "Word 95": _WORD_95}


def old_xls(text: str, version: int) -> bytes:
    """A sheet of Excel 2, 3 or 4 (BIFF2 to BIFF4): a plain stream of records, with this text in its first cell."""
    characters = text.encode("latin-1")
    if version == 2:
        begin = struct.pack("<HH", version, _SHEET)
        cells = [
            (0x0000, struct.pack("<HHHH", 0, 1, 0, 1)),
            (0x0004, struct.pack("<HH3xB", 0, 0, len(characters)) + characters),
        ]
    else:
        begin = struct.pack("<HHH", version, _SHEET, 0)
        cells = [
            (0x0200, struct.pack("<HHHHH", 0, 1, 0, 1, 0)),
            (0x0204, struct.pack("<HHHH", 0, 0, 0, len(characters)) + characters),
        ]
    records = [(_BEGINNINGS[version], begin), *cells, (_END, b"")]
    return b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in records)


def old_doc(text: str, version: str) -> bytes:
    """A document of Word 6 or 95: a header that says where the text is, then the text of one byte a character."""
    characters, number = text.encode("latin-1") + b"\r", WORD_VERSIONS[version]
    header = bytearray(_FIB_BYTES)
    struct.pack_into("<HHHHHHH", header, 0, 0xA5DC, number, 0x4041, 0x0409, 0, 0, number)
    struct.pack_into("<III", header, 24, _FIB_BYTES, *[_FIB_BYTES + len(characters)] * 2)
    struct.pack_into("<I", header, 52, len(characters))
    return compound_file({"WordDocument": bytes(header) + characters})
