"""Postgres as the services share it: how the driver says that it is away, and listening for notifications.

For services that depend on `infoscreen-common[postgres]`; no other module of `common` imports this one.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import asyncpg
import structlog

from infoscreen.common.waiting import wait_for, wait_for_either

AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
"""How asyncpg says that Postgres is away, among other things."""

_CONNECT_SECONDS = 3.0
_PROBE_SECONDS = 5.0
_RETRY_SECONDS = 0.5

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Listener:
    """Listens on channels of Postgres, and reconnects after each loss of the connection.

    Attributes:
        url: the server and the database, as ``postgresql://…``.
        channels: for each channel what takes the payload of a notification.
        connected: called each time that listening begins; notifications before that were missed.
        lost: called each time that listening ends.
    """

    url: str
    channels: Mapping[str, Callable[[str], None]]
    connected: Callable[[], None]
    lost: Callable[[], None] = lambda: None

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until ``stop`` is set."""
        while not stop.is_set():
            try:
                await self._listen(stop)
            except AWAY as error:
                _log.warning("listening_interrupted", error=repr(error))
                await wait_for(stop, _RETRY_SECONDS)

    async def _listen(self, stop: asyncio.Event) -> None:
        connection = await asyncpg.connect(self.url, timeout=_CONNECT_SECONDS, command_timeout=_PROBE_SECONDS)
        over = asyncio.Event()
        connection.add_termination_listener(lambda _: over.set())
        try:
            for channel in self.channels:
                await connection.add_listener(channel, self._notified)
            self.connected()
            while not (stop.is_set() or over.is_set()):
                await connection.execute("SELECT 1")  # a connection that died silently is noticed only by using it
                await wait_for_either(stop, over, _PROBE_SECONDS)
        finally:
            self.lost()
            connection.terminate()

    def _notified(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self.channels[channel](str(payload))
