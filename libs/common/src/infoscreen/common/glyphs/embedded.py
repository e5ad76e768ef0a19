"""Which codes of a PDF's font draw nothing, or the box that stands for a missing character."""

import re
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

import pikepdf

_DAMAGE = (struct.error, IndexError, ValueError, KeyError, TypeError, pikepdf.PdfError)  # of a font
_FORMAT_0_CODES = 256
_NAMED_NOTDEF = re.compile(rb"dup\s+(\d+)\s*/\.notdef\s+put")
_MAPPED = re.compile(rb"beginbfchar(.*?)endbfchar|beginbfrange(.*?)endbfrange", re.DOTALL)
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>|([\[\]])")


class Drawn(Enum):
    """What there is to see instead of a character."""

    BOX = "the font's glyph for what it does not have"
    BLANK = "nothing"


@dataclass(frozen=True, slots=True)
class EmbeddedFont:
    """A font as far as it matters for what is missing.

    Attributes:
        name: without the prefix of a subset; empty where it has none.
        code_bytes: how many bytes of a string are one code.
        lacking: the codes that draw no character.
        text: what the codes stand for.
    """

    name: str
    code_bytes: int
    lacking: Mapping[int, Drawn]
    text: Mapping[int, str]


def read_font(font: pikepdf.Object) -> EmbeddedFont:
    """Read a font's dictionary. A font that cannot be understood counts as complete."""
    name = str(font.get("/BaseFont", "")).lstrip("/").partition("+")
    text = _to_unicode(font.get("/ToUnicode"))
    composite = font.get("/Subtype") == "/Type0"
    lacking: Mapping[int, Drawn] = {}
    with suppress(*_DAMAGE):
        lacking = _lacking_of_composite(font) if composite else _lacking_of_simple(font.get("/FontDescriptor"))
    return EmbeddedFont(name[2] or name[0], 2 if composite else 1, lacking, text)


def _lacking_of_composite(font: pikepdf.Object) -> Mapping[int, Drawn]:
    """Codes are glyphs where they are mapped by identity, and glyph 0 is the missing one in every format."""
    descendant = font["/DescendantFonts"][0]
    by_identity = str(font.get("/Encoding", "")) in {"/Identity-H", "/Identity-V"}
    glyphs = descendant.get("/CIDToGIDMap", "/Identity")
    return {0: Drawn.BOX} if by_identity and not isinstance(glyphs, pikepdf.Stream) else {}


def _lacking_of_simple(descriptor: pikepdf.Object | None) -> Mapping[int, Drawn]:
    if descriptor is None:
        return {}
    if "/FontFile2" in descriptor:
        return _TrueType(descriptor["/FontFile2"].read_bytes()).lacking()
    if "/FontFile" in descriptor:
        plain = descriptor["/FontFile"].read_bytes().partition(b"eexec")[0]
        return {int(code): Drawn.BOX for code in _NAMED_NOTDEF.findall(plain)}
    return {}


class _TrueType:
    """The outlines of a TrueType font, as bytes: all that is asked is whether two are the same."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        (count,) = struct.unpack_from(">H", content, 4)
        records = [struct.unpack_from(">4s4xLL", content, 12 + 16 * number) for number in range(count)]
        self._tables = {tag: (start, length) for tag, start, length in records}
        start, length = self._tables[b"loca"]
        (is_long,) = struct.unpack_from(">h", content, self._tables[b"head"][0] + 50)
        size, kind = (4, "L") if is_long else (2, "H")
        offsets = struct.unpack_from(f">{length // size}{kind}", content, start)
        self._offsets = offsets if is_long else tuple(2 * offset for offset in offsets)

    def lacking(self) -> Mapping[int, Drawn]:
        """LibreOffice gives a missing character a glyph of its own, a copy of glyph 0."""
        box, lacking = self._outline(0), {}
        for code, glyph in self._codes().items():
            outline = self._outline(glyph)
            if not outline:
                lacking[code] = Drawn.BLANK
            elif glyph == 0 or outline == box:
                lacking[code] = Drawn.BOX
        return lacking

    def _outline(self, glyph: int) -> bytes:
        start = self._tables[b"glyf"][0]
        return self._content[start + self._offsets[glyph] : start + self._offsets[glyph + 1]]

    def _codes(self) -> Mapping[int, int]:
        """Code to glyph, by the table of bytes that subsets of LibreOffice have; without it nothing is known."""
        start, _ = self._tables[b"cmap"]
        (count,) = struct.unpack_from(">H", self._content, start + 2)
        for number in range(count):
            (offset,) = struct.unpack_from(">L", self._content, start + 4 + 8 * number + 4)
            if struct.unpack_from(">H", self._content, start + offset) == (0,):
                glyphs = self._content[start + offset + 6 : start + offset + 6 + _FORMAT_0_CODES]
                return {code: glyph for code, glyph in enumerate(glyphs) if glyph}
        return {}


def _to_unicode(stream: pikepdf.Object | None) -> Mapping[int, str]:
    """A ToUnicode map, single codes and short ranges."""
    text: dict[int, str] = {}
    if not isinstance(stream, pikepdf.Stream):
        return text
    for characters, ranges in _MAPPED.findall(stream.read_bytes()):
        tokens = [hex_digits or bracket for hex_digits, bracket in _HEX.findall(characters or ranges)]
        if characters:
            text |= {int(code, 16): _decoded(value) for code, value in zip(tokens[::2], tokens[1::2], strict=False)}
        else:
            text |= _ranges(tokens)
    return text


def _ranges(tokens: list[bytes]) -> dict[int, str]:
    text: dict[int, str] = {}
    tokens.reverse()
    while len(tokens) > 2:  # noqa: PLR2004 - first, last and what they stand for
        first, last, value = int(tokens.pop(), 16), int(tokens.pop(), 16), tokens.pop()
        codes = range(first, min(last, first + 0xFFFF) + 1)
        if value == b"[":
            for code in codes:
                text[code] = _decoded(tokens.pop())
            tokens.pop()
        else:
            begin = _decoded(value)
            text |= {code: begin[:-1] + chr(ord(begin[-1]) + code - first) for code in codes if begin}
    return text


def _decoded(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "replace")
