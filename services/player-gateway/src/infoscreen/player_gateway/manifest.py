"""The manifest: the media that a player should show, with an etag, so that a player fetches only changes."""

import asyncio
import contextlib
import hashlib
import time
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from infoscreen.common.auth import Principal
from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.waiting import wait_for
from infoscreen.player_gateway.cache import Cache
from infoscreen.player_gateway.display import Display
from infoscreen.player_gateway.media_state import MediaState
from infoscreen.player_gateway.observability import LONG_POLLS
from infoscreen.player_gateway.players import PlayerPrincipal, PlayerState, check_enrolled

_LOOK_AGAIN_SECONDS = 10.0
_SETTLE_SECONDS = 0.02  # changes come in bursts: one answer for all of them


class NewestMedia(Protocol):
    """Lists media for the player that may show every one."""

    async def newest(self, limit: int) -> list[MediaState]:
        """The newest media."""


@dataclass(frozen=True)
class Manifest:
    """What a player should show, in order."""

    player: str
    media: list[MediaState]

    @property
    def etag(self) -> str:
        """A hash of what is to be shown, without the URLs, which differ each time that they are signed."""
        facts = [self.player, *(f"{m.media_id} {m.generation} {m.status} {m.shown_sha256}" for m in self.media)]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:32]


class Manifests:
    """Makes manifests.

    Args:
        display: knows each medium's state.
        media: notices changes of media.
        players: notices changes of what is assigned.
        newest: what the embedded player shows, which may show everything.
        everything_limit: how many of those.
    """

    def __init__(
        self,
        display: Display,
        media: Cache[UUID, MediaState],
        players: Cache[str, PlayerState],
        newest: NewestMedia,
        everything_limit: int,
    ) -> None:
        self._display = display
        self._media = media
        self._players = players
        self._newest = newest
        self._everything_limit = everything_limit
        self._everything: list[MediaState] = []

    async def of(self, principal: Principal, known_etag: str | None, wait_seconds: float) -> Manifest:
        """The manifest; with ``wait_seconds``, waits as long for one that differs from the known one."""
        deadline, changed = time.monotonic() + wait_seconds, asyncio.Event()
        while True:
            player = await self._current(principal)
            with self._watching(principal, player, changed):
                changed.clear()
                manifest = Manifest(principal.name, await self._shown(player))
                left = deadline - time.monotonic()
                if manifest.etag != known_etag or left <= 0 or self._media.closing:
                    return manifest
                with LONG_POLLS.track_inprogress():
                    if await wait_for(changed, min(left, _LOOK_AGAIN_SECONDS)):
                        await asyncio.sleep(_SETTLE_SECONDS)

    async def _current(self, principal: Principal) -> PlayerState | None:
        """The current state of an enrolled player; None for the embedded one."""
        if not isinstance(principal, PlayerPrincipal):
            return None
        return check_enrolled(await self._players.get(principal.token_sha256))

    @contextlib.contextmanager
    def _watching(self, principal: Principal, player: PlayerState | None, changed: asyncio.Event):  # type: ignore[no-untyped-def]  # noqa: ANN202
        if player is None or not isinstance(principal, PlayerPrincipal):
            with self._media.watching_all(changed):
                yield
        else:
            with (
                self._media.watching(player.media_ids, changed),
                self._players.watching([principal.token_sha256], changed),
            ):
                yield

    async def _shown(self, player: PlayerState | None) -> list[MediaState]:
        if player is None:
            with contextlib.suppress(UnavailableError):  # then the last answer is still the best one
                self._everything = await self._newest.newest(self._everything_limit)
            return self._everything
        shown = []
        for media_id in player.media_ids:
            with contextlib.suppress(NotFoundError):  # deleted since
                shown.append(await self._display.state(media_id))
        return shown
