"""Compares two files: what the document says, against what the PDF shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unicodedata import category

import pypdfium2

from infoscreen.common.deck_report import DeckReport, Finding, FindingKind
from infoscreen.common.document_types import DocumentType, Family
from infoscreen.common.rendition import MAX_TIMED_PAGES, PageSeconds
from infoscreen.converter.report.facts import WHOLE_DOCUMENT, SourceFacts
from infoscreen.converter.report.fonts import replaced_fonts, slides_of
from infoscreen.converter.report.pages import PdfFacts, read_pdf
from infoscreen.converter.report.source import read_source


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is known of a PDF by its document.

    Attributes:
        report: what it lost.
        page_seconds: how long its pages stay.
    """

    report: DeckReport
    page_seconds: PageSeconds | None


def compare_files(
    source: Path, document_type: DocumentType, page_range: str | None, pdf: Path, document: pypdfium2.PdfDocument
) -> Comparison:
    """Compare a document with its PDF.

    Args:
        source: the document as it was uploaded.
        document_type: its type.
        page_range: of which pages the PDF is, as ``1-3,7``; None for all.
        pdf: the PDF.
        document: the same, open in PDFium.
    """
    with source.open("rb") as file:
        facts = read_source(file, document_type)
    is_deck = document_type.family is Family.PRESENTATION
    slides = _Slides(facts, len(document), page_range)
    boxes = {page: facts.boxes.get(slide, []) for page, slide in enumerate(slides.in_order, 1)}
    report = make_report(facts, read_pdf(pdf, document, boxes), page_range, is_deck=is_deck)
    return Comparison(report, page_seconds(facts, len(document), page_range))


def page_seconds(facts: SourceFacts, pages: int, page_range: str | None) -> PageSeconds | None:
    """How long each page of a PDF stays by its document's own times.

    None where no page has one, where they do not count, or where the pages are not the document's slides.
    """
    slides = _Slides(facts, pages, page_range)
    times = tuple(facts.seconds.get(slide) for slide in slides.in_order)
    return times if any(times) and not facts.turned_by_hand and pages <= MAX_TIMED_PAGES else None


def make_report(facts: SourceFacts, pdf: PdfFacts, page_range: str | None, *, is_deck: bool) -> DeckReport:
    """The report of what was found in both files."""
    slides = _Slides(facts, pdf.pages, page_range)
    fonts = {font: used for font, used in facts.fonts.items() if slides.any_shown(used)}
    replaced = replaced_fonts(fonts, facts.declared, pdf.fonts)
    findings = [
        *_of_pages(pdf, is_deck=is_deck),
        *(
            _on_pages(FindingKind.FONT_REPLACED, slides.pages(slides_of(fonts, font.font)), font.font, font.by)
            for font in replaced
            if not font.same_widths
        ),
        *(
            _on_pages(kind, slides.pages(set(numbers)), detail)
            for (kind, detail), numbers in facts.notes.items()
            if slides.any_shown(set(numbers))
        ),
    ]
    if slides.hidden:
        numbers = ", ".join(map(str, slides.hidden))
        findings.append(Finding(kind=FindingKind.HIDDEN_SLIDE, detail=numbers, count=len(slides.hidden)))
    return DeckReport.of(findings, replaced)


class _Slides:
    """Which page of the PDF a slide is. None is known where the PDF has other pages than the document's slides."""

    def __init__(self, facts: SourceFacts, pages: int, page_range: str | None) -> None:
        outline = facts.outline
        shown = outline.selected(page_range) if outline else []
        self._known = bool(shown) and len(shown) == pages
        self.in_order = shown if self._known else []
        self._page = {slide: page for page, slide in enumerate(self.in_order, 1)}
        self.hidden: list[int] = []  # of a range, its pages were chosen among the slides that are shown
        if outline and self._known and page_range is None:
            self.hidden = [number for number, is_shown in enumerate(outline.shown, 1) if not is_shown]

    def any_shown(self, slides: set[int]) -> bool:
        return not self._known or WHOLE_DOCUMENT in slides or not self._page.keys().isdisjoint(slides)

    def pages(self, slides: set[int]) -> tuple[int, ...]:
        return tuple(sorted(self._page[slide] for slide in slides if slide in self._page))


def _on_pages(kind: FindingKind, pages: tuple[int, ...], detail: str = "", replacement: str | None = None) -> Finding:
    return Finding(
        kind=kind,
        page=pages[0] if pages else None,
        pages=pages,
        detail=detail,
        replacement=replacement,
        count=max(1, len(pages)),
    )


def _told(text: str) -> str:
    """A character, or its number where the reader of the report has no font for it either."""
    return " ".join(f"U+{ord(one):04X}" if category(one) in {"Co", "Cn"} else one for one in text)


def _of_pages(pdf: PdfFacts, *, is_deck: bool) -> Iterator[Finding]:
    """What is wrong on pages: characters and texts by their page, empty pages together."""
    for page, characters in pdf.missing.items():
        kind, shown = FindingKind.MISSING_CHARACTER, " ".join(map(_told, characters))
        yield Finding(kind=kind, page=page, pages=(page,), detail=shown, count=characters.total())
    if is_deck:
        for kind, found in ((FindingKind.TEXT_OFF_PAGE, pdf.off_page), (FindingKind.TEXT_OVER_BOX, pdf.over_box)):
            for page, texts in found.items():
                yield Finding(kind=kind, page=page, pages=(page,), detail=" ".join(texts), count=len(texts))
    if pdf.empty:
        yield _on_pages(FindingKind.EMPTY_PAGE, tuple(pdf.empty))
