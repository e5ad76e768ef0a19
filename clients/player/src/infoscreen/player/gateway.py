"""The client of the player gateway, and the only module that speaks HTTP.

An answer that is not the gateway's own (a proxy's error page, a captive portal's login) counts as "the server is
unreachable": only a problem document with its code may take something off the screen.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from typing import Any, Self

import httpx

from infoscreen.player.clock import Clock
from infoscreen.player.credentials import Credentials
from infoscreen.player.errors import (
    CorruptFileError,
    EnrolmentError,
    MediumGoneError,
    ServerUnreachableError,
    UnauthorizedError,
    UrlExpiredError,
)
from infoscreen.player.manifest import Manifest, Medium, manifest_from, medium_from

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 15.0
_PROBLEM = "application/problem+json"
_SCHEMA = {"schema": "2"}
_OK, _CREATED, _ACCEPTED, _NO_CONTENT, _PARTIAL, _NOT_MODIFIED = 200, 201, 202, 204, 206, 304
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _GONE, _RANGE = 401, 403, 404, 410, 416


class Download:
    """An open download.

    Attributes:
        offset: the position of its first byte in the file: 0 unless the store agreed to resume.
        etag: the store's etag of the object.
    """

    def __init__(self, response: httpx.Response, offset: int) -> None:
        self._response = response
        self.offset = offset
        self.etag = response.headers.get("etag")

    async def blocks(self) -> AsyncIterator[bytes]:
        """The bytes as they arrive; raises ``ServerUnreachableError`` where the download is cut."""
        try:
            async for block in self._response.aiter_raw():
                yield block
        except httpx.HTTPError as error:
            raise ServerUnreachableError(f"The download was interrupted: {error!r}") from error


class Gateway:
    """Sends requests to the server with the player's token.

    Args:
        http: a client to use instead of a new one; simulations of many players share what is expensive to make.

    Each method raises ``ServerUnreachableError`` where it gets no sensible answer, and ``UnauthorizedError`` where the
    server does not accept the token.
    """

    def __init__(
        self, credentials: Credentials, clock: Clock, version: str, http: httpx.AsyncClient | None = None
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        timeout = httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)
        headers = {"User-Agent": f"infoscreen-player/{version}", "Accept": "application/json"}
        self._http = http or httpx.AsyncClient(timeout=timeout, headers=headers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def manifest(self, etag: str | None, wait_seconds: float) -> tuple[Manifest, str | None] | None:
        """The whole manifest with its etag, or None while the manifest with this etag is current.

        A gateway that does not know schema 2 ignores that it is asked for, and answers with a list of media.
        """
        headers = {"If-None-Match": f'"{etag}"'} if etag else {}
        response = await self._ask("GET", "/api/player/manifest", wait_seconds, headers=headers, params=_SCHEMA)
        if response.status_code == _NOT_MODIFIED:
            self._clock.observe(response.headers.get("date"))
            return None
        if response.status_code != _OK:
            raise _unexpected(response)
        with _sensible():
            manifest = manifest_from(response.json())
        self._clock.observe(response.headers.get("date"))
        return manifest, manifest.etag

    async def medium(self, media_id: str, wait_seconds: float = 0) -> Medium:
        """One medium; with ``wait_seconds``, the server waits as long while it is processed.

        Raises:
            MediumGoneError: the medium does not exist, or this player may not see it.
        """
        response = await self._ask("GET", f"/api/media/{media_id}/display", wait_seconds)
        if response.status_code in (_OK, _ACCEPTED):
            with _sensible():
                return medium_from(response.json(), media_id)
        if response.status_code in (_NOT_FOUND, _GONE, _FORBIDDEN) and _problem(response):
            raise MediumGoneError(_detail(response))
        raise _unexpected(response)

    async def report(self, document: Mapping[str, Any]) -> None:
        """Send a report."""
        response = await self._ask("POST", "/api/player/report", json=document)
        if response.status_code not in (_OK, _NO_CONTENT):
            raise _unexpected(response)
        self._clock.observe(response.headers.get("date"))

    async def snapshot(self, picture: bytes, media_type: str) -> None:
        """Send a picture of the glass."""
        response = await self._ask("PUT", "/api/player/snapshot", headers={"Content-Type": media_type}, content=picture)
        if response.status_code not in (_OK, _NO_CONTENT):
            raise _unexpected(response)

    async def reach(self) -> None:
        """Ask without a token, which only an infoscreen refuses by a problem document."""
        if not self._credentials.server:
            raise UnauthorizedError("This player is not enrolled.")
        try:
            response = await self._http.get(f"{self._credentials.server}/api/player/manifest")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnreachableError(f"{self._credentials.server} cannot be reached: {error!r}.") from error
        self._clock.observe(response.headers.get("date"))
        if response.status_code == _UNAUTHORIZED and _problem(response):
            return
        raise ServerUnreachableError(
            f"{self._credentials.server} answered {response.status_code}, which an infoscreen does not."
        )

    async def enrol(self, server: str, code: str) -> tuple[str, str]:
        """Exchange a one-time code for a token; returns the player's name and the token.

        Raises:
            EnrolmentError: the server does not accept the code, or does not answer.
        """
        try:
            response = await self._http.post(f"{server}/api/player/enrol", json={"code": code})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EnrolmentError(f"{server} cannot be reached ({error}). Check the address and the network.") from error
        if response.status_code not in (_OK, _CREATED):
            raise EnrolmentError(_detail(response) or f"{server} answered {response.status_code}: is it an infoscreen?")
        try:
            document = response.json()
            return str(document["player"]), str(document["token"])
        except (ValueError, KeyError, TypeError) as error:
            raise EnrolmentError(f"{server} does not answer as an infoscreen does.") from error

    @contextlib.asynccontextmanager
    async def download(self, url: str, offset: int = 0, etag: str | None = None) -> AsyncGenerator[Download, None]:
        """Open a presigned URL, from an offset where the object still has this etag.

        Raises:
            UrlExpiredError: the store refuses the URL.
            CorruptFileError: the object is shorter than the offset.
        """
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if offset and etag:
            headers |= {"Range": f"bytes={offset}-", "If-Range": etag}
        try:
            async with self._http.stream("GET", url, headers=headers) as response:
                _check_download(response)
                resumed = response.status_code == _PARTIAL
                if not resumed or _is_remainder(response, offset, etag):
                    yield Download(response, offset if resumed else 0)
                    return
            async with self.download(url) as whole:  # SeaweedFS ignores If-Range and sends the rest of another object
                yield whole
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnreachableError(f"The store cannot be reached: {error!r}") from error

    async def _ask(
        self,
        method: str,
        path: str,
        wait_seconds: float = 0,
        *,
        headers: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        server, token = self._credentials.server, self._credentials.token
        if not server or not token:
            raise UnauthorizedError("This player is not enrolled.")
        try:
            response = await self._http.request(
                method,
                server + path,
                params={**(params or {}), **({"wait": f"{wait_seconds:g}"} if wait_seconds else {})},
                headers={**(headers or {}), "Authorization": f"Bearer {token}"},
                json=json,
                content=content,
                timeout=httpx.Timeout(_ANSWER_SECONDS + wait_seconds, connect=_CONNECT_SECONDS),
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnreachableError(f"{server} cannot be reached: {error!r}") from error
        if response.status_code == _UNAUTHORIZED and _problem(response):
            raise UnauthorizedError(_detail(response), revoked=_problem(response).get("code") == "revoked")
        return response


def _check_download(response: httpx.Response) -> None:
    if response.status_code in (_OK, _PARTIAL):
        return
    if response.status_code in (_FORBIDDEN, _NOT_FOUND, _UNAUTHORIZED, _GONE):
        raise UrlExpiredError(f"The store answered {response.status_code}.")
    if response.status_code == _RANGE:
        raise CorruptFileError("The store has less of the file than was downloaded.")
    raise ServerUnreachableError(f"The store answered {response.status_code}.")


def _is_remainder(response: httpx.Response, offset: int, etag: str | None) -> bool:
    right_place = response.headers.get("content-range", "").startswith(f"bytes {offset}-")
    return right_place and bool(response.headers.get("etag") == etag)


@contextlib.contextmanager
def _sensible() -> Generator[None, None, None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServerUnreachableError(f"The server's answer makes no sense: {error!r}") from error


def _problem(response: httpx.Response) -> dict[str, Any]:
    """The server's problem document; empty where another server answered."""
    if not response.headers.get("content-type", "").startswith(_PROBLEM):
        return {}
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _detail(response: httpx.Response) -> str:
    return str(_problem(response).get("detail", ""))


def _unexpected(response: httpx.Response) -> ServerUnreachableError:
    return ServerUnreachableError(f"The server answered {response.status_code}. {_detail(response)}".strip())
