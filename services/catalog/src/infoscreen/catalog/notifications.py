"""Rings the bell whenever the projection committed changes, in whichever process that happened."""

import asyncio
from typing import Any

import asyncpg
import structlog

from infoscreen.catalog.bell import Bell, wait_for
from infoscreen.catalog.projection_store import CHANGES_CHANNEL

_CONNECT_SECONDS = 3.0
_PROBE_SECONDS = 5.0
_RETRY_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class ChangeListener:
    """Listens on Postgres, and again after each loss of the connection; then it rings too, for what was missed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.bell = Bell()

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until told to stop."""
        while not stop.is_set():
            try:
                connection = await asyncpg.connect(self._url, timeout=_CONNECT_SECONDS, command_timeout=_PROBE_SECONDS)
                try:
                    await connection.add_listener(CHANGES_CHANNEL, self._heard)
                    self.bell.ring()
                    await self._probe(connection, stop)
                finally:
                    connection.terminate()
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
                _log.warning("listening_interrupted", error=repr(error))
                await wait_for(stop, _RETRY_SECONDS)
        self.bell.ring()

    async def _probe(self, connection: "asyncpg.Connection[Any]", stop: asyncio.Event) -> None:
        """Ask something now and then: a connection that died silently is noticed only by using it."""
        while not await wait_for(stop, _PROBE_SECONDS):
            await connection.execute("SELECT 1")

    def _heard(self, *_: object) -> None:
        self.bell.ring()
