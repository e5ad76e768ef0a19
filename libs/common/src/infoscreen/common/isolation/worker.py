"""The loop of a worker process: put up the fences, then answer each JSON line with one JSON line.

It is started by a `WorkerPool`, whose settings are its only argument.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from infoscreen.common.isolation import sandbox

_READABLE = (*sandbox.LIBRARIES, *sandbox.FONTS, *sandbox.DEVICES, sys.prefix, sys.base_prefix)
_OPEN_FILES = 64


def serve(
    answer: Callable[[dict[str, Any]], dict[str, Any]], *, address_space_bytes: int, file_size_bytes: int
) -> None:
    """Answer requests until stdin ends or the service dies. What `answer` raises ends the process.

    Args:
        answer: gets a request.
        address_space_bytes: what the process may map.
        file_size_bytes: of any one file that it writes.
    """
    settings = json.loads(sys.argv[1])
    sandbox.die_with_parent(settings["parent_pid"])
    sandbox.prefer_as_victim()
    sandbox.limit_resources(
        address_space_bytes=address_space_bytes, file_size_bytes=file_size_bytes, open_files=_OPEN_FILES
    )
    up = {
        sandbox.Fence.NETWORK: sandbox.leave_network(),
        sandbox.Fence.FILES: sandbox.confine(readable=_READABLE, writable=settings["writable"], sockets=()),
    }
    write_line({"missing_fences": [fence for fence in up if not up[fence]]})
    while (request := read_line()) is not None:
        write_line(answer(request))


def read_line() -> dict[str, Any] | None:
    """The service's next line; None when it will send no more."""
    line = sys.stdin.readline()
    return json.loads(line) if line else None


def write_line(fields: dict[str, Any]) -> None:
    """Send a line to the service."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()
