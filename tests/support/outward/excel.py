"""Workbooks of Excel 97 ([MS-XLS]) whose formulas read another file, or an application by DDE."""

import struct
from collections.abc import Iterable

from support.compound_files import compound_file

_BOF, _EOF, _BOUNDSHEET, _DIMENSIONS, _FORMULA = 0x0809, 0x000A, 0x0085, 0x0200, 0x0006
_SUPBOOK, _EXTERNSHEET, _EXTERNNAME = 0x01AE, 0x0017, 0x0023
_GLOBALS, _WORKSHEET = 0x0005, 0x0010
_CELL, _NAME = 0x5A, 0x59  # what a formula takes from another book: ptgRef3d, ptgNameX
_NOW = b"\x41\x4a\0"  # so that it is calculated when the workbook is opened
_JOIN = b"\x08"
_NO_RESULT = b"\3\0\0\0\0\0\xff\xff"


def file_link(address: str) -> bytes:
    """A workbook that shows the first cell of the sheet `1` of a file."""
    encoded = f"\x01\x05{chr(len(address))}{address}"  # [MS-XLS] 2.5.277: as it stands
    book = _record(_SUPBOOK, struct.pack("<H", 1) + _text(encoded) + _text("1"))
    sheets = _record(_EXTERNSHEET, struct.pack("<HHhh", 1, 0, 0, 0))
    return _workbook(book + sheets, struct.pack("<BHHH", _CELL, 0, 0, 0))


def dde_link(application: str, topic: str, item: str) -> bytes:
    """A workbook that shows an item of what an application has open."""
    book = _record(_SUPBOOK, struct.pack("<H", 0) + _text(f"{application}\x03{topic}"))
    updated_by_itself = 0x0002
    name = _record(_EXTERNNAME, struct.pack("<HI", updated_by_itself, 0) + _short_text(item))
    sheets = _record(_EXTERNSHEET, struct.pack("<HHhh", 1, 0, -2, -2))
    return _workbook(book + name + sheets, struct.pack("<BHHH", _NAME, 0, 1, 0))


def _workbook(links: bytes, token: bytes) -> bytes:
    begin, end = _begin(_GLOBALS), _record(_EOF, b"")
    at, name = 0, _short_text("f")
    for _ in range(2):  # the second time its own length is known
        bound = _record(_BOUNDSHEET, struct.pack("<IH", at, 0) + name)
        at = len(begin + bound + links + end)
    return compound_file({"Workbook": begin + bound + links + end + _sheet([token + _NOW + _JOIN])})


def _sheet(formulas: Iterable[bytes]) -> bytes:
    cells = [
        _record(_FORMULA, struct.pack("<HHH8sHIH", row, 0, 0, _NO_RESULT, 0, 0, len(formula)) + formula)
        for row, formula in enumerate(formulas)
    ]
    size = _record(_DIMENSIONS, struct.pack("<IIHHH", 0, len(cells), 0, 1, 0))
    return _begin(_WORKSHEET) + size + b"".join(cells) + _record(_EOF, b"")


def _begin(kind: int) -> bytes:
    return _record(_BOF, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def _short_text(text: str) -> bytes:
    return struct.pack("<BB", len(text), 1) + text.encode("utf-16-le")
