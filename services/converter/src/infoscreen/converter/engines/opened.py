"""What opening a medium gives."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Opened:
    """What was made of a file.

    Attributes:
        result: what is to be shown; None where the original is.
        pages: how many there are.
        length_seconds: of a film.
    """

    result: Path | None = None
    pages: int = 1
    length_seconds: float | None = None


def thumbnail_in(folder: Path) -> Path:
    """Where its thumbnail is, a WebP picture."""
    return folder / "thumbnail.webp"
