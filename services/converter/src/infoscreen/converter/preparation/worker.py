"""The process that prepares documents: what zlib and expat make of hostile bytes happens here, and ends with it."""

from pathlib import Path
from typing import Any

from infoscreen.common.isolation.worker import serve
from infoscreen.converter.preparation.edits import TooManyEditsError
from infoscreen.converter.preparation.prepare import DamagedDocumentError, prepare

_ADDRESS_SPACE_BYTES = 1536 * 1024**2  # half a GiB of it for an RTF, which is mapped
_FILE_SIZE_BYTES = 2 * 1024**3


def _prepare(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"changed": prepare(Path(request["source"]), Path(request["destination"]))}
    except DamagedDocumentError as error:
        return {"reason": "corrupt", "detail": str(error)}
    except (TooManyEditsError, MemoryError) as error:
        return {"reason": "too_large", "detail": str(error) or "it takes too much memory"}


if __name__ == "__main__":
    serve(_prepare, address_space_bytes=_ADDRESS_SPACE_BYTES, file_size_bytes=_FILE_SIZE_BYTES)
