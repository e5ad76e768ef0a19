"""What of OpenDocument and of SVG leads out of the document.

Only hyperlinks, fragments, and what embeds a member of the package may refer to anything. Every other attribute is
looked at as well, because form controls and settings take any property by name.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Protocol

from infoscreen.converter.preparation.markup import MarkupScanner
from infoscreen.converter.preparation.references import (
    Members,
    formula_leads_out,
    head_of,
    is_picture_data,
    is_web_address,
    leads_out,
)

_HYPERLINKS = frozenset({"a", "area-rectangle", "area-circle", "area-polygon"})
_EMBEDDING = frozenset(
    {
        *("image", "object", "object-ole", "audio", "feImage"),
        *("fill-image", "background-image", "list-level-style-image", "font-face-uri"),
    }
)
_REFERENCES = frozenset({"href", "src", "image-data", "codebase", "code", "archive"})
_SOURCES = frozenset({"datasource", "database-name", "dde-application", "dde-topic", "dde-item"})
# Names, and text for people: nothing opens them.
_INERT = frozenset(
    {
        *("name", "display-name", "title", "label", "string-value"),
        *("about", "resource", "datatype", "Algorithm", "URI", "Type", "role", "arcrole", "transformation"),
    }
)
# Without a reference LibreOffice refuses the document that has the first. A PDF plays no film, and LibreOffice 7.4
# waits 20 s for a picture of each one that its player cannot open; the picture that stands for it stays.
_GO_WHOLE = frozenset({"library-linked", "plugin"})
_PROPERTIES = frozenset({"property", "list-value", "param"})  # of controls and plug-ins: their values may be anything
_SUSPECT = re.compile(r"[/\\%(#:@]")  # without any of these a value leads nowhere, whatever it is
_CSS_REFERENCE = re.compile(r"@import|url\((?!['\"]?#)", re.IGNORECASE)
# How LibreOffice writes, into each presentation's settings, where its own palettes are.
_OWN_PALETTES = re.compile(
    r"(?:\$\((?:user|inst|brandbaseurl)\)/(?:config/standard\.so\w|(?:share|Resources|presets)/\w+)(?:;|%3B)?)+"
)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]+")
_MOST_NAMES = 10_000
_PIECE_CHARACTERS = 64 * 1024


class EmbeddedFile(Protocol):
    """A file within a file."""

    def write(self, content: bytes) -> object:
        """Take the next bytes of it."""

    def may_stay(self) -> bool:
        """After the last: False when it leads out of the document itself."""


class OpenDocumentScanner(MarkupScanner):
    """Finds what leads out of one XML file of an OpenDocument, or of a flat one.

    Args:
        members: of the package; none where there is no package, and then only fragments stay inside.
        folder: of this file in the package, empty or ending in a slash.
        embedded: makes a place for what a flat file holds as base64.
    """

    def __init__(self, members: Members, folder: str = "", embedded: Callable[[], EmbeddedFile] | None = None) -> None:
        super().__init__()
        self._members = members
        self._folder = folder
        self._make_embedded = embedded
        self._watched: _Watched | None = None
        self._harmless_names: set[str] = set()  # of attributes whose values alone decide

    def element(self, name: str, attributes: Sequence[str]) -> None:
        """See MarkupScanner."""
        if self._watched is not None:
            self._watched.element()
        elif (watched := self._watched_as(name, attributes)) is not None:
            self._watched = watched
            self.watch(self._text)
        if self._harmless_names.issuperset(attributes[::2]) and not _SUSPECT.search(" ".join(attributes[1::2])):
            return
        if name in _GO_WHOLE or (name == "table" and _is_sheet_of_another_document(attributes)):
            self.delete_element()
            return
        outward = [
            index // 2
            for index in range(0, len(attributes), 2)
            if self._leads_out(name, attributes[index], attributes[index + 1])
        ]
        if outward:
            self.delete_attributes(outward)

    def element_end(self) -> None:
        """See MarkupScanner."""
        watched = self._watched
        if watched is not None and watched.depth == self.depth:
            if watched.start >= 0 and not watched.may_stay():
                self.edits.delete(watched.start, self.position)
            self.watch(None)
            self._watched = None

    def _text(self, data: str) -> None:
        if self._watched is not None:
            if self._watched.start < 0:
                self._watched.start = self.position
            self._watched.text(data)

    def _watched_as(self, name: str, attributes: Sequence[str]) -> "_Watched | None":
        if name == "config-item" and "base64Binary" not in attributes:
            return _Setting(self.depth)
        if name == "style":
            return _StyleSheet(self.depth)
        if name == "binary-data" and self._make_embedded is not None:
            return _Base64(self.depth, self._make_embedded())
        return None

    def _leads_out(self, element: str, attribute: str, value: str) -> bool:
        name = self.local(attribute)
        if not attribute.startswith("xmlns"):
            if name in _REFERENCES:
                return bool(value) and not self._may_refer(element, value)
            if name in _SOURCES or attribute == "xml:base":
                return bool(value)
        if len(self._harmless_names) < _MOST_NAMES:
            self._harmless_names.add(attribute)
        if attribute.startswith("xmlns") or (name in _INERT and element not in _PROPERTIES):
            return False
        return _value_leads_out(name, value)

    def _may_refer(self, element: str, value: str) -> bool:
        if element in _HYPERLINKS or value.startswith("#"):
            return True
        if element == "event-listener":
            return is_web_address(value)
        if element == "chart":
            return value == ".."  # to the document that contains the chart, whose cells it shows
        if element in _EMBEDDING:
            return self._members.contain(value, self._folder) or is_picture_data(value)
        return False


def _value_leads_out(name: str, value: str) -> bool:
    if not _SUSPECT.search(value):
        return False
    if name == "formula":
        return formula_leads_out(value)
    return leads_out(value) or _CSS_REFERENCE.search("".join(head_of(value).split())) is not None


def _is_sheet_of_another_document(attributes: Sequence[str]) -> bool:
    """True for the copy of a sheet that formulas take values from, which is called 'document'#$sheet."""
    return any(value.lstrip().startswith("'") and "#" in value for value in attributes[1::2])


