"""Follows what the server wants: keeps asking, whatever happens, and tells what it heard.

A player on a wall has nobody to restart it, so nothing here gives up. The server's silence changes nothing on the
screen; only its explicit word does.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import structlog

from infoscreen.player.credentials import Credentials
from infoscreen.player.errors import MediumGoneError, ServerAwayError, UnauthorizedError
from infoscreen.player.programme import Item, Programme, Rendition, Standing, Status
from infoscreen.player.state import PlayerState

_MEDIUM_POLL_SECONDS = 2.0
_REFUSED_SECONDS = 10.0
_UNKNOWN_TOKEN_TIMES = 3  # a gateway that has just lost its token file must not empty every wall
_OFFLINE_TIMES = 3  # after a boot the network takes its moment

_log = structlog.get_logger(__name__)


class Server(Protocol):
    """What is asked of the server."""

    async def manifest(self, etag: str | None, wait_seconds: float) -> tuple[Programme, str | None] | None:
        """The whole programme with its etag, or None where it is still the one with this etag."""

    async def medium(self, media_id: str, wait_seconds: float = 0) -> Item:
        """One medium."""


class Source(Protocol):
    """Where the programme comes from."""

    async def next(self) -> Programme:
        """The programme, at once the first time, then when it changed or after a while."""

    async def fresh_url(self, rendition: Rendition) -> str | None:
        """A new presigned URL of a file, or None where it is not wanted any more."""


class ManifestSource:
    """The manifest of an enrolled player.

    Args:
        on_screen: whether something of a medium is on the screen, so that nobody needs to know why it is not newer.
    """

    def __init__(
        self, server: Server, wait_seconds: float, on_screen: Callable[[str], bool] = lambda _media_id: False
    ) -> None:
        self._server = server
        self._on_screen = on_screen
        self._wait_seconds = wait_seconds
        self._etag: str | None = None
        self._programme = Programme()

    async def next(self) -> Programme:
        """The programme, at once the first time, then when it changed or after a while."""
        answer = await self._server.manifest(self._etag, self._wait_seconds if self._etag else 0)
        if answer is not None:
            self._programme, self._etag = answer
        return await self._described()

    async def fresh_url(self, rendition: Rendition) -> str | None:
        """A new presigned URL of a file, or None where it is not wanted any more."""
        answer = await self._server.manifest(None, 0)
        item = answer[0].item_with(rendition.sha256) if answer else None
        return item.url if item else None

    async def _described(self) -> Programme:
        """Why the first medium cannot be shown yet, and until when: older gateways leave it out of the manifest."""
        programme = self._programme
        first = programme.items[0] if programme.items else None
        if first is None or first.status is Status.READY or self._on_screen(first.media_id):
            return programme
        if first.message or first.eta_seconds is not None:
            return programme
        with contextlib.suppress(MediumGoneError):
            told = await self._server.medium(first.media_id)
            if told.status is first.status:
                return programme.with_item(replace(told, title=first.title))
        return programme


class MediumSource:
    """One medium, whatever is assigned: for a screen that is set up by hand."""

    def __init__(self, server: Server, media_id: str, wait_seconds: float) -> None:
        self._server = server
        self._media_id = media_id
        self._wait_seconds = wait_seconds
        self._last: Item | None = None

    async def next(self) -> Programme:
        """The programme, at once the first time; a medium under way is waited for, another looked at now and then."""
        under_way = self._last is not None and self._last.status is Status.PREPARING
        if self._last is not None and not under_way:
            await asyncio.sleep(_MEDIUM_POLL_SECONDS)
        try:
            self._last = await self._server.medium(self._media_id, self._wait_seconds if under_way else 0)
        except MediumGoneError:
            self._last = Item(self._media_id, Status.FAILED)
            return Programme()
        return Programme((self._last,))

    async def fresh_url(self, rendition: Rendition) -> str | None:
        """A new presigned URL of a file, or None where it is not wanted any more."""
        with contextlib.suppress(MediumGoneError):
            item = await self._server.medium(self._media_id)
            return item.url if item.rendition == rendition else None
        return None


class Follower:
    """Keeps the player's state up to date with a source.

    Args:
        retry_seconds: the longest pause between tries.
    """

    def __init__(self, source: Source, state: PlayerState, credentials: Credentials, retry_seconds: float) -> None:
        self._source = source
        self._state = state
        self._credentials = credentials
        self._retry_seconds = retry_seconds
        self._failures = 0
        self._refusals = 0

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            pause = await self._step()
            await asyncio.sleep(pause)

    async def _step(self) -> float:
        """Ask once; returns how long to pause."""
        try:
            programme = await self._source.next()
        except UnauthorizedError as error:
            return self._refused(error)
        except ServerAwayError as error:
            return self._away(error)
        self._failures = self._refusals = 0
        self._state.heard(programme)
        return 0

    def _refused(self, error: UnauthorizedError) -> float:
        self._refusals += 1
        if not self._credentials.enrolled:
            self._state.stands(Standing.NOT_ENROLLED)
        elif error.revoked or self._refusals >= _UNKNOWN_TOKEN_TIMES:
            self._state.stands(Standing.REVOKED)
        _log.warning("refused", detail=str(error), revoked=error.revoked)
        return min(_REFUSED_SECONDS, self._retry_seconds)

    def _away(self, error: ServerAwayError) -> float:
        self._failures += 1
        if self._failures == 1:
            _log.warning("server_away", error=str(error))
        if self._failures >= _OFFLINE_TIMES:
            self._state.stands(Standing.OFFLINE)
        return random.uniform(0.5, 1) * min(self._retry_seconds, 2.0 ** min(self._failures, 10) / 2)  # noqa: S311 - jitter
