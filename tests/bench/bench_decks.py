"""What is converted: small real decks where they are beside the project, else variations of the sample."""

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from infoscreen.cli.requirements import repository_root
from infoscreen.common.document_types import DocumentType, identify

SMALL_SECONDS = 0.2  # of a warm LibreOffice
GIANT_SECONDS = 3.0  # as the converter sees it: what takes longer has to make room for others
SAMPLES = 16  # where there are no decks


@dataclass(frozen=True)
class Deck:
    """A presentation on local disk."""

    path: Path
    document_type: DocumentType

    def copy(self) -> bytes:
        """The same deck in other bytes, so that no rendition of it is known."""
        content, mark = self.path.read_bytes(), token_hex(16).encode()
        if content.startswith(b"PK"):
            package = io.BytesIO(content)
            with zipfile.ZipFile(package, "a") as archive:
                archive.comment = mark
            return package.getvalue()
        return content + (b"<!-- " + mark + b" -->" if content.startswith(b"<") else mark)


def small_decks(folder: Path | None, count: int) -> list[Deck]:
    """So many small decks, spread evenly over those in the folder (with its expected.tsv); the longest first."""
    small = [deck for deck in _convertible(folder) if deck[1] <= SMALL_SECONDS]
    step = max(1, len(small) / count)
    return _longest_first([small[int(number * step)] for number in range(min(count, len(small)))], count)


def all_decks(folder: Path | None) -> list[Deck]:
    """All that can be converted, the longest first."""
    return _longest_first(_convertible(folder))


def decks_but_giants(folder: Path | None) -> list[Deck]:
    """All but the few giants, which outweigh all others together; the longest first."""
    return _longest_first([(path, seconds) for path, seconds in _convertible(folder) if seconds < GIANT_SECONDS])


def _longest_first(decks: list[tuple[Path, float]], samples: int = SAMPLES) -> list[Deck]:
    """So that no batch ends with one slot waiting for another; samples where there are no decks."""
    by_length = sorted(decks, key=lambda deck: deck[1], reverse=True)
    return [deck_of(path) for path, _ in by_length] or [
        deck_of(repository_root() / "samples" / "welcome.fodp")
    ] * samples


def _convertible(folder: Path | None) -> list[tuple[Path, float]]:
    """Decks that can be converted, with the seconds that it takes."""
    folder = folder or repository_root().parent / "shared" / "decks"
    if not folder.is_dir():
        return []
    with (folder / "expected.tsv").open() as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    return [(folder / row["file"], float(row["libreoffice_seconds"])) for row in rows if row["expected"] == "ready"]


def deck_of(path: Path) -> Deck:
    """A file as the benches convert it."""
    with path.open("rb") as file:
        return Deck(path, identify(file, path.name))
