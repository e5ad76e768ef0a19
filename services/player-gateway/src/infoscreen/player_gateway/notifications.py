"""The catalog's notifications: which media and players changed, and whether a change would be noticed now."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from infoscreen.common.read_model import MEDIA_CHANNEL, PLAYERS_CHANNEL, notified_media
from infoscreen.common.waiting import wait_for, wait_for_either
from infoscreen.player_gateway.cache import Cache
from infoscreen.player_gateway.database import AWAY
from infoscreen.player_gateway.hints import PlayerHints
from infoscreen.player_gateway.media_state import MediaState
from infoscreen.player_gateway.observability import LISTENING
from infoscreen.player_gateway.players import PlayerState

_CONNECT_SECONDS = 2.0
_PROBE_SECONDS = 5.0
_RETRY_SECONDS = 0.5

_log = structlog.get_logger(__name__)


class CatalogListener:
    """Tells the caches what changed; after a loss of the connection every value counts as changed."""

    def __init__(
        self, url: str, media: Cache[UUID, MediaState], players: Cache[str, PlayerState], hints: PlayerHints
    ) -> None:
        self._url = url
        self._media = media
        self._players = players
        self._hints = hints

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until told to stop."""
        while not stop.is_set():
            try:
                await self._listen(stop)
            except AWAY as error:
                _log.warning("listening_interrupted", error=repr(error))
                await wait_for(stop, _RETRY_SECONDS)
        self._media.close()
        self._players.close()

    async def _listen(self, stop: asyncio.Event) -> None:
        connection = await asyncpg.connect(self._url, timeout=_CONNECT_SECONDS, command_timeout=_PROBE_SECONDS)
        over = asyncio.Event()
        connection.add_termination_listener(lambda _: over.set())
        try:
            await connection.add_listener(MEDIA_CHANNEL, self._media_changed)
            await connection.add_listener(PLAYERS_CHANNEL, self._player_changed)
            self._invalidate_all(listening=True)
            self._hints.refresh()
            while not (stop.is_set() or over.is_set()):
                await connection.execute("SELECT 1")  # a connection that died silently is noticed only by using it
                await wait_for_either(stop, over, _PROBE_SECONDS)
        finally:
            self._invalidate_all(listening=False)
            connection.terminate()

    def _invalidate_all(self, *, listening: bool) -> None:
        LISTENING.set(listening)
        self._media.invalidate_all(listening=listening)
        self._players.invalidate_all(listening=listening)

    def _media_changed(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        changed = notified_media(str(payload))
        if changed is None:
            self._media.invalidate_all(listening=True)
            return
        for media_id in changed:
            self._media.invalidate(media_id)

    def _player_changed(self, *_: object) -> None:
        """Mark every player as stale: the cache has them by their tokens, which no notification names."""
        self._players.invalidate_all(listening=True)
        self._hints.refresh()
