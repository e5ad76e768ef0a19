"""The process that opens PDFs: PDFium is neither thread-safe nor beyond crashing, so it stays out of the service."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image, WebPImagePlugin  # noqa: F401 - the plugin is loaded while files can still be read

from infoscreen.common.document_types import DOCUMENT_TYPES
from infoscreen.common.isolation.worker import serve
from infoscreen.converter.fonts.colour_emoji import colour_emoji
from infoscreen.converter.report.make import compare_files
from infoscreen.converter.sheet import draw_sheet

_ADDRESS_SPACE_BYTES = 3 * 1024**3
_FILE_SIZE_BYTES = 1024**3  # what an office may write: it may be written again, with emoji in colour
_PROBE_PIXELS = 240  # the longer side of a page that is looked at for anything drawn on it
_WEBP_EFFORT = 2  # of 6: twice as fast as the default, a few percent larger


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    return _sheet(request) if "sheet" in request else _inspect(request)


def _sheet(request: dict[str, Any]) -> dict[str, Any]:
    try:
        with pypdfium2.PdfDocument(request["pdf"]) as document:
            draw_sheet(document, request["number"], Path(request["sheet"]))
    except pypdfium2.PdfiumError as error:
        return {"error": "unreadable", "detail": str(error)}
    return {}


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
        if pages and pages <= request["max_pages"]:
            _thumbnail(document[0], request)
            blank = all(_is_blank(document[number]) for number in range(pages))
            return {"pages": pages, "blank": blank} | _report(request, document)
    except pypdfium2.PdfiumError as error:
        return {"error": "unreadable", "detail": str(error)}
    else:
        return {"pages": pages}
    finally:
        document.close()


def _report(request: dict[str, Any], document: pypdfium2.PdfDocument) -> dict[str, Any]:
    """Write the report that is asked for, and answer with the worst of it and the deck's timings.

    A PDF without a report is a PDF.
    """
    wanted = request["report"]
    if wanted is None:
        return {}
    source, pdf = Path(wanted["source"]), Path(request["pdf"])
    try:
        made = compare_files(source, DOCUMENT_TYPES[wanted["extension"]], wanted["page_range"], pdf, document)
        Path(wanted["destination"]).write_text(made.report.model_dump_json(), encoding="utf-8")
    except Exception as error:  # noqa: BLE001 - whatever a hostile file does to the report, its PDF is finished
        return {"no_report": f"{type(error).__name__}: {error}"}
    worst = [finding.model_dump(mode="json") for finding in made.report.worst]
    return {"findings": worst, "finding_counts": made.report.counts, "page_seconds": made.page_seconds}


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
    serve(_answer, address_space_bytes=_ADDRESS_SPACE_BYTES, file_size_bytes=_FILE_SIZE_BYTES)
