"""What a PDF shows of its pages: its fonts, characters that none of them had, empty pages, text off a page or a box."""

import ctypes
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pypdfium2
from pypdfium2 import raw

from infoscreen.common.glyphs.uncovered import uncovered_characters
from infoscreen.converter.report.boxes import TextBox, overrun

_MOST_PAGES = 500  # that are looked at; more of them are no deck
_TOLERANCE_POINTS = 3.0
_LONGEST_TEXT_BYTES = 512


@dataclass
class PdfFacts:
    """What was found, by the number of the page, counted from 1."""

    pages: int = 0
    fonts: set[str] = field(default_factory=set)
    missing: dict[int, Counter[str]] = field(default_factory=dict)
    empty: list[int] = field(default_factory=list)
    off_page: dict[int, list[str]] = field(default_factory=dict)
    over_box: dict[int, list[str]] = field(default_factory=dict)


def read_pdf(path: Path, document: pypdfium2.PdfDocument, boxes: Mapping[int, Sequence[TextBox]]) -> PdfFacts:
    """Look at a PDF, which is open in PDFium as well.

    Args:
        path: the PDF.
        document: the same, in PDFium.
        boxes: those of which is known where they are, by page.
    """
    facts = PdfFacts(len(document))
    try:
        with pikepdf.open(path) as content:
            fonts = {font.objgen: font for page in content.pages for font in _fonts(page)}
            facts.fonts = {str(font.get("/BaseFont", ""))[1:].rpartition("+")[2] for font in fonts.values()}
            facts.missing = uncovered_characters(content)
    except pikepdf.PdfError:
        pass  # PDFium reads what qpdf does not
    for number in range(min(facts.pages, _MOST_PAGES)):
        _look_at(document, number, boxes.get(number + 1, ()), facts)
    return facts


def _fonts(page: pikepdf.Page) -> Iterator[pikepdf.Object]:
    resources = page.obj.get("/Resources", pikepdf.Dictionary())
    yield from resources.get("/Font", pikepdf.Dictionary()).values()


def _look_at(document: pypdfium2.PdfDocument, number: int, boxes: Sequence[TextBox], facts: PdfFacts) -> None:
    page = document[number]
    try:
        empty, off = _judged(page)
        if empty:
            facts.empty.append(number + 1)
        if off:
            facts.off_page[number + 1] = off
        if boxes and (over := list(overrun(page, boxes))):
            facts.over_box[number + 1] = over
    finally:
        page.close()


def _judged(page: pypdfium2.PdfPage) -> tuple[bool, list[str]]:
    """Whether there is nothing but a background on a page, and the texts that are not wholly on it."""
    left, bottom, right, top = page.get_bbox()
    sides = [ctypes.c_float() for _ in range(4)]
    empty, off = True, []
    for index in range(raw.FPDFPage_CountObjects(page)):
        item = raw.FPDFPage_GetObject(page, index)
        kind = raw.FPDFPageObj_GetType(item)
        if not raw.FPDFPageObj_GetBounds(item, *sides):
            continue
        x1, y1, x2, y2 = (side.value for side in sides)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            if x2 <= x1:
                continue  # a field without text
            beyond = max(left - x1, bottom - y1, x2 - right, y2 - top)
            if beyond > _TOLERANCE_POINTS:
                off.append(item)
        elif kind == raw.FPDF_PAGEOBJ_PATH and _covers((x1, y1, x2, y2), (left, bottom, right, top)):
            continue
        empty = False
    return empty, _texts(page, off) if off else []


def _covers(box: tuple[float, ...], page: tuple[float, ...]) -> bool:
    tolerance = _TOLERANCE_POINTS
    near, far = zip(box[:2], page[:2], strict=True), zip(box[2:], page[2:], strict=True)
    return all(a <= b + tolerance for a, b in near) and all(a >= b - tolerance for a, b in far)


def _texts(page: pypdfium2.PdfPage, items: list[object]) -> list[str]:
    text_page = page.get_textpage()
    try:
        found = [_text(text_page, item) for item in items]
    finally:
        text_page.close()
    return [text for text in found if text]


def _text(text_page: pypdfium2.PdfTextPage, item: object) -> str:
    buffer = (ctypes.c_ushort * (_LONGEST_TEXT_BYTES // 2))()
    size = raw.FPDFTextObj_GetText(item, text_page, buffer, _LONGEST_TEXT_BYTES)
    if not 2 < size <= _LONGEST_TEXT_BYTES:  # noqa: PLR2004 - more than the zero at the end
        return ""
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace").strip()
