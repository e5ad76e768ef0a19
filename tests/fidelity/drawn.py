"""What a PDF shows: its words, its fonts, its pages, its pictures, and the characters that no font had."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pypdfium2

from fidelity.source import WORD
from infoscreen.common.glyphs.embedded import read_font
from infoscreen.common.glyphs.uncovered import uncovered_characters


@dataclass
class Drawn:
    """What was found."""

    pages: int
    words: Counter[str]
    fonts: set[str]
    pictures: int
    uncovered: Counter[str]


def read(pdf: Path) -> Drawn:
    with pikepdf.open(pdf) as content:
        fonts = {read_font(font).name for page in content.pages for font in page.resources.get("/Font", {}).values()}
        uncovered = sum(uncovered_characters(content).values(), Counter())
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = [page.get_textpage().get_text_bounded() for page in document]
        kinds = [one.type for page in document for one in page.get_objects(max_depth=6)]
    finally:
        document.close()
    words = Counter(WORD.findall("\n".join(texts).replace("\ufffe", "")))
    return Drawn(len(texts), words, fonts, kinds.count(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE), uncovered)
