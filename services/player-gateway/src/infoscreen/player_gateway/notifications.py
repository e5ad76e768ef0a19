"""The catalog's notifications: which media and players changed, and whether a change would be noticed now."""

import asyncio
from uuid import UUID

from infoscreen.common.postgres import Listener
from infoscreen.common.read_model import MEDIA_CHANNEL, PLAYERS_CHANNEL, notified_media
from infoscreen.player_gateway.cache import Cache
from infoscreen.player_gateway.hints import PlayerHints
from infoscreen.player_gateway.media_state import MediaState
from infoscreen.player_gateway.observability import LISTENING
from infoscreen.player_gateway.players import PlayerState


class CatalogListener:
    """Tells the caches what changed; after a loss of the connection every value counts as changed."""

    def __init__(
        self, url: str, media: Cache[UUID, MediaState], players: Cache[str, PlayerState], hints: PlayerHints
    ) -> None:
        self._media = media
        self._players = players
        self._hints = hints
        channels = {MEDIA_CHANNEL: self._media_changed, PLAYERS_CHANNEL: self._player_changed}
        self._listener = Listener(url, channels, self._connected, self._lost)

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until told to stop, then wake every request that waits."""
        await self._listener.run(stop)
        self._media.close()
        self._players.close()

    def _connected(self) -> None:
        self._invalidate_all(listening=True)
        self._hints.refresh()

    def _lost(self) -> None:
        self._invalidate_all(listening=False)

    def _invalidate_all(self, *, listening: bool) -> None:
        LISTENING.set(listening)
        self._media.invalidate_all(listening=listening)
        self._players.invalidate_all(listening=listening)

    def _media_changed(self, payload: str) -> None:
        changed = notified_media(payload)
        if changed is None:
            self._media.invalidate_all(listening=True)
            return
        for media_id in changed:
            self._media.invalidate(media_id)

    def _player_changed(self, _payload: str) -> None:
        """Mark every player as stale: the cache has them by their tokens, which no notification names."""
        self._players.invalidate_all(listening=True)
        self._hints.refresh()
