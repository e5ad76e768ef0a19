"""Boxes of text on slides, and which of them their text runs out of on the pages of a PDF.

A slide says where a box ends, and the PDF where the text is. They are compared by a box's first and last paragraph, and
only where a page has that text once: what is not found, or is there twice, is not told.
"""

import ctypes
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pypdfium2
from pypdfium2 import raw

_UNWRITTEN = frozenset({0x00, 0x02, 0x09, 0x0A, 0x0D, 0x20, 0xA0, 0xAD, 0xFFFE})  # white space, and PDFium's hyphens
_OVER = 0.5  # of a line: less is not seen


@dataclass(frozen=True, slots=True)
class TextBox:
    """A box with text.

    Attributes:
        top: where it begins, as a share of the slide's height.
        bottom: where it ends.
        first: the paragraph with which its text begins.
        last: the one with which it ends.
    """

    top: float
    bottom: float
    first: str
    last: str


def overrun(page: pypdfium2.PdfPage, boxes: Iterable[TextBox]) -> Iterator[str]:
    """The paragraphs that are at least half a line above or below their boxes; of a box too low for a line, none."""
    text_page = page.get_textpage()
    try:
        text, height = _PageText(text_page), page.get_height()
        for box in boxes:
            above, below = text.find(box.first), text.find(box.last)
            if below and below.bottom < height * (1 - box.bottom) - _OVER * below.line and _holds(box, below, height):
                yield box.last
            elif above and above.top > height * (1 - box.top) + _OVER * above.line and _holds(box, above, height):
                yield box.first
    finally:
        text_page.close()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a paragraph is, and how high its highest line is, in points from the bottom of the page."""

    top: float
    bottom: float
    line: float


def _holds(box: TextBox, place: _Place, height: float) -> bool:
    return height * (box.bottom - box.top) >= place.line


class _PageText:
    """The text of a page, without white space: its lines break elsewhere than in the file."""

    def __init__(self, text_page: pypdfium2.PdfTextPage) -> None:
        self._page = text_page
        codes = ((index, raw.FPDFText_GetUnicode(text_page, index)) for index in range(text_page.count_chars()))
        written = [(index, chr(code)) for index, code in codes if code not in _UNWRITTEN]
        self._indexes = [index for index, _ in written]
        self._text = "".join(character for _, character in written)

    def find(self, paragraph: str) -> _Place | None:
        """Where a paragraph is; None if it is not there, or not only once."""
        wanted = "".join(one for one in paragraph if ord(one) not in _UNWRITTEN)
        begin = self._text.find(wanted) if wanted else -1
        if begin < 0 or self._text.find(wanted, begin + 1) >= 0:
            return None
        first, last = self._indexes[begin], self._indexes[begin + len(wanted) - 1]
        lines = [self._line(index) for index in range(raw.FPDFText_CountRects(self._page, first, last - first + 1))]
        if not lines:
            return None
        tops, bottoms = zip(*lines, strict=True)
        return _Place(max(tops), min(bottoms), max(top - bottom for top, bottom in lines))

    def _line(self, index: int) -> tuple[float, float]:
        left, top, right, bottom = (ctypes.c_double() for _ in range(4))
        raw.FPDFText_GetRect(self._page, index, left, top, right, bottom)
        return top.value, bottom.value
