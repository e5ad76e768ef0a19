"""Fields of Word documents and RTF: only those stay that take nothing from a file, a program or a database.

A field whose instruction goes keeps its last result, which is what people saw.
"""

import re

from infoscreen.converter.preparation.edits import Edits

_HARMLESS = frozenset(
    {
        *("=", "ADDRESSBLOCK", "ADVANCE", "ASK", "AUTHOR", "AUTONUM", "AUTONUMLGL", "AUTONUMOUT"),
        *("AUTOTEXT", "AUTOTEXTLIST", "BARCODE", "BIBLIOGRAPHY", "BIDIOUTLINE", "CITATION", "COMMENTS"),
        *("COMPARE", "CONTROL", "CREATEDATE", "DATE", "DISPLAYBARCODE", "DOCPROPERTY", "DOCVARIABLE"),
        *("EDITTIME", "EMBED", "EQ", "FILENAME", "FILESIZE", "FILLIN", "FORMCHECKBOX", "FORMDROPDOWN"),
        *("FORMTEXT", "GLOSSARY", "GOTOBUTTON", "GREETINGLINE", "HYPERLINK", "IF", "INDEX", "INFO"),
        *("KEYWORDS", "LASTSAVEDBY", "LISTNUM", "MACROBUTTON", "MERGEFIELD", "MERGEREC", "MERGESEQ", "NEXT"),
        *("NEXTIF", "NOTEREF", "NUMCHARS", "NUMPAGES", "NUMWORDS", "PAGE", "PAGEREF", "PRINTDATE", "QUOTE"),
        *("REF", "REVNUM", "SAVEDATE", "SECTION", "SECTIONPAGES", "SEQ", "SET", "SHAPE", "SKIPIF"),
        *("STYLEREF", "SUBJECT", "SYMBOL", "TA", "TC", "TEMPLATE", "TIME", "TITLE", "TOA", "TOC"),
        *("USERADDRESS", "USERINITIALS", "USERNAME", "XE"),
    }
)
_WORD = re.compile(r"=|[^\s\"\\]*")
_LONGEST_WORD = 40
_MOST_PIECES = 1000  # of an instruction before its first word is whole


def is_harmless(instruction: str) -> bool:
    """True when the first word of an instruction is that of a field that reads nothing from outside, or missing."""
    found = _WORD.match(instruction.lstrip())
    return found is None or not found.group() or found.group().upper() in _HARMLESS


class _Field:
    def __init__(self) -> None:
        self.in_instruction = True
        self.harmless: bool | None = None  # None until the first word is whole
        self.text = ""
        self.pieces: list[tuple[int, int]] = []


class FieldStack:
    """The fields that are open at a place of a document, one in the other; what must go of them is added to `edits`."""

    def __init__(self, edits: Edits) -> None:
        self._edits = edits
        self._fields: list[_Field] = []

    def __len__(self) -> int:
        return len(self._fields)

    def begin(self) -> None:
        """A field begins; one whose first word it interrupts may become any field by its result, so that one goes."""
        if self._fields and self._fields[-1].in_instruction and self._fields[-1].harmless is None:
            self._settle(self._fields[-1], harmless=False)
        self._fields.append(_Field())

    def text(self, text: str, start: int, end: int) -> None:
        """Text between two tags, from `start` to `end` in the stream."""
        instructions = [field for field in self._fields if field.in_instruction]
        if any(field.harmless is False for field in instructions):
            self._edits.delete(start, end)
        elif instructions and (field := instructions[-1]) is self._fields[-1] and field.harmless is None:
            field.text = (field.text + text).lstrip()
            field.pieces.append((start, end))
            word = _WORD.match(field.text)
            whole = word is not None and (word.end() < len(field.text) or word.group() == "=")
            if whole or len(field.text) > _LONGEST_WORD or len(field.pieces) > _MOST_PIECES:
                self._settle(field, harmless=is_harmless(field.text) and len(field.pieces) <= _MOST_PIECES)

    def separate(self) -> None:
        """The instruction of the innermost field ends; its last result follows."""
        if self._fields:
            field = self._fields[-1]
            self._settle(field, harmless=is_harmless(field.text))
            field.in_instruction = False

    def end(self) -> None:
        """The innermost field ends."""
        self.separate()
        if self._fields:
            self._fields.pop()

    def _settle(self, field: _Field, *, harmless: bool) -> None:
        if field.harmless is None:
            field.harmless = harmless
            if not harmless:
                for start, end in field.pieces:
                    self._edits.delete(start, end)
            field.pieces.clear()
