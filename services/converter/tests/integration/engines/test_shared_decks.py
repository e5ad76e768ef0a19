"""Real presentations end as their list says."""

import csv

import pytest
import pytest_asyncio

from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.errors import PermanentError
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.pdf import PdfInspector
from infoscreen.converter.preparation.preparer import DocumentPreparer
from infoscreen.converter.source_inspector import SourceInspector

pytestmark = pytest.mark.asyncio(loop_scope="module")

SLOW_SECONDS = 1.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outcome_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("decks")
    engine, sources, pdfs = LibreOfficeConverter(2, folder), SourceInspector(folder), PdfInspector(folder)
    preparer = DocumentPreparer(folder)
    await engine.start()
    await preparer.start()
    await pdfs.start()

    async def outcome(deck) -> str:
        source, pdf = folder / deck.name, folder / f"{deck.name}.pdf"
        source.write_bytes(deck.read_bytes())
        try:
            document_type = (await sources.inspect(source, deck.name)).document_type
            source = await preparer.prepare(source)
            await engine.convert(source, pdf, document_type, ConversionOptions(), deadline_seconds=200)
            summary = await pdfs.inspect(pdf, folder / "page1.webp")
        except PermanentError as error:
            return f"failed:{error.reason}"
        return "ready" if summary.pages and (folder / "page1.webp").stat().st_size else "no pages"

    yield outcome
    await engine.close()
    await sources.close()
    await preparer.close()
    await pdfs.close()


def listed(decks, *, slow: bool):
    with (decks / "expected.tsv").open() as table:
        for row in csv.DictReader(table, delimiter="\t"):
            if (float(row["libreoffice_seconds"] or 0) > SLOW_SECONDS) is slow:
                yield decks / row["file"], row["expected"]


async def test_every_quick_deck_ends_as_listed(decks, outcome_of):
    expected = {deck.name: ending for deck, ending in listed(decks, slow=False)}
    assert {deck.name: await outcome_of(deck) for deck, _ in listed(decks, slow=False)} == expected


@pytest.mark.exhaustive
async def test_every_slow_deck_ends_as_listed(decks, outcome_of):
    expected = {deck.name: ending for deck, ending in listed(decks, slow=True)}
    assert {deck.name: await outcome_of(deck) for deck, _ in listed(decks, slow=True)} == expected
