"""The process that inspects documents: what zlib and expat make of hostile bytes happens here, and ends with it."""

from pathlib import Path
from typing import Any

from infoscreen.common.errors import PermanentError
from infoscreen.common.isolation.worker import serve
from infoscreen.converter.inspection import admit_source

_ADDRESS_SPACE_BYTES = 256 * 1024**2


def _inspect(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"extension": admit_source(Path(request["source"]), request["filename"]).extension}
    except PermanentError as error:
        return {"reason": error.reason, "detail": error.detail}


if __name__ == "__main__":
    serve(_inspect, address_space_bytes=_ADDRESS_SPACE_BYTES, file_size_bytes=0)
