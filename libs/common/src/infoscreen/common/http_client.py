"""HTTP to third-party services: the one module that imports the client library.

Bodies go from disk to the wire and from the wire to disk; timeouts are short where a server is away and as long as
the caller says where it works. Only transport trouble is an exception: what a status means is for the caller.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from infoscreen.common.errors import InfoscreenError

_CONNECT_SECONDS = 2.0
_WRITE_SECONDS = 30.0  # between two chunks of an upload
_BODY_LIMIT_BYTES = 64 * 1024  # of an answer that is kept in memory


class HttpUnreachableError(InfoscreenError):
    """No complete answer came: refused, reset, cut short or timed out."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """An answer; `text` is the head of its body, or empty where the body went to a file."""

    status: int
    headers: Mapping[str, str]
    text: str


class HttpClient:
    """A client for one server, which keeps its connections.

    Args:
        base_url: scheme, host, port and perhaps a path; requests are below it.
    """

    def __init__(self, base_url: str) -> None:
        timeouts = httpx.Timeout(_WRITE_SECONDS, connect=_CONNECT_SECONDS)
        # A proxy of the environment is for the outside world, and this server is inside.
        self._client = httpx.AsyncClient(base_url=base_url, timeout=timeouts, trust_env=False)

    async def __aenter__(self) -> Self:
        """The client; its connections are closed on leaving."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close its connections."""
        await self.close()

    async def get(self, path: str, *, timeout_seconds: float) -> HttpReply:
        """Raises HttpUnreachableError when nothing answers within the time."""
        try:
            async with asyncio.timeout(timeout_seconds):
                response = await self._client.get(path)
        except (httpx.HTTPError, TimeoutError) as error:
            raise HttpUnreachableError(_described(error)) from error
        return HttpReply(response.status_code, response.headers, response.text[:_BODY_LIMIT_BYTES])

    async def post_form(
        self,
        path: str,
        *,
        fields: Mapping[str, str],
        file: tuple[str, Path],
        answer: Path,
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> HttpReply:
        """Post a form with a file as its part ``files``; a 200's body is written to `answer`.

        Args:
            path: below the base URL.
            fields: the form's other parts.
            file: the name that the server is told, and where the content is.
            answer: whatever was there is replaced; nothing is left there unless 200 came whole.
            headers: beside those of the form.
            timeout_seconds: for all of it.

        Raises:
            HttpUnreachableError: no complete answer came within the time.
        """
        name, source = file
        try:
            async with asyncio.timeout(timeout_seconds):
                with source.open("rb") as content:
                    files = {"files": (name, content, "application/octet-stream")}
                    request = self._client.build_request("POST", path, data=fields, files=files, headers=headers)
                    # The server works before it answers: only the deadline bounds that wait.
                    request.extensions["timeout"]["read"] = timeout_seconds
                    response = await self._client.send(request, stream=True)
                    return await _received(response, answer)
        except (httpx.HTTPError, TimeoutError) as error:
            raise HttpUnreachableError(_described(error)) from error

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


async def _received(response: httpx.Response, answer: Path) -> HttpReply:
    try:
        if response.status_code != httpx.codes.OK:
            head = b""
            async for chunk in response.aiter_bytes():
                head = (head + chunk)[:_BODY_LIMIT_BYTES]
            return HttpReply(response.status_code, response.headers, head.decode("utf-8", "replace"))
        await _written(response, answer)
        return HttpReply(response.status_code, response.headers, "")
    finally:
        await response.aclose()


async def _written(response: httpx.Response, answer: Path) -> None:
    try:
        with answer.open("wb") as file:
            async for chunk in response.aiter_bytes():
                file.write(chunk)
    except BaseException:
        answer.unlink(missing_ok=True)  # noqa: ASYNC240 - one system call
        raise


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
