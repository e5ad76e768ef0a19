"""Prints docs/fidelity.md: what is lost of every deck beside the project, and of a page of every script."""

import asyncio
import sys
import tempfile
from pathlib import Path

from fidelity.measured import Fidelity, measure
from infoscreen.cli.doctor.deck import make as scripts_deck
from infoscreen.cli.requirements import repository_root
from infoscreen.common.document_types import DOCUMENT_FAMILIES, DOCUMENT_TYPES
from infoscreen.common.glyphs.scripts import SCRIPTS

SHARED = repository_root().parent / "shared"
HEAD = """# Fidelity

What is left of a deck once it is a PDF, measured by `make fidelity` on Debian 12's LibreOffice: characters that no
font had, fonts that another stood in for, the share of the deck's words that are in the PDF, pages of slides (those
that are shown), pictures of pictures (one of the master or a chart is on the PDF's pages alone). A font counts as
replaced also if the deck names it and writes nothing in it. Words that are split over lines, or joined by marks, are
not found although they are seen.

| deck | uncovered | fonts replaced | words | pages | pictures |
|---|--:|---|--:|--:|--:|
"""


def is_deck(path: Path) -> bool:
    found = DOCUMENT_TYPES.get(path.suffix.removeprefix("."))
    return found is not None and found.family in DOCUMENT_FAMILIES


def row(deck: Fidelity) -> str:
    words = "" if deck.words is None else f"{deck.words:.0%}"
    cells = [
        deck.name,
        str(deck.uncovered.total()),
        ", ".join(deck.replaced or ()),
        words,
        _of(deck.pages, deck.slides),
        _of(deck.pictures, deck.pictures_named),
    ]
    return f"| {' | '.join(cells)} |"


def _of(found: int, named: int | None) -> str:
    return str(found) if named is None else f"{found} of {named}"


async def main() -> None:
    decks = [path for name in ("decks", "cases") for path in sorted((SHARED / name).iterdir()) if is_deck(path)]
    with tempfile.TemporaryDirectory(prefix="fidelity-") as home:
        scripts = Path(home) / f"the doctor's: a page of each of {len(SCRIPTS)} scripts.fodp"
        scripts.write_bytes(scripts_deck())
        sys.stdout.write(HEAD)
        async for deck in measure([scripts, *decks], Path(home)):
            sys.stdout.write(f"{row(deck)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
