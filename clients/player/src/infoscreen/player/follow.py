"""Follows the manifest: asks the server again and again, and hands each answer to the shared state.

No person stands by to restart a player, so no error ends the loop. A silent server changes nothing on the screen; only
its explicit answer does.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

import structlog

from infoscreen.player.backoff import delay_after, with_jitter
from infoscreen.player.credentials import Credentials
from infoscreen.player.errors import MediumGoneError, ServerUnreachableError, UnauthorizedError
from infoscreen.player.manifest import Connection, DisplayFile, Manifest, Medium, Status
from infoscreen.player.shared_state import SharedState

_MEDIUM_POLL_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 1.0
_REFUSED_SECONDS = 10.0
_UNKNOWN_TOKEN_TIMES = 3  # a gateway that has just lost its token file must not empty all screens
_OFFLINE_TIMES = 3  # after a boot the network comes up late

_log = structlog.get_logger(__name__)


class Server(Protocol):
    """The server's answers that a source asks for."""

    async def manifest(self, etag: str | None, wait_seconds: float) -> tuple[Manifest, str | None] | None:
        """The whole manifest with its etag, or None while the manifest with this etag is current."""

    async def medium(self, media_id: str, wait_seconds: float = 0) -> Medium:
        """One medium."""


class Source(Protocol):
    """Gives the manifest that the player follows."""

    async def next(self) -> Manifest:
        """The manifest: at once on the first call, then when it changed or after the long poll's time."""

    async def fresh_url(self, file: DisplayFile) -> str | None:
        """A new presigned URL of a file, or None where the manifest does not name the file."""


class ManifestSource:
    """The manifest of an enrolled player.

    Args:
        on_screen: whether a version of a medium is on the screen, so that no notice has to say why it is not newer.
    """

    def __init__(
        self, server: Server, wait_seconds: float, on_screen: Callable[[str], bool] = lambda _media_id: False
    ) -> None:
        self._server = server
        self._on_screen = on_screen
        self._wait_seconds = wait_seconds
        self._etag: str | None = None
        self._manifest = Manifest()

    async def next(self) -> Manifest:
        """The manifest: at once on the first call, then when it changed or after the long poll's time."""
        answer = await self._server.manifest(self._etag, self._wait_seconds if self._etag else 0)
        if answer is not None:
            self._manifest, self._etag = answer
        return await self._described(is_new=answer is not None)

    async def fresh_url(self, file: DisplayFile) -> str | None:
        """A new presigned URL of a file, or None where the manifest does not name the file."""
        answer = await self._server.manifest(None, 0)
        medium = answer[0].with_content(file.sha256) if answer else None
        return medium.url if medium else None

    async def _described(self, *, is_new: bool) -> Manifest:
        """The manifest with what it does not tell of its first medium: how far its conversion is by now.

        Older gateways leave the reason and the ETA out of a new manifest, too.
        """
        manifest = self._manifest
        first = manifest.media[0] if manifest.media else None
        if first is None or first.status is Status.READY or self._on_screen(first.media_id):
            return manifest
        if first.message or (is_new and first.eta_seconds is not None):
            return manifest
        with contextlib.suppress(MediumGoneError):
            told = await self._server.medium(first.media_id)
            if told.status is first.status:
                return manifest.with_progress(told)
        return manifest


class MediumSource:
    """A manifest of one chosen medium, for a screen that an operator sets up by hand."""

    def __init__(self, server: Server, media_id: str, wait_seconds: float) -> None:
        self._server = server
        self._media_id = media_id
        self._wait_seconds = wait_seconds
        self._last: Medium | None = None

    async def next(self) -> Manifest:
        """The manifest: at once on the first call, then by a long poll while it is processed, else by polling."""
        processing = self._last is not None and self._last.status is Status.PROCESSING
        if self._last is not None and not processing:
            await asyncio.sleep(_MEDIUM_POLL_SECONDS)
        try:
            self._last = await self._server.medium(self._media_id, self._wait_seconds if processing else 0)
        except MediumGoneError:
            self._last = Medium(self._media_id, Status.FAILED)
            return Manifest()
        return Manifest.of(self._last)

    async def fresh_url(self, file: DisplayFile) -> str | None:
        """A new presigned URL of a file, or None where the manifest does not name the file."""
        with contextlib.suppress(MediumGoneError):
            medium = await self._server.medium(self._media_id)
            return medium.url if medium.file == file else None
        return None


class Follower:
    """Keeps the shared state up to date with a source.

    Args:
        retry_seconds: the longest pause between two attempts.
    """

    def __init__(self, source: Source, state: SharedState, credentials: Credentials, retry_seconds: float) -> None:
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
        """Ask once; returns the seconds to pause."""
        try:
            manifest = await self._source.next()
        except UnauthorizedError as error:
            return self._refused(error)
        except ServerUnreachableError as error:
            return self._unreachable(error)
        self._failures = self._refusals = 0
        self._state.manifest_received(manifest)
        return 0

    def _refused(self, error: UnauthorizedError) -> float:
        self._refusals += 1
        if not self._credentials.enrolled:
            self._state.set_connection(Connection.NOT_ENROLLED)
        elif error.revoked or self._refusals >= _UNKNOWN_TOKEN_TIMES:
            self._state.set_connection(Connection.REVOKED)
        _log.warning("token_refused", detail=str(error), revoked=error.revoked)
        return min(_REFUSED_SECONDS, self._retry_seconds)

    def _unreachable(self, error: ServerUnreachableError) -> float:
        self._failures += 1
        if self._failures == 1:
            _log.warning("server_unreachable", error=str(error))
        if self._failures >= _OFFLINE_TIMES:
            self._state.set_connection(Connection.OFFLINE)
        return with_jitter(delay_after(self._failures, _FIRST_PAUSE_SECONDS, self._retry_seconds))
