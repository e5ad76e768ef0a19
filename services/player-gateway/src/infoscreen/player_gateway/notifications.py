"""The catalog's notifications: which media changed, and whether we would hear of it."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from infoscreen.player_gateway.database import AWAY
from infoscreen.player_gateway.holdings import Holdings, wait_for

CHANGES_CHANNEL = "player_view_changed"
EVERYTHING = "*"
_CONNECT_SECONDS = 2.0
_PROBE_SECONDS = 5.0
_RETRY_SECONDS = 0.5

_log = structlog.get_logger(__name__)


class ChangeListener:
    """Tells the holdings what changed; after a loss of the connection everything counts as changed."""

    def __init__(self, url: str, holdings: Holdings) -> None:
        self._url = url
        self._holdings = holdings

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until told to stop."""
        while not stop.is_set():
            try:
                await self._listen(stop)
            except AWAY as error:
                _log.warning("listening_interrupted", error=repr(error))
                await wait_for(stop, _RETRY_SECONDS)
        self._holdings.invalidate_all(listening=False)

    async def _listen(self, stop: asyncio.Event) -> None:
        connection = await asyncpg.connect(self._url, timeout=_CONNECT_SECONDS, command_timeout=_PROBE_SECONDS)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(CHANGES_CHANNEL, self._heard)
            self._holdings.invalidate_all(listening=True)
            while not stop.is_set() and not await wait_for(lost, _PROBE_SECONDS):
                await connection.execute("SELECT 1")  # a connection that died silently is noticed only by using it
        finally:
            self._holdings.invalidate_all(listening=False)
            connection.terminate()

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        if payload == EVERYTHING:
            self._holdings.invalidate_all(listening=True)
            return
        for media_id in str(payload).split(","):
            self._holdings.invalidate(UUID(media_id))