class _Watched:
    """An element whose text is looked at."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.start = -1  # of its text
        self._pieces: list[str] = []
        self._divided = False

    def element(self) -> None:
        """It contains an element, so which text an engine will take for its own is unsure."""
        self._divided = True

    def text(self, data: str) -> None:
        self._pieces.append(data)

    def may_stay(self) -> bool:
        raise NotImplementedError


class _Setting(_Watched):
    def may_stay(self) -> bool:
        text = "".join(self._pieces).strip()
        return not self._divided and (
            _OWN_PALETTES.fullmatch(text) is not None or not (leads_out(text) or "$(" in text)
        )


class _StyleSheet(_Watched):
    def may_stay(self) -> bool:
        return _CSS_REFERENCE.search("".join("".join(self._pieces).split())) is None


class _Base64(_Watched):
    """Binary data; decoded as it comes, since there may be a lot of it."""

    def __init__(self, depth: int, file: EmbeddedFile) -> None:
        super().__init__(depth)
        self._file = file
        self._characters = 0
        self._rest = ""
        self._ended = False

    def text(self, data: str) -> None:
        self._pieces.append(data)
        self._characters += len(data)
        if self._characters > _PIECE_CHARACTERS:
            self._decode()

    def may_stay(self) -> bool:
        self._decode()
        return not self._divided and self._file.may_stay()

    def _decode(self) -> None:
        text = self._rest + _NOT_BASE64.sub("", "".join(self._pieces))
        self._pieces, self._characters = [], 0
        whole = len(text) // 4 * 4
        groups, self._rest = text[:whole], text[whole:]
        self._divided |= (self._ended and bool(groups)) or "=" in groups.rstrip("=")
        self._ended |= groups.endswith("=")
        self._file.write(b64decode(groups.split("=")[0] + "=" * (-len(groups.split("=")[0]) % 4)))
