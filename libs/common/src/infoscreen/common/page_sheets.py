"""Sheets of page pictures: what shows all pages of a rendition without an object for each.

A sheet is a WebP picture of up to ``PAGES`` pages, ``COLUMNS`` in a row, in cells of one size. The keys of sheets are
those of their rendition with another ending, so no event and no row names them: they are made after the result is
published, and a rendition without them is as good as any.
"""

import re

PAGES, COLUMNS = 24, 4

_SHEET = re.compile(r"(.+)\.sheet-\d+\.webp")


def sheet_count(pages: int) -> int:
    """How many sheets a rendition has; a single page is on its thumbnail."""
    return -(-pages // PAGES) if pages > 1 else 0


def sheet_key(object_key: str, number: int) -> str:
    """The key of a sheet of a rendition, by its number from 0.

    Args:
        object_key: of the rendition's PDF or thumbnail.
        number: of the sheet.
    """
    return f"{stem(object_key)}.sheet-{number}.webp"


def stem(object_key: str) -> str:
    """What the keys of a rendition's PDF, thumbnail and sheets begin with."""
    sheet = _SHEET.fullmatch(object_key)
    return sheet[1] if sheet else object_key.rpartition(".")[0]


def is_sheet(object_key: str) -> bool:
    """True for the key of a sheet."""
    return _SHEET.fullmatch(object_key) is not None
