"""Draws a sheet of page pictures; in the process that opens PDFs."""

from pathlib import Path

import pypdfium2
from PIL import Image

from infoscreen.common.page_sheets import COLUMNS, PAGES

_CELL_WIDTH, _CELL_MAX_HEIGHT = 320, 480
_GROUND = (225, 228, 233)  # beside pages of another shape than the first
_WEBP_EFFORT = 2  # of 6


def draw_sheet(document: pypdfium2.PdfDocument, number: int, destination: Path) -> None:
    """Draw the sheet of a number; every cell has the shape of the first page."""
    width, height = document[0].get_size()
    cell = (_CELL_WIDTH, max(1, min(_CELL_MAX_HEIGHT, round(_CELL_WIDTH * height / width))))
    pages = range(number * PAGES, min(len(document), (number + 1) * PAGES))
    sheet = Image.new("RGB", (COLUMNS * cell[0], -(-len(pages) // COLUMNS) * cell[1]), _GROUND)
    for place, page in enumerate(pages):
        picture = _drawn(document[page], cell)
        row, column = divmod(place, COLUMNS)
        left, top = (cell[0] - picture.width) // 2, (cell[1] - picture.height) // 2
        sheet.paste(picture, (column * cell[0] + left, row * cell[1] + top))
    sheet.save(destination, "WEBP", quality=75, method=_WEBP_EFFORT)


def _drawn(page: pypdfium2.PdfPage, cell: tuple[int, int]) -> Image.Image:
    width, height = page.get_size()
    scale = min(cell[0] / width, cell[1] / height)
    picture: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
    return picture.crop((0, 0, *cell)) if picture.width > cell[0] or picture.height > cell[1] else picture
