"""The process that opens pictures, films and PDFs as they were uploaded; what hostile bytes do to it ends with it."""

from pathlib import Path
from typing import Any

from infoscreen.common.document_types import DOCUMENT_TYPES, DocumentType, Family
from infoscreen.common.errors import PermanentError
from infoscreen.common.isolation.worker import serve
from infoscreen.converter.engines.films import open_drawing, open_film
from infoscreen.converter.engines.opened import Opened
from infoscreen.converter.engines.pictures import open_pdf, open_picture

_ADDRESS_SPACE_BYTES = 4 * 1024**3
_FILE_SIZE_BYTES = 2 * 1024**3


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    document_type = DOCUMENT_TYPES[request["type"]]
    try:
        opened = _open(Path(request["source"]), Path(request["folder"]), document_type)
    except PermanentError as error:
        return {"reason": error.reason, "detail": error.detail}
    result = opened.result and str(opened.result)
    return {"result": result, "pages": opened.pages, "length_seconds": opened.length_seconds}


def _open(source: Path, folder: Path, document_type: DocumentType) -> Opened:
    if document_type.family is Family.PDF:
        return open_pdf(source, folder)
    if document_type.family is Family.VIDEO:
        return open_film(source, folder, document_type)
    if document_type.extension == "svg":
        return open_drawing(source, folder, document_type)
    return open_picture(source, folder, document_type)


if __name__ == "__main__":
    serve(_answer, address_space_bytes=_ADDRESS_SPACE_BYTES, file_size_bytes=_FILE_SIZE_BYTES)
