"""How much of a request's body is read, for how long, and how a request is refused while its body is still coming.

A server that answers and closes at once resets the connection, and the answer is lost with it; one that goes on
reading lets a client without a token send for ever. So the answer goes out whole, what still comes is read and dropped
for a moment, and then the connection is closed.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LINGER_SECONDS = 2.0
SMALL_BODY_BYTES = 256 * 1024
BODY_SECONDS = 10.0
"""Within which the whole of a body with a limit must have come: kilobytes, over any line that is of use."""


class RequestBodies:
    """ASGI middleware that counts what is read of bodies, and closes a connection whose body no route read.

    The framework's own limit speaks before the routes can: a client that announces too much would be told so instead of
    being asked who they are.

    Args:
        app: what handles the requests.
        max_bytes: of a body that is read; for a larger one, reading it raises a 413. None: no limit, and no deadline,
            for then the routes have their own.
        seconds: within which such a body must have come; reading one that has not raises a 408.
    """

    def __init__(self, app: ASGIApp, max_bytes: int | None, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._seconds = seconds if max_bytes is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        announced = _announced_bytes(scope) if scope["type"] == "http" else 0
        if announced == 0:
            await self._app(scope, receive, send)
            return
        request = _Request(receive, send, announced or 0, self._max_bytes, self._seconds)
        await self._app(scope, request.receive, request.send)


class BoundedRoute(APIRoute):
    """A route with a small body, in an app whose other routes count theirs themselves."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Handle a request, of whose body at most ``SMALL_BODY_BYTES`` are read, within ``BODY_SECONDS``."""
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            announced = _announced_bytes(request.scope) or 0
            body = _Request(request.receive, request._send, announced, SMALL_BODY_BYTES, BODY_SECONDS)  # noqa: SLF001 - passed on
            return await handle(Request(request.scope, body.receive, request._send))  # noqa: SLF001 - as above

        return bounded


def _announced_bytes(scope: Scope) -> int | None:
    """The length of the body; 0 where there is none, None where it is told by its end only."""
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            return int(value)  # the server has checked that it is a number
    return 0


class _Request:
    def __init__(
        self, receive: Receive, send: Send, announced_bytes: int, max_bytes: int | None, seconds: float | None
    ) -> None:
        self._receive = receive
        self._send = send
        self._announced_bytes = announced_bytes
        self._max_bytes = max_bytes
        self._deadline = asyncio.get_running_loop().time() + seconds if seconds is not None else None
        self._read_bytes = 0
        self._body_ended = False
        self._answered = False

    async def receive(self) -> Message:
        try:
            return await self._bounded()
        except HTTPException:
            if not self._answered:
                raise
            return {"type": "http.disconnect"}  # a stream that is being answered asks only whether to go on

    async def _bounded(self) -> Message:
        if self._body_ended:
            return await self._receive()
        self._check(self._announced_bytes)
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._next()
        except TimeoutError:
            raise HTTPException(408, "The body of this request did not come in time. Send it at once.") from None
        self._read_bytes += len(message.get("body", b""))
        self._check(self._read_bytes)
        return message

    def _check(self, size_bytes: int) -> None:
        if self._max_bytes is not None and size_bytes > self._max_bytes:
            raise HTTPException(413, f"The body of this request may have {self._max_bytes} bytes at most.")

    async def _next(self) -> Message:
        message = await self._receive()
        self._body_ended = message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        self._answered = True
        if self._body_ended:
            await self._send(message)
        elif message["type"] == "http.response.start":
            headers = [*message["headers"], (b"connection", b"close")]
            await self._send({**message, "headers": headers})
        elif message.get("more_body", False):
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await self._drop_the_rest()
            await self._send({"type": "http.response.body", "body": b""})

    async def _drop_the_rest(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while not self._body_ended:
                    await self._next()
