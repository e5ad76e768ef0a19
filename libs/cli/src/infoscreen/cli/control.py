"""The control channel to a running `infoscreen up`: a unix socket, one JSON line each way.

The socket's mode (0600) is its access control.
"""

import json
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
from anyio.streams.buffered import BufferedByteReceiveStream

from infoscreen.cli.errors import CliError

LONGEST_REQUEST_BYTES = 64 * 1024
Handler = Callable[[dict[str, Any]], Awaitable[str]]


async def serve(path: Path, handler: Handler) -> None:
    """Answers requests until cancelled. The handler returns a sentence, or raises CliError with one."""
    await anyio.Path(path).unlink(missing_ok=True)

    async def answer(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            try:
                line = await BufferedByteReceiveStream(stream).receive_until(b"\n", LONGEST_REQUEST_BYTES)
                reply = {"ok": True, "message": await handler(json.loads(line))}
            except (CliError, ValueError, KeyError, TypeError) as error:
                reply = {"ok": False, "message": str(error)}
            except (anyio.IncompleteRead, anyio.DelimiterNotFound, anyio.BrokenResourceError):
                return
            try:
                await stream.send(json.dumps(reply).encode() + b"\n")
            except anyio.BrokenResourceError:
                return

    listener = await anyio.create_unix_listener(path, mode=0o600)
    async with listener:
        await listener.serve(answer)


def ask(path: Path, request: dict[str, Any]) -> str:
    """Sends a request and returns the answer's sentence.

    Raises:
        CliError: no system listens there, or it refused the request.
    """
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(json.dumps(request).encode() + b"\n")
            with client.makefile() as answers:
                line = answers.readline()
    except OSError as error:
        raise CliError(f"Nothing runs in {path.parent} ({error.strerror}): start it with `infoscreen up`.") from error
    if not line:
        raise CliError("The running `infoscreen up` stopped before it answered.")
    reply = json.loads(line)
    if not reply["ok"]:
        raise CliError(str(reply["message"]))
    return str(reply["message"])
