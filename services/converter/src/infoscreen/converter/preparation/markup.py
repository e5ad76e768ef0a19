"""Reads XML as an engine will, and finds what to delete from it; all other bytes stay as they are.

A subclass looks at each element. What cannot be read is not passed on: from the first fault the rest is deleted, as is
a part in an encoding that parsers disagree about. Names are compared without their prefixes: whatever namespace an
element claims, its local name decides, so a strange declaration hides nothing.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from xml.parsers import expat

from infoscreen.converter.preparation.edits import Edits

_CHUNK_BYTES = 64 * 1024
_TAG = re.compile(rb"""<(?:[^"'>]|"[^"]*"|'[^']*')*+>""")
_ATTRIBUTE = re.compile(rb"""\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*')""")
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_ENCODINGS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
_NOT_MARKUP = b"\x00\t\n\r \xef\xbb\xbf\xfe\xff"  # what may come before the first tag, in any encoding
_EBCDIC_TAG = b"\x4c\x6f\xa7\x94"


class _UnreadableError(Exception):
    """The XML is such that two parsers may understand different things by it."""


def is_markup(head: bytes) -> bool:
    """True when a file with these first bytes may be XML to any parser."""
    rest = head.lstrip(_NOT_MARKUP)
    return rest.startswith((b"<", _EBCDIC_TAG)) or (not rest and bool(head))


def as_utf8(chunks: Iterator[bytes]) -> tuple[Iterator[bytes], bool]:
    """The stream in an encoding whose markup is ASCII, and whether it had to be changed to be so."""
    first = next(chunks, b"")
    rest = _chained(first, chunks)
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _transcoded(rest, "utf-16"), True
    if first.startswith((b"<\x00", b"\x00<")):
        return _transcoded(rest, "utf-16-le" if first[0] else "utf-16-be"), True
    return rest, False


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _transcoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    head = True
    for chunk in chunks:
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError:
            return
        if head and text:
            text, head = _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1), False
        yield text.encode("utf-8", "replace")


class MarkupScanner:
    """One pass over one XML stream.

    Subclasses override `element` and `element_end`, and `watch` the text between.
    """

    def __init__(self) -> None:
        self.edits = Edits()
        self._window, self._window_start = b"", 0
        self.depth = 0  # of the element that is being looked at; the root's is 1
        self._last_event = 0  # where the last tag began
        self._complete = False
        self._deleting: tuple[int, int, int] | None = None  # an element's depth, start, and its end if it is empty
        self._locals: dict[str, str] = {}
        self._parser = parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.XmlDeclHandler = lambda _version, encoding, _standalone: self._declaration(encoding)
        parser.StartDoctypeDeclHandler = lambda _name, _system, _public, subset: self._doctype(subset)
        parser.ProcessingInstructionHandler = lambda target, _data: self._instruction(target)

    def element(self, name: str, attributes: Sequence[str]) -> None:
        """Look at a start tag: its local name, and its attributes as name, value, name, value."""

    def element_end(self) -> None:
        """Look at the end of an element."""

    def scan(self, chunks: Iterable[bytes]) -> Edits:
        """Read all of it, and return what to delete."""
        total, chunks = 0, iter(chunks)
        try:
            for data in self._fed(chunks):
                total += len(data)
                self._parser.Parse(data, False)  # noqa: FBT003 - expat has no keyword arguments
            self._parser.Parse(b"", True)  # noqa: FBT003 - as above
        except (expat.ExpatError, _UnreadableError, ValueError):
            if not self._complete:
                total += sum(map(len, chunks))
                self.edits.delete(self._last_event, total)
        return self.edits

    def local(self, name: str) -> str:
        """A name without its prefix."""
        known = self._locals.get(name)
        if known is None:
            if len(self._locals) > 10_000:  # noqa: PLR2004 - no vocabulary has as many: an attacker's own names
                self._locals.clear()
            known = self._locals[name] = name.rpartition(":")[2]
        return known

    def watch(self, text: Callable[[str], None] | None) -> None:
        """Have text given to this function, or to none, from here on."""
        self._parser.CharacterDataHandler = text

    @property
    def position(self) -> int:
        """Where in the stream the tag or text that is being looked at begins."""
        return self._parser.CurrentByteIndex

    def delete_element(self) -> None:
        """Delete the element being looked at, with all that is in it."""
        tag = self._tag()
        self._deleting = (self.depth, self.position, self.position + len(tag) if tag.endswith(b"/>") else -1)

    def delete_attributes(self, indexes: Iterable[int]) -> None:
        """Delete some of the attributes being looked at, by their place in the tag."""
        start, tag = self.position, self._tag()
        spans = [found.span() for found in _ATTRIBUTE.finditer(tag)]
        for index in indexes:
            self.edits.delete(start + spans[index][0], start + spans[index][1])

    def _fed(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The stream in pieces at least as large as the token that is being read: a long one costs linear time."""
        waiting: list[bytes] = []
        size = 0
        for chunk in chunks:
            waiting.append(chunk)
            size += len(chunk)
            if size >= len(self._window):
                yield self._next(b"".join(waiting))
                waiting, size = [], 0
                at = self._parser.CurrentByteIndex
                self._window, self._window_start = self._window[at - self._window_start :], at
        if waiting:
            yield self._next(b"".join(waiting))

    def _next(self, data: bytes) -> bytes:
        self._window += data
        return data

    def _tag(self) -> bytes:
        found = _TAG.match(self._window, self.position - self._window_start)
        if found is None:
            raise _UnreadableError("a tag without an end")
        return found.group()

    def _start(self, name: str, attributes: Sequence[str]) -> None:
        self._last_event = self.position
        self.depth += 1
        if self._deleting is None:
            self.element(self.local(name), attributes)

    def _end(self, _name: str) -> None:
        self._last_event = self.position
        if self._deleting is None:
            self.element_end()
        elif self._deleting[0] == self.depth:
            _, start, end = self._deleting
            self.edits.delete(start, end if end >= 0 else self.position + len(self._tag()))
            self._deleting = None
        self.depth -= 1
        self._complete = self.depth == 0

    def _declaration(self, encoding: str | None) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise _UnreadableError(f"encoding {encoding}")

    def _doctype(self, internal_subset: int) -> None:
        if internal_subset:
            raise _UnreadableError("it declares its own vocabulary, perhaps with attributes that no tag shows")
        end = self.position  # of expat's last token in it, which is the bracket
        start = self._window.rfind(b"<!DOCTYPE", 0, end - self._window_start)
        if start < 0:
            raise _UnreadableError("a document type declaration longer than any")
        self.edits.delete(self._window_start + start, end + 1)

    def _instruction(self, target: str) -> None:
        if target.startswith("mso-"):  # which program wrote it, and what of a library it is: no engine reads it
            return
        start = self.position
        end = self._window.find(b"?>", start - self._window_start)
        self.edits.delete(start, self._window_start + end + 2)
