"""The slides of a presentation as its file lists them, before an engine opens it: which are hidden.

Read from the package of OOXML and from the content of ODF, zipped or flat. A binary presentation keeps its slides in
records that only an engine follows, so it has no outline here.
"""

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

from infoscreen.common.document_types import DocumentType, Family
from infoscreen.common.formats.package import Package

_CHUNK_BYTES = 256 * 1024
_OFFICE_RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"
_DRAW_PAGE = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0 page"
_DRAW_STYLE_NAME = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0 style-name"
_STYLE = "urn:oasis:names:tc:opendocument:xmlns:style:1.0 style"
_STYLE_NAME = "urn:oasis:names:tc:opendocument:xmlns:style:1.0 name"
_PAGE_PROPERTIES = "urn:oasis:names:tc:opendocument:xmlns:style:1.0 drawing-page-properties"
_VISIBILITY = "urn:oasis:names:tc:opendocument:xmlns:presentation:1.0 visibility"


@dataclass(frozen=True, slots=True)
class Outline:
    """The slides of a presentation, in order: True where a slide is shown, False where it is hidden."""

    shown: tuple[bool, ...]

    def selected(self, page_range: str | None) -> list[int]:
        """The numbers of the slides that are the pages of a range, as ``1-3,7``; a hidden slide is no page."""
        pages = [number for number, is_shown in enumerate(self.shown, 1) if is_shown]
        if page_range is None:
            return pages
        ranges = [part.partition("-") for part in page_range.split(",")]
        chosen = {n for first, _, last in ranges for n in range(int(first), min(int(last or first), len(pages)) + 1)}
        return [pages[page - 1] for page in sorted(chosen)]

    def shows(self, page_range: str | None) -> bool:
        """True where a range has a page."""
        return bool(self.selected(page_range))


def read_outline(file: BinaryIO, document_type: DocumentType) -> Outline | None:
    """The slides of a presentation; None where the file does not tell.

    Args:
        file: of a document that `inspection` admitted, so its XML is bounded and declares no entities.
        document_type: its type.
    """
    if document_type.family is not Family.PRESENTATION:
        return None
    try:
        if document_type.media_type.endswith("-flat-xml"):
            file.seek(0)
            return _of_odf(iter(lambda: file.read(_CHUNK_BYTES), b""))
        file.seek(0)
        if file.read(2) != b"PK":
            return None
        package = Package(file)
        if content := package.find("content.xml"):
            return _of_odf(package.unpacked(content))
        return _of_ooxml(package)
    except expat.ExpatError:  # an engine may still read it, or refuse it
        return None


def _of_ooxml(package: Package) -> Outline | None:
    slides = slide_parts(package)
    return None if slides is None else Outline(tuple(not _is_hidden(package, name) for name in slides))


def slide_parts(package: Package) -> list[str] | None:
    """The names of a PPTX's slides in its package, in order; None where the file does not tell.

    Raises:
        xml.parsers.expat.ExpatError: it is not well-formed.
    """
    main, links = package.find("ppt/presentation.xml"), package.find("ppt/_rels/presentation.xml.rels")
    if main is None or links is None:
        return None
    targets = {
        attributes["Id"]: posixpath.normpath(posixpath.join("/ppt", attributes["Target"])).removeprefix("/")
        for name, attributes in elements(package.unpacked(links))
        if name.endswith(" Relationship") and {"Id", "Target"} <= attributes.keys()
    }
    return [
        targets.get(attributes.get(_OFFICE_RELATIONSHIP, ""), "")
        for name, attributes in elements(package.unpacked(main))
        if name.endswith(" sldId")
    ]


def _is_hidden(package: Package, name: str) -> bool:
    """True where the root element of a slide says that it is not shown."""
    entry = package.find(name)
    if entry is None:
        return False
    _, attributes = next(elements(package.unpacked(entry)), ("", {}))
    return attributes.get("show") in {"0", "false", "off"}


def _of_odf(chunks: Iterable[bytes]) -> Outline:
    hidden_styles: set[str] = set()
    shown: list[bool] = []
    style = ""
    for name, attributes in elements(chunks):
        if name == _STYLE:
            style = attributes.get(_STYLE_NAME, "")
        elif name == _PAGE_PROPERTIES and attributes.get(_VISIBILITY) == "hidden":
            hidden_styles.add(style)
        elif name == _DRAW_PAGE:
            shown.append(attributes.get(_DRAW_STYLE_NAME) not in hidden_styles)
    return Outline(tuple(shown))


def elements(chunks: Iterable[bytes]) -> Iterator[tuple[str, dict[str, str]]]:
    """The elements that begin in a piece of XML, each as "namespace name" with its attributes."""
    parser = expat.ParserCreate(namespace_separator=" ")
    begun: list[tuple[str, dict[str, str]]] = []
    parser.StartElementHandler = lambda name, attributes: begun.append((name, attributes))
    for chunk in chunks:
        parser.Parse(chunk, False)  # noqa: FBT003 - expat has no keyword arguments
        yield from begun
        begun.clear()
    parser.Parse(b"", True)  # noqa: FBT003 - as above; a document that is cut has no outline
