"""The process that opens PDFs: PDFium is neither thread-safe nor beyond crashing, so it stays out of the service."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image, WebPImagePlugin  # noqa: F401 - the plugin is loaded while files can still be read

from infoscreen.common.isolation.worker import serve
from infoscreen.converter.fonts.colour_emoji import colour_emoji

_ADDRESS_SPACE_BYTES = 3 * 1024**3
_FILE_SIZE_BYTES = 1024**3  # what an office may write: it may be written again, with emoji in colour
_PROBE_PIXELS = 240  # the longer side of a page that is looked at for anything drawn on it
_WEBP_EFFORT = 2  # of 6: twice as fast as the default, a few percent larger


def _inspect(request: dict[str, Any]) -> dict[str, Any]:
    with suppress(pikepdf.PdfError, OSError):  # it stays as it is, and is judged as it is
        colour_emoji(Path(request["pdf"]))
    try:
        document = pypdfium2.PdfDocument(request["pdf"])
    except pypdfium2.PdfiumError as error:
        if error.err_code == pypdfium2.raw.FPDF_ERR_SUCCESS:
            return {"pages": 0}  # PDFium opens no PDF without pages, and finds nothing wrong with it
        return {"error": "unreadable", "detail": str(error)}
    try:
        pages = len(document)
        blank = False
        if pages and pages <= request["max_pages"]:
            _thumbnail(document[0], request)
            blank = all(_is_blank(document[number]) for number in range(pages))
    except pypdfium2.PdfiumError as error:
        return {"error": "unreadable", "detail": str(error)}
    else:
        return {"pages": pages, "blank": blank}
    finally:
        document.close()


def _thumbnail(page: pypdfium2.PdfPage, request: dict[str, Any]) -> None:
    width, height = page.get_size()
    scale = min(request["width"] / width, request["max_height"] / height)
    picture: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
    picture.save(request["thumbnail"], "WEBP", quality=80, method=_WEBP_EFFORT)


def _is_blank(page: pypdfium2.PdfPage) -> bool:
    """True for a page of one colour without a character, visible or not."""
    text = page.get_textpage()
    if text.get_text_range().strip():
        return False
    picture: Image.Image = page.render(scale=_PROBE_PIXELS / max(page.get_size()), may_draw_forms=False).to_pil()
    return picture.getcolors(maxcolors=1) is not None


if __name__ == "__main__":
    serve(_inspect, address_space_bytes=_ADDRESS_SPACE_BYTES, file_size_bytes=_FILE_SIZE_BYTES)
