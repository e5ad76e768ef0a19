"""The characters of a PDF that no font had: they are boxes on the page, or nothing.

Comparing the PDF's text with the document's does not find them: LibreOffice says in a font's ToUnicode that every
missing glyph is the first missing character. What it is in truth stands beside the text, as ActualText.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pikepdf

from infoscreen.common.glyphs.embedded import Drawn, EmbeddedFont, read_font

UNKNOWN = "\ufffd"
_BLANK_BY_NATURE = frozenset("\u115f\u1160\u3164\uffa0\u2800\u00ad\u034f")
_DEEPEST = 8  # forms within forms
_SHOWS_TEXT = frozenset({"Tj", "TJ", "'", '"'})


def uncovered_characters(pdf: pikepdf.Pdf) -> dict[int, Counter[str]]:
    """The missing characters of each page, by its number from 1; pages that lack none are left out.

    A character whose name cannot be known is UNKNOWN. Only pages are read whose fonts lack something, so a PDF with all
    its characters costs a look at each font.

    Raises:
        pikepdf.PdfError: a page cannot be read.
    """
    fonts: dict[tuple[int, int], EmbeddedFont] = {}
    pages = ((number, _missing(page.obj, fonts, 0)) for number, page in enumerate(pdf.pages, 1))
    return {number: missing for number, missing in pages if missing}


def uncovered_in_file(path: Path) -> dict[int, Counter[str]]:
    """As `uncovered_characters`, of a file."""
    with pikepdf.open(path) as pdf:
        return uncovered_characters(pdf)


def _missing(content: pikepdf.Object, known: dict[tuple[int, int], EmbeddedFont], depth: int) -> Counter[str]:
    """Of a page or a form, and of the forms that it shows."""
    resources = content.get("/Resources", pikepdf.Dictionary())
    fonts = {name: _font(font, known) for name, font in resources.get("/Font", pikepdf.Dictionary()).items()}
    lacking = {name: font for name, font in fonts.items() if font.lacking}
    missing = Counter(_shown(content, lacking)) if lacking else Counter[str]()
    if depth < _DEEPEST:
        for form in resources.get("/XObject", pikepdf.Dictionary()).values():
            if form.get("/Subtype") == "/Form" and "/Resources" in form:
                missing += _missing(form, known, depth + 1)
    return missing


def _font(font: pikepdf.Object, known: dict[tuple[int, int], EmbeddedFont]) -> EmbeddedFont:
    if font.objgen == (0, 0):
        return read_font(font)
    if font.objgen not in known:
        known[font.objgen] = read_font(font)
    return known[font.objgen]


def _shown(content: pikepdf.Object, fonts: Mapping[str, EmbeddedFont]) -> Iterator[str]:
    """Every missing character that a stream of operators shows."""
    font: EmbeddedFont | None = None
    spans: list[str | None] = []  # the actual text of what is marked, innermost last
    operators = pikepdf.parse_content_stream(pikepdf.Page(content) if content.get("/Type") == "/Page" else content)
    for instruction in operators:
        operator, operands = str(instruction.operator), instruction.operands
        if operator == "Tf":
            font = fonts.get(str(operands[0]))
        elif operator in {"BDC", "BMC"}:
            spans.append(_actual_text(operands[1]) if operator == "BDC" else None)
        elif operator == "EMC" and spans:
            spans.pop()
        elif operator in _SHOWS_TEXT and font:
            yield from _of_codes(_codes(operands[-1], font.code_bytes), font, spans[-1] if spans else None)


def _actual_text(properties: pikepdf.Object) -> str | None:
    text = properties.get("/ActualText") if isinstance(properties, pikepdf.Dictionary) else None
    return None if text is None else str(text)


def _codes(shown: pikepdf.Object, size: int) -> list[int]:
    strings = list(shown) if isinstance(shown, pikepdf.Array) else [shown]
    texts = [bytes(string) for string in strings if isinstance(string, pikepdf.String)]
    return [int.from_bytes(text[at : at + size]) for text in texts for at in range(0, len(text), size)]


def _of_codes(codes: list[int], font: EmbeddedFont, actual: str | None) -> Iterator[str]:
    """Of codes that are shown at once. Actual text belongs to all of them, so it counts once."""
    seen = {font.lacking[code] for code in codes if code in font.lacking}
    if actual is not None:
        if Drawn.BOX in seen or (seen and len(seen) == len(set(codes)) and _is_visible(actual)):
            yield actual
        return
    for code in codes:
        drawn, text = font.lacking.get(code), font.text.get(code, UNKNOWN)
        if drawn is Drawn.BOX or (drawn is Drawn.BLANK and text != UNKNOWN and _is_visible(text)):
            yield text


def _is_visible(text: str) -> bool:
    """True when there must be something to see: a letter, a number, a symbol, a punctuation mark."""
    return any(unicodedata.category(one)[0] in "LNPS" and one not in _BLANK_BY_NATURE for one in text)
