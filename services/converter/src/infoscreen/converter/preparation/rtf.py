"""What of RTF leads out of the document: fields, templates, objects, lists of files, properties of shapes."""

import re
from dataclasses import dataclass, field
from mmap import mmap

from infoscreen.converter.preparation.edits import Edits
from infoscreen.converter.preparation.fields import is_harmless
from infoscreen.converter.preparation.references import leads_out

_TOKEN = re.compile(rb"\\([A-Za-z]+)(-?\d{1,10})?[ ]?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|[{}]|[^\\{}]+", re.DOTALL)
# An object's data may be a link, or a document with links of its own; what people saw of it is its result, which stays.
_GO_WHOLE = frozenset(
    {b"objdata", b"template", b"filetbl", b"nextfile", b"fontfile", b"mailmerge", b"datafield", b"hlinkbase"}
)
_COLLECTED = frozenset({b"fldinst", b"sn", b"sv", b"pict"})
# What may stand before the first word of a field's instruction: how the text looks. Anything else may hide text from
# one reader and show it to another.
_LOOKS = frozenset(
    b"""
    af afs ab ai alang b caps cb cf cgrid charrsid charscalex chcbpat cs dbch dn expnd expndtw f fcs flddirty
    fldedit fldlock fldpriv fs hich highlight i insrsid kerning lang langfe langfenp langnp loch ltrch noproof
    nosupersub outl plain rsid rtlch scaps shad strike sub super tab ul uld uldb ulnone ulw up v webhidden
    """.split()
)
_HYPERLINK_OF_SHAPE = "pihlShape"
_FIRST_WORD = re.compile(r"\s*[^\s\"\\]+[\s\"\\]")
_PIECES_OF_A_WORD = 50
_DEEPEST = 10_000
_MOST_CHARACTERS = 32 * 1024
_LINE_ENDS = {10: None, 13: None}  # RTF has them anywhere, and they mean nothing


@dataclass(slots=True)
class _Group:
    start: int
    kind: bytes = b""
    goes: bool = False
    text: list[str] = field(default_factory=list)
    size: int = 0


class RtfScanner:
    """One pass over one RTF file."""

    def __init__(self) -> None:
        self.edits = Edits()
        self._groups: list[_Group] = []
        self._open: list[_Group] = []  # those whose text is collected, one in the other
        self._property = ""  # the name of the shape's property that was read last

    def scan(self, content: mmap | bytes) -> Edits:
        """Find what to delete in a file that is mapped into memory.

        Raises:
            ValueError: it is nested deeper than any document.
        """
        at, size = 0, len(content)
        while at < size:
            token = _TOKEN.match(content, at)
            if token is None:  # a lone backslash at the very end
                break
            at = token.end()
            first = content[token.start()]
            if first == ord("{"):
                if len(self._groups) >= _DEEPEST:
                    raise ValueError(f"RTF with more than {_DEEPEST} groups in each other")
                self._groups.append(_Group(token.start()))
            elif first == ord("}"):
                self._close(at)
            elif first != ord("\\"):
                if self._open:
                    self._add(token.group().decode("latin-1").translate(_LINE_ENDS))
            else:
                at = self._control(token, at)
        while self._groups:
            self._close(size)
        return self.edits

    def _control(self, token: "re.Match[bytes]", at: int) -> int:
        word, number, code, symbol = token.groups()
        if word is not None:
            self._word(word)
            if word == b"bin" and number is not None:
                return at + max(0, int(number))
        elif code is not None:
            self._add(chr(int(code, 16)))
        elif symbol == b"*":
            self._doubt()
        elif symbol not in b"\r\n":
            self._add(symbol.decode("latin-1"))
        return at

    def _word(self, word: bytes) -> None:
        if not self._groups:
            return
        group = self._groups[-1]
        if word in _GO_WHOLE:
            group.goes = True
        elif word in _COLLECTED:
            if word != b"pict":
                self._doubt()
            group.kind = word
            self._open.append(group)
        elif word not in _LOOKS:
            self._doubt()

    def _add(self, text: str) -> None:
        if self._open and text:
            group = self._open[-1]
            group.size += len(text)
            if group.kind == b"pict" or group.size > _MOST_CHARACTERS:
                group.goes |= group.kind == b"sv"
            else:
                group.text.append(text)

    def _doubt(self) -> None:
        """What follows may be text to one reader and none to another."""
        for group in reversed(self._open):
            if group.kind == b"pict":
                return
            if group.kind == b"sv":
                group.goes |= self._property != _HYPERLINK_OF_SHAPE and not group.text
            elif group.kind == b"fldinst":
                group.goes |= not _FIRST_WORD.match("".join(group.text[:_PIECES_OF_A_WORD]))

    def _close(self, end: int) -> None:
        if not self._groups:
            return
        group = self._groups.pop()
        if self._open and self._open[-1] is group:
            self._open.pop()
            text = "".join(group.text)
            if group.kind == b"sn":
                self._property = text.strip()
            elif group.kind == b"sv":
                group.goes |= self._property != _HYPERLINK_OF_SHAPE and leads_out(text)
            elif group.kind == b"fldinst":
                group.goes |= not is_harmless(text)
        if group.goes:
            self.edits.delete(group.start, end)
