"""Empty placeholders of a PowerPoint deck, which PowerPoint shows to its author only.

LibreOffice 7.4 draws those for tables and media: a blue box, a strip of film. Its own tables and media in a placeholder
are other shapes, or have a medium. Runs in the driver, under Debian's Python.
"""

import re
import zipfile
import zlib
from typing import Any

POWERPOINT_FILTER = "Impress MS PowerPoint 2007 XML"
_DRAWN_THOUGH_EMPTY = frozenset({"com.sun.star.presentation.TableShape", "com.sun.star.presentation.MediaShape"})
_SLIDE = re.compile(r"ppt/slides/[^/]+\.xml", re.IGNORECASE)
_PLACEHOLDER = re.compile(rb"""\btype\s*=\s*["'](?:tbl|media)["']""")
_LARGEST_SLIDE_BYTES = 16 * 1024**2


def has_such_placeholders(source: str) -> bool:
    """True when a deck may have some: a look into the file costs a tenth of asking LibreOffice about every shape."""
    try:
        with zipfile.ZipFile(source) as package:
            return any(_names_one(package, name) for name in package.namelist() if _SLIDE.fullmatch(name))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError):
        return False  # what is wrong with it LibreOffice says


def _names_one(package: zipfile.ZipFile, name: str) -> bool:
    with package.open(name) as slide:
        return _PLACEHOLDER.search(slide.read(_LARGEST_SLIDE_BYTES)) is not None


def remove_empty_placeholders(presentation: Any) -> None:
    """Take what is drawn although it is empty off the slides of a loaded presentation."""
    slides = presentation.DrawPages
    for number in range(slides.Count):
        slide = slides.getByIndex(number)
        for index in reversed(range(slide.Count)):
            shape = slide.getByIndex(index)
            kind = shape.ShapeType
            if kind in _DRAWN_THOUGH_EMPTY and not (kind.endswith("MediaShape") and shape.MediaURL):
                slide.remove(shape)
