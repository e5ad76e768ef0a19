"""Listens for Postgres notifications: committed changes of the projection, and sign-outs, from every process."""

import asyncio

import asyncpg
import structlog

from infoscreen.catalog.api.sign_outs import SIGN_OUTS_CHANNEL, SignOuts
from infoscreen.catalog.database import DatabaseConnection
from infoscreen.catalog.wake_up import WakeUpSignal
from infoscreen.common.read_model import MEDIA_CHANNEL
from infoscreen.common.waiting import wait_for

_CONNECT_SECONDS = 3.0
_PROBE_SECONDS = 5.0
_RETRY_SECONDS = 1.0

_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

_log = structlog.get_logger(__name__)


class NotificationListener:
    """Listens on Postgres, and reconnects after each loss of the connection.

    Attributes:
        changes: sends a wake-up for each notification, and after each connect for those that were missed.
        sign_outs: the sign-outs that any replica announced.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.changes = WakeUpSignal()
        self.sign_outs = SignOuts()

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until ``stop`` is set."""
        while not stop.is_set():
            try:
                connection = await asyncpg.connect(self._url, timeout=_CONNECT_SECONDS, command_timeout=_PROBE_SECONDS)
                try:
                    await self._listen(connection, stop)
                finally:
                    connection.terminate()
            except _AWAY as error:
                _log.warning("listening_interrupted", error=repr(error))
                await wait_for(stop, _RETRY_SECONDS)
        self.changes.send()

    async def _listen(self, connection: DatabaseConnection, stop: asyncio.Event) -> None:
        over = asyncio.Event()
        connection.add_termination_listener(lambda _: over.set())
        stopper = asyncio.create_task(_set_after(stop, over))
        try:
            await connection.add_listener(MEDIA_CHANNEL, self._heard)
            await connection.add_listener(SIGN_OUTS_CHANNEL, self._signed_out)
            self.changes.send()
            while not await wait_for(over, _PROBE_SECONDS):
                await connection.execute("SELECT 1")  # only using a connection shows that it died silently
        finally:
            stopper.cancel()

    def _heard(self, *_: object) -> None:
        self.changes.send()

    def _signed_out(self, _connection: object, _pid: object, _channel: object, payload: object) -> None:
        self.sign_outs.note(str(payload))


async def _set_after(first: asyncio.Event, then: asyncio.Event) -> None:
    """Set the second event once the first is set."""
    await first.wait()
    then.set()
