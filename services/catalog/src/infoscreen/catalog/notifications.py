"""Rings the bell whenever the projection committed changes, and notes sign-outs, in whichever process that happened."""

import asyncio

import asyncpg
import structlog

from infoscreen.catalog.bell import Bell, wait_for
from infoscreen.catalog.database import DatabaseConnection
from infoscreen.catalog.sign_outs import SIGN_OUTS_CHANNEL, SignOuts
from infoscreen.common.read_model import MEDIA_CHANNEL

_CONNECT_SECONDS = 3.0
_PROBE_SECONDS = 5.0
_RETRY_SECONDS = 1.0

_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

_log = structlog.get_logger(__name__)


class ChangeListener:
    """Listens on Postgres, and again after each loss of the connection; then it rings too, for what was missed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.bell = Bell()
        self.sign_outs = SignOuts()

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until told to stop."""
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
        self.bell.ring()

    async def _listen(self, connection: DatabaseConnection, stop: asyncio.Event) -> None:
        over = asyncio.Event()
        connection.add_termination_listener(lambda _: over.set())
        stopper = asyncio.create_task(_pass_on(stop, over))
        try:
            await connection.add_listener(MEDIA_CHANNEL, self._heard)
            await connection.add_listener(SIGN_OUTS_CHANNEL, self._signed_out)
            self.bell.ring()
            while not await wait_for(over, _PROBE_SECONDS):
                await connection.execute("SELECT 1")  # a connection that died silently is noticed only by using it
        finally:
            stopper.cancel()

    def _heard(self, *_: object) -> None:
        self.bell.ring()

    def _signed_out(self, _connection: object, _pid: object, _channel: object, payload: object) -> None:
        self.sign_outs.note(str(payload))


async def _pass_on(first: asyncio.Event, then: asyncio.Event) -> None:
    """Set one event when another is."""
    await first.wait()
    then.set()
