"""Decks, drawn as the converter does it, against what they say of themselves."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fidelity import drawn, source
from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.document_types import identify
from infoscreen.common.errors import PermanentError
from infoscreen.converter.document import DocumentConverter
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.pdf import PdfInspector

DEADLINE_SECONDS = 120
# Cuts that a PDF's names of fonts end with, and what LibreOffice adds to them.
CUT = re.compile(r"-(Regular|Bold|Italic|BoldItalic|Oblique|Book).*|-VKana$")


@dataclass
class Fidelity:
    """One deck. A figure that cannot be told is None.

    Attributes:
        uncovered: characters that no font had. replaced: fonts that the deck names and the PDF does not have.
        words: the share of the deck's words that are in the PDF. pages: of the PDF. slides: of the deck.
        pictures: on the PDF's pages; pictures_named: on the deck's slides. fonts: of the PDF.
    """

    name: str
    uncovered: Counter[str]
    pages: int
    pictures: int
    fonts: set[str]
    replaced: list[str] | None = None
    words: float | None = None
    slides: int | None = None
    pictures_named: int | None = None


async def measure(
    decks: Iterable[Path], folder: Path, engine: DocumentConverter | None = None
) -> AsyncIterator[Fidelity]:
    """Of each deck that an engine can convert, by default LibreOffice of this machine; the others are left out."""
    engine = engine or LibreOfficeConverter(1, folder, spares=1)
    inspector = PdfInspector(folder)
    await engine.start()
    try:
        for deck in decks:
            with deck.open("rb") as file:
                document_type = identify(file, deck.name)
            staged, pdf = folder / "deck", folder / "deck.pdf"
            staged.unlink(missing_ok=True)
            staged.write_bytes(deck.read_bytes())
            try:
                await engine.convert(staged, pdf, document_type, ConversionOptions(), DEADLINE_SECONDS)
                await inspector.inspect(pdf, folder / "thumbnail")
            except PermanentError:
                continue
            yield compared(deck.name, source.read(deck), drawn.read(pdf))
    finally:
        await inspector.close()
        await engine.close()


def compared(name: str, deck: source.Source | None, pdf: drawn.Drawn) -> Fidelity:
    result = Fidelity(name, pdf.uncovered, pdf.pages, pdf.pictures, pdf.fonts)
    if deck is not None:
        result.replaced = replaced(deck.fonts, pdf.fonts)
        result.words = found(deck.words, pdf.words) if deck.words else None
        result.slides, result.pictures_named = deck.slides, deck.pictures
    return result


def replaced(named: Iterable[str], embedded: Iterable[str]) -> list[str]:
    """Those of the named fonts that are not among the embedded ones."""
    there = {_plain(CUT.sub("", font)) for font in embedded}
    return sorted(font for font in named if _plain(font) not in there)


def found(words: Sequence[str], drawn_words: Counter[str]) -> float:
    """The share of the words that are there, each as often as it is named."""
    wanted = Counter(words)
    return sum((wanted & drawn_words).values()) / len(words)


def _plain(font: str) -> str:
    return re.sub(r"[\s-]", "", font).lower()
