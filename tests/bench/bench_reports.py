"""What a deck report costs, held against the conversion of the same small decks by a warm LibreOffice.

    python tests/bench/bench_reports.py [--quick] [--json FILE]

Deck by deck the engine converts and the report is made, in turns, so that whatever else the machine does hits both.
The median deck counts, and each deck's median round.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
from bench_decks import Deck, small_decks
from contenders import Engine
from report import Figure, main

from infoscreen.converter.report.make import compare_files

BAR = 0.1


def measure(quick: bool) -> Iterator[Figure]:
    """The share of a conversion, and the time itself."""
    decks, rounds = (2, 1) if quick else (16, 7)
    seconds = asyncio.run(_measured(small_decks(None, decks), rounds))
    share = statistics.median(report / conversion for conversion, report in seconds)
    yield Figure("reports", "report / conversion by the pool, median of small decks", share, "", BAR, at_least=False)
    yield Figure("reports", "report of a small deck, median", 1000 * statistics.median(one for _, one in seconds), "ms")


async def _measured(decks: list[Deck], rounds: int) -> list[tuple[float, float]]:
    """Seconds of the conversion and of the report, of each deck."""
    engine = Engine("pool")
    await engine.start()
    try:
        with tempfile.TemporaryDirectory(prefix="bench-reports-") as folder:
            pdf = Path(folder) / "deck.pdf"
            return [await _of_deck(engine, deck, pdf, rounds) for deck in decks]
    finally:
        await engine.stop()


async def _of_deck(engine: Engine, deck: Deck, pdf: Path, rounds: int) -> tuple[float, float]:
    conversions, reports = [], []
    for _ in range(rounds + 1):
        conversions.append(await engine.convert(deck, pdf))
        document = pypdfium2.PdfDocument(pdf)
        begun = time.perf_counter()
        compare_files(deck.path, deck.document_type, None, pdf, document)
        reports.append(time.perf_counter() - begun)
        document.close()
    return statistics.median(conversions[1:]), statistics.median(reports[1:])


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
