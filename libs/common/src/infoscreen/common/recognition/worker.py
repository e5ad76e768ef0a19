"""The worker process that recognises types: it requests ranges of a file from the service, and answers its type."""

import base64
import io
from typing import Any

from infoscreen.common.document_types import DamagedFileError, UnsupportedTypeError, identify
from infoscreen.common.formats.ranged_file import RangedFile
from infoscreen.common.isolation import sandbox
from infoscreen.common.isolation.worker import read_line, serve, write_line

_ADDRESS_SPACE_BYTES = 256 * 1024**2
_CPU_SECONDS = 5
_READ_AHEAD_BYTES = 16 * 1024


def _read(offset: int, length: int) -> bytes:
    write_line({"read": [offset, length]})
    reply = read_line()
    if reply is None:
        raise SystemExit(0)
    return base64.b64decode(reply["data"])


def _identify(request: dict[str, Any]) -> dict[str, Any]:
    sandbox.limit_cpu(_CPU_SECONDS)
    file = io.BufferedReader(RangedFile(_read, request["size_bytes"]), _READ_AHEAD_BYTES)
    try:
        return {"extension": identify(file, request["filename"]).extension}
    except DamagedFileError as error:
        return {"damaged": str(error)}
    except UnsupportedTypeError as error:
        return {"unsupported": error.kind}


if __name__ == "__main__":
    serve(_identify, address_space_bytes=_ADDRESS_SPACE_BYTES, file_size_bytes=0)
