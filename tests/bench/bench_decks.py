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
    """So many decks, spread evenly over those in the folder (with its expected.tsv)."""
    folder = folder or repository_root().parent / "shared" / "decks"
    if folder.is_dir():
        with (folder / "expected.tsv").open() as table:
            rows = [row for row in csv.DictReader(table, delimiter="\t") if row["expected"] == "ready"]
        names = [row["file"] for row in rows if float(row["libreoffice_seconds"]) <= SMALL_SECONDS]
        step = max(1, len(names) / count)
        paths = [folder / names[int(number * step)] for number in range(min(count, len(names)))]
    else:
        paths = [repository_root() / "samples" / "welcome.fodp"] * count
    return [_deck(path) for path in paths]


def _deck(path: Path) -> Deck:
    with path.open("rb") as file:
        return Deck(path, identify(file, path.name))
