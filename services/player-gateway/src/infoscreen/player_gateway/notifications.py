"""The catalog's notifications: which media and players changed, and whether a change would be noticed now."""

import asyncio
from uuid import UUID

from infoscreen.common.postgres import Listener
from infoscreen.common.read_model import (
    MEDIA_CHANNEL,
    PLAYERS_CHANNEL,
    PROGRAMMES_CHANNEL,
    notified_media,
    notified_programme,
)
from infoscreen.player_gateway.cache import Cache
from infoscreen.player_gateway.hints import PlayerHints
from infoscreen.player_gateway.media_state import MediaState
from infoscreen.player_gateway.observability import LISTENING
from infoscreen.player_gateway.players import PlayerState
from infoscreen.player_gateway.programme import Programme


class CatalogListener:
    """Tells the caches what changed; after a loss of the connection every value counts as changed."""

    def __init__(
        self,
        url: str,
        media: Cache[UUID, MediaState],
        players: Cache[str, PlayerState],
        programmes: Cache[UUID | None, Programme],
        hints: PlayerHints,
    ) -> None:
        self._media = media
        self._players = players
        self._programmes = programmes
        self._hints = hints
        self._changed_players: set[UUID] = set()
        channels = {
            MEDIA_CHANNEL: self._media_changed,
            PLAYERS_CHANNEL: self._player_changed,
            PROGRAMMES_CHANNEL: self._programme_changed,
        }
        self._listener = Listener(url, channels, self._connected, self._lost)

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until told to stop, then wake every request that waits."""
        await self._listener.run(stop)
        for cache in (self._media, self._players, self._programmes):
            cache.close()

    def _connected(self) -> None:
        self._invalidate_all(listening=True)
        self._hints.refresh()

    def _lost(self) -> None:
        self._invalidate_all(listening=False)

    def _invalidate_all(self, *, listening: bool) -> None:
        LISTENING.set(listening)
        for cache in (self._media, self._players, self._programmes):
            cache.invalidate_all(listening=listening)

    def _media_changed(self, payload: str) -> None:
        changed = notified_media(payload)
        if changed is None:
            self._media.invalidate_all(listening=True)
            return
        for media_id in changed:
            self._media.invalidate(media_id)

    def _player_changed(self, payload: str) -> None:
        self._invalidate_player(UUID(payload))
        self._hints.refresh()

    def _programme_changed(self, payload: str) -> None:
        match notified_programme(payload):
            case ("player", player_id):
                self._invalidate_player(player_id)
            case ("group", group_id):
                self._programmes.invalidate(group_id)
            case None:
                self._programmes.invalidate_all(listening=True)

    def _invalidate_player(self, player_id: UUID) -> None:
        """Mark one player as stale, with all others that are named in this turn of the loop.

        The cache has them by their tokens, which no notification names; a change may be about each of thousands.
        """
        if not self._changed_players:
            asyncio.get_running_loop().call_soon(self._invalidate_players)
        self._changed_players.add(player_id)

    def _invalidate_players(self) -> None:
        changed, self._changed_players = self._changed_players, set()
        self._players.invalidate_where(lambda player: player.player_id in changed)
