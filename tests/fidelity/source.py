"""What a deck says of itself: its words, its fonts, its slides, its pictures. Open XML and OpenDocument only."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
SLIDES = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
ODF = "{urn:oasis:names:tc:opendocument:xmlns:"
TEXT, DRAW, STYLE = f"{ODF}text:1.0}}", f"{ODF}drawing:1.0}}", f"{ODF}style:1.0}}"
FONT_FAMILY = (f"{ODF}svg-compatible:1.0}}font-family", f"{ODF}xsl-fo-compatible:1.0}}font-family")
WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass
class Source:
    """What should be found again. Slides are those that are shown; None is what cannot be told."""

    words: list[str] = field(default_factory=list)
    fonts: set[str] = field(default_factory=set)
    slides: int | None = None
    pictures: int | None = None


def read(path: Path) -> Source | None:
    """Of a deck; None where its format is not read here, such as PowerPoint's old one."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            if "ppt/presentation.xml" in package.namelist():
                return _of_powerpoint(package)
            if "content.xml" in package.namelist():
                return _of_opendocument(ET.fromstring(package.read("content.xml")))  # noqa: S314 - a deck of ours
    if path.suffix == ".fodp":
        return _of_opendocument(ET.parse(path).getroot())  # noqa: S314 - as above
    return None


def _of_powerpoint(package: zipfile.ZipFile) -> Source:
    source = Source(slides=0, pictures=0)
    for name in _slide_names(package):
        root = ET.fromstring(package.read(name))  # noqa: S314 - as above
        if root.get("show") in {"0", "false"}:
            continue
        source.slides += 1
        source.pictures += len(list(root.iter(f"{SLIDES}pic")))
        text = "\n".join("".join(t.text or "" for t in p.iter(f"{DRAWING}t")) for p in root.iter(f"{DRAWING}p"))
        source.words += WORD.findall(text)
        faces = (one.get("typeface", "") for one in root.iter() if one.tag.startswith(DRAWING))
        source.fonts |= {face for face in faces if face and not face.startswith("+")}
    return source


def _slide_names(package: zipfile.ZipFile) -> Iterator[str]:
    """In the order in which they are shown."""
    relations = ET.fromstring(package.read("ppt/_rels/presentation.xml.rels"))  # noqa: S314 - as above
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    presentation = ET.fromstring(package.read("ppt/presentation.xml"))  # noqa: S314 - as above
    for slide in presentation.iter(f"{SLIDES}sldId"):
        yield posixpath.normpath(posixpath.join("ppt", targets[slide.get(f"{RELATION}id")])).lstrip("/")


def _of_opendocument(root: ET.Element) -> Source:
    pages = list(root.iter(f"{DRAW}page"))
    for page in pages:
        for notes in page.findall(f"{ODF}presentation:1.0}}notes"):
            page.remove(notes)
    text = "\n".join("".join(p.itertext()) for page in pages for p in page.iter(f"{TEXT}p"))
    families = (one.get(name, "") for one in root.iter() for name in FONT_FAMILY)
    pictures = sum(1 for page in pages for _ in page.iter(f"{DRAW}image"))
    fonts = {family.split(",")[0].strip("'\" ") for family in families if family}
    return Source(WORD.findall(text), fonts, len(pages), pictures)
