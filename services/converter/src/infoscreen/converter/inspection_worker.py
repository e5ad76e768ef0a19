"""The process that inspects documents: what zlib and expat make of hostile bytes happens here, and ends with it."""

from pathlib import Path
from typing import Any

from infoscreen.common.document_types import DOCUMENT_TYPES, DocumentType
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.common.isolation.worker import serve
from infoscreen.converter.inspection import admit_source, is_locked_workbook
from infoscreen.converter.outline import Outline, read_outline
from infoscreen.converter.written_text import has_text

_ADDRESS_SPACE_BYTES = 256 * 1024**2


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    if "locked" in request:
        return {"locked": is_locked_workbook(Path(request["locked"]))}
    if "type" in request:
        with Path(request["source"]).open("rb") as file:
            return {"has_text": has_text(file, DOCUMENT_TYPES[request["type"]])}
    return _inspect(request)


def _inspect(request: dict[str, Any]) -> dict[str, Any]:
    source = Path(request["source"])
    try:
        document_type = admit_source(source, request["filename"])
        pages = _slides_shown(source, document_type, request["page_range"])
    except PermanentError as error:
        return {"reason": error.reason, "detail": error.detail, "message": error.message}
    return {"extension": document_type.extension, "pages": pages}


def _slides_shown(source: Path, document_type: DocumentType, page_range: str | None) -> int | None:
    """How many slides a presentation shows; None where its file does not tell.

    One that shows none is refused: LibreOffice fails on it as it does on its own faults.
    """
    with source.open("rb") as file:
        outline = read_outline(file, document_type)
    if outline is None:
        return None
    if pages := len(outline.selected(page_range)):
        return pages
    count = len(outline.shown)
    raise PermanentError(FailureReason.EMPTY_RESULT, f"0 of {count} slides are shown", message=_nothing_shown(outline))


def _nothing_shown(outline: Outline) -> str:
    if not outline.shown:
        return "The deck has no slides. Add one and upload it again."
    if not any(outline.shown):
        return "All slides of the deck are hidden. Unhide those that screens should show and upload it again."
    pages = len(outline.selected(None))
    shows = "1 slide" if pages == 1 else f"{pages} slides"
    return f"The deck shows {shows}, and there are no such pages. Ask for pages up to {pages}."


if __name__ == "__main__":
    serve(_answer, address_space_bytes=_ADDRESS_SPACE_BYTES, file_size_bytes=0)
