"""Whether a document has text to show, read from its file: a rendition of blank pages is then no rendition of it.

Read from the package of presentations and texts, and from flat ODF. Spreadsheets may hide whole sheets, and binary
documents keep their text in records that only an engine follows: of those nothing is claimed.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO
from xml.parsers import expat

from infoscreen.common.document_types import DocumentType, Family
from infoscreen.common.formats.package import DamagedPackageError, Package

_CHUNK_BYTES = 256 * 1024
_OOXML_CONTENT = re.compile(r"ppt/slides/[^/]+\.xml|word/document\.xml")


def has_text(file: BinaryIO, document_type: DocumentType) -> bool:
    """True where a document has text that a reader would expect on its pages; False where that cannot be told.

    Args:
        file: of a document that `inspection` admitted, so its XML is bounded and declares no entities.
        document_type: its type.
    """
    if document_type.family not in (Family.PRESENTATION, Family.TEXT):
        return False
    file.seek(0)
    try:
        if document_type.media_type.endswith("-flat-xml"):
            return _shows_text(iter(lambda: file.read(_CHUNK_BYTES), b""), _OpenDocumentReader())
        if file.read(2) != b"PK":
            return False
        package = Package(file)
        if content := package.find("content.xml"):
            return _shows_text(package.unpacked(content), _OpenDocumentReader())
        parts = [entry for entry in package.entries if _OOXML_CONTENT.fullmatch(entry.filename)]
        return any(_shows_text(package.unpacked(part), _OpenXmlReader()) for part in parts)
    except (expat.ExpatError, DamagedPackageError):
        return False


def _shows_text(chunks: Iterable[bytes], reader: "_TextReader") -> bool:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reader.begin, reader.end
    parser.CharacterDataHandler = reader.characters
    for chunk in chunks:
        parser.Parse(chunk, False)  # noqa: FBT003 - expat has no keyword arguments
        if reader.found:
            return True
    return False


class _TextReader:
    """Follows the elements of a piece of XML, whatever their namespaces: a damaged one is what is looked for.

    Attributes:
        found: True once there was text that is shown.
    """

    text_elements: frozenset[str]

    def __init__(self) -> None:
        self.found = False
        self._open: Counter[str] = Counter()

    def begin(self, qualified: str, attributes: dict[str, str]) -> None:
        name = _local(qualified)
        self.look(name, {_local(key): value for key, value in attributes.items()})
        self._open[name] += 1

    def end(self, qualified: str) -> None:
        self._open[_local(qualified)] -= 1

    def characters(self, text: str) -> None:
        self.found = self.found or (bool(text.strip()) and self.is_open(self.text_elements) and self.is_shown())

    def is_open(self, names: Iterable[str]) -> bool:
        """True within one of these elements."""
        return any(self._open[name] > 0 for name in names)

    def look(self, name: str, attributes: dict[str, str]) -> None:
        """Notice what an element says of others."""
        raise NotImplementedError

    def is_shown(self) -> bool:
        """True where text is drawn."""
        raise NotImplementedError


class _OpenXmlReader(_TextReader):
    """Reads a slide, or a text: no hidden slide, no hidden shape, no field."""

    text_elements = frozenset({"t"})
    _hidden_slide = _hidden_shape = False

    def look(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sld":
            self._hidden_slide = attributes.get("show") in {"0", "false", "off"}
        elif name == "cNvPr":
            self._hidden_shape = attributes.get("hidden") in {"1", "true", "on"}

    def is_shown(self) -> bool:
        return not (self._hidden_slide or self._hidden_shape or self.is_open({"fld"}))


class _OpenDocumentReader(_TextReader):
    """Reads the body: no hidden slide, no notes, no comments, nothing deleted."""

    text_elements = frozenset({"p", "h"})
    _unshown = frozenset({"notes", "tracked-changes", "annotation"})
    _hidden_slide, _style = False, ""

    def __init__(self) -> None:
        super().__init__()
        self._hidden_styles: set[str] = set()

    def look(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style":
            self._style = attributes.get("name", "")
        elif name == "drawing-page-properties" and attributes.get("visibility") == "hidden":
            self._hidden_styles.add(self._style)
        elif name == "page":
            self._hidden_slide = attributes.get("style-name") in self._hidden_styles

    def is_shown(self) -> bool:
        return self.is_open({"body"}) and not (self._hidden_slide or self.is_open(self._unshown))


def _local(qualified: str) -> str:
    return qualified.rpartition(" ")[2]
