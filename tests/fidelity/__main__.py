"""Prints docs/fidelity.md: what is lost of every deck beside the project, and of a page of every script.

GOTENBERG_URL adds what a Gotenberg does otherwise.
"""

import argparse
import asyncio
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from fidelity.measured import Fidelity, measure
from infoscreen.cli.doctor.deck import make as scripts_deck
from infoscreen.cli.requirements import repository_root
from infoscreen.common.document_types import DOCUMENT_FAMILIES, DOCUMENT_TYPES
from infoscreen.common.glyphs.scripts import SCRIPTS
from infoscreen.converter.document import DocumentConverter
from infoscreen.converter.engines.gotenberg import GotenbergConverter

FIGURES = TypeAdapter(list[Fidelity])
SHARED = repository_root().parent / "shared"
HEAD = """# Fidelity

What is left of a deck once it is a PDF, measured by `make fidelity` on Debian 12's LibreOffice: characters that no
font had, fonts that another stood in for, the share of the deck's words that are in the PDF, pages of slides (those
that are shown), pictures of pictures (one of the master or a chart is on the PDF's pages alone). A font counts as
replaced also if the deck names it and writes nothing in it. Words that are split over lines, or joined by marks, are
not found although they are seen.

What other engines make of the same decks follows the table. A Gotenberg that runs on the same machine has its
LibreOffice and fonts, and none of the converter's rules for fonts.

| deck | uncovered | fonts replaced | words | pages | pictures |
|---|--:|---|--:|--:|--:|
"""


def is_deck(path: Path) -> bool:
    found = DOCUMENT_TYPES.get(path.suffix.removeprefix("."))
    return found is not None and found.family in DOCUMENT_FAMILIES


def row(deck: Fidelity) -> str:
    return f"| {' | '.join([deck.name, *figures(deck).values()])} |"


def figures(deck: Fidelity) -> dict[str, str]:
    """The cells of a deck by their columns."""
    return {
        "uncovered": str(deck.uncovered.total()),
        "fonts replaced": ", ".join(deck.replaced or ()),
        "words": "" if deck.words is None else f"{deck.words:.0%}",
        "pages": _of(deck.pages, deck.slides),
        "pictures": _of(deck.pictures, deck.pictures_named),
    }


def _of(found: int, named: int | None) -> str:
    return str(found) if named is None else f"{found} of {named}"


async def measured(engine: DocumentConverter | None = None) -> list[Fidelity]:
    decks = [path for name in ("decks", "cases") for path in sorted((SHARED / name).iterdir()) if is_deck(path)]
    with tempfile.TemporaryDirectory(prefix="fidelity-") as home:
        scripts = Path(home) / f"the doctor's: a page of each of {len(SCRIPTS)} scripts.fodp"
        scripts.write_bytes(scripts_deck())
        return [deck async for deck in measure([scripts, *decks], Path(home), engine)]


def differences(ours: Sequence[Fidelity], theirs: Sequence[Fidelity]) -> Iterator[str]:
    """A line for each figure that another engine has otherwise, or of a deck that one of them cannot convert."""
    by_name = {deck.name: deck for deck in theirs}
    for deck in ours:
        other = by_name.pop(deck.name, None)
        cells = figures(deck)
        others = figures(other) if other else dict.fromkeys(cells, "")
        if other is None:
            yield f"| {deck.name} | | converted | not converted |"
        yield from (
            f"| {deck.name} | {name} | {cell} | {others[name]} |"
            for name, cell in cells.items()
            if other and cell != others[name]
        )
    yield from (f"| {name} | | not converted | converted |" for name in by_name)


def beside(name: str, ours: Sequence[Fidelity], theirs: Sequence[Fidelity]) -> str:
    lines = "\n".join(differences(ours, theirs))
    table = f"| deck | | here | {name} |\n|---|---|--:|--:|\n{lines}" if lines else ""
    return f"\n## Beside {name}\n\nOf {len(theirs)} decks, this is otherwise there:\n\n{table or 'nothing.'}\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fidelity", description=__doc__)
    parser.add_argument("--json", metavar="FILE", type=Path, help="keep the figures, for another run's --beside")
    parser.add_argument("--beside", metavar="NAME=FILE", action="append", default=[], help="figures of another run")
    options = parser.parse_args()
    ours = asyncio.run(measured())
    if options.json:
        options.json.write_bytes(FIGURES.dump_json(ours))
    print(HEAD + "\n".join(map(row, ours)))
    if url := os.environ.get("GOTENBERG_URL"):
        print(beside("Gotenberg", ours, asyncio.run(measured(GotenbergConverter(url, 1)))), end="")
    for name, _, path in (given.partition("=") for given in options.beside):
        print(beside(name, ours, FIGURES.validate_json(Path(path).read_bytes())), end="")


if __name__ == "__main__":
    main()
