"""The server as the player sees it: the only module that speaks HTTP.

Every answer that is not one of ours (a proxy's error page, a captive portal's login) counts as "the server is away":
only the server's own word, a problem document with its code, may take something off the screen.
"""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from typing import Any, Self

import httpx

from infoscreen.player.clock import ServerClock
from infoscreen.player.credentials import Credentials
from infoscreen.player.errors import (
    CorruptFileError,
    EnrolmentError,
    MediumGoneError,
    ServerAwayError,
    UnauthorizedError,
    UrlExpiredError,
)
from infoscreen.player.programme import Item, Programme, item_from

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 15.0
_PROBLEM = "application/problem+json"
_OK, _CREATED, _ACCEPTED, _NO_CONTENT, _PARTIAL, _NOT_MODIFIED = 200, 201, 202, 204, 206, 304
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _GONE, _RANGE = 401, 403, 404, 410, 416


class Download:
    """An open download.

    Attributes:
        offset: where its bytes begin in the file: 0 unless the store agreed to resume.
        etag: the store's name for this version of the object.
    """

    def __init__(self, response: httpx.Response, offset: int) -> None:
        self._response = response
        self.offset = offset
        self.etag = response.headers.get("etag")

    async def blocks(self) -> AsyncIterator[bytes]:
        """The bytes as they come; raises ``ServerAwayError`` where they are cut."""
        try:
            async for block in self._response.aiter_raw():
                yield block
        except httpx.HTTPError as error:
            raise ServerAwayError(f"The download was interrupted: {error!r}") from error


class Gateway:
    """Speaks to the server with the player's token.

    Args:
        http: the client to use, where making one of its own is too dear: in simulations of many players.

    Every method raises ``ServerAwayError`` when there is no sensible answer, and ``UnauthorizedError`` when the token
    is not accepted.
    """

    def __init__(
        self, credentials: Credentials, clock: ServerClock, version: str, http: httpx.AsyncClient | None = None
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

    async def manifest(self, etag: str | None, wait_seconds: float) -> tuple[Programme, str | None] | None:
        """The whole programme with its etag, or None where it is still the one with this etag."""
        headers = {"If-None-Match": f'"{etag}"'} if etag else {}
        response = await self._ask("GET", "/api/player/manifest", wait_seconds, headers)
        if response.status_code == _NOT_MODIFIED:
            return None
        if response.status_code != _OK:
            raise _unexpected(response)
        with _sensible():
            document = response.json()
            items = [item_from(entry, str(entry["media_id"])) for entry in document["media"]]
            return Programme(tuple(items)), document.get("etag")

    async def medium(self, media_id: str, wait_seconds: float = 0) -> Item:
        """One medium; with ``wait_seconds``, waits while it is under way.

        Raises:
            MediumGoneError: there is none, or not for this player.
        """
        response = await self._ask("GET", f"/api/media/{media_id}/display", wait_seconds)
        if response.status_code in (_OK, _ACCEPTED):
            with _sensible():
                return item_from(response.json(), media_id)
        if response.status_code in (_NOT_FOUND, _GONE, _FORBIDDEN) and _problem(response):
            raise MediumGoneError(_detail(response))
        raise _unexpected(response)

    async def report(self, document: Mapping[str, Any]) -> None:
        """Tell what is on the screen, and how the player is."""
        response = await self._ask("POST", "/api/player/report", json=document)
        if response.status_code not in (_OK, _NO_CONTENT):
            raise _unexpected(response)

    async def enrol(self, server: str, code: str) -> tuple[str, str]:
        """Exchange a one-time code for a token; returns the player's name and the token.

        Raises:
            EnrolmentError: the code is not accepted, or nobody answers.
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
        """Open a presigned URL, from an offset if the object is still the one with this etag.

        Raises:
            UrlExpiredError: the URL is not good any more.
            CorruptFileError: the store has no such range.
        """
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if offset and etag:
            headers |= {"Range": f"bytes={offset}-", "If-Range": etag}
        try:
            async with self._http.stream("GET", url, headers=headers) as response:
                _check_download(response)
                resumed = response.status_code == _PARTIAL
                if not resumed or _is_the_rest(response, offset, etag):
                    yield Download(response, offset if resumed else 0)
                    return
            async with self.download(url) as whole:  # SeaweedFS ignores If-Range and sends the rest of another object
                yield whole
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerAwayError(f"The store cannot be reached: {error!r}") from error

    async def _ask(
        self,
        method: str,
        path: str,
        wait_seconds: float = 0,
        headers: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        server, token = self._credentials.server, self._credentials.token
        if not server or not token:
            raise UnauthorizedError("This player is not enrolled.")
        try:
            response = await self._http.request(
                method,
                server + path,
                params={"wait": f"{wait_seconds:g}"} if wait_seconds else None,
                headers={**(headers or {}), "Authorization": f"Bearer {token}"},
                json=json,
                timeout=httpx.Timeout(_ANSWER_SECONDS + wait_seconds, connect=_CONNECT_SECONDS),
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerAwayError(f"{server} cannot be reached: {error!r}") from error
        self._clock.heard(response.headers.get("date"))
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
    raise ServerAwayError(f"The store answered {response.status_code}.")


def _is_the_rest(response: httpx.Response, offset: int, etag: str | None) -> bool:
    right_place = response.headers.get("content-range", "").startswith(f"bytes {offset}-")
    return right_place and bool(response.headers.get("etag") == etag)


@contextlib.contextmanager
def _sensible() -> Generator[None, None, None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ServerAwayError(f"The server's answer makes no sense: {error!r}") from error


def _problem(response: httpx.Response) -> dict[str, Any]:
    """The server's own account of an error; empty where somebody else answered."""
    if not response.headers.get("content-type", "").startswith(_PROBLEM):
        return {}
    try:
        document = response.json()
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _detail(response: httpx.Response) -> str:
    return str(_problem(response).get("detail", ""))


def _unexpected(response: httpx.Response) -> ServerAwayError:
    return ServerAwayError(f"The server answered {response.status_code}. {_detail(response)}".strip())
