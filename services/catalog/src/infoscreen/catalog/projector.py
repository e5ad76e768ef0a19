"""The one active projector: it holds an advisory lock, follows the stream, and applies it in batches.

The lock, the batches and the offset share one database connection: who loses the connection loses the lead with
it, and a standby goes on from the offset. A leader that says nothing for a while, because its process hangs or its
machine is gone, is cut off by Postgres. When Postgres or NATS is away nothing is skipped; the projector waits.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import nats.errors
import structlog
from nats.aio.msg import Msg

from infoscreen.catalog.bell import Bell, wait_for
from infoscreen.catalog.database import Database, DatabaseConnection
from infoscreen.catalog.observability import ACTIVE, LAG, OFFSET
from infoscreen.catalog.projection_store import apply_batch, read_offset
from infoscreen.catalog.read_ahead import ReadAhead, reading_ahead
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import subjects
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader

PROJECTOR_LOCK = 0x696E666F_00000001
_POLL_SECONDS = 1.0
_STANDBY_SECONDS = 1.0
_LAG_SECONDS = 5.0
_RETRY_SECONDS = 1.0
_DUTY_RETRY_SECONDS = 5.0
# A leader is heard every second. Without this a machine that vanished would keep the lock for hours: for as long as
# TCP believes in it. What it was in the middle of is rolled back.
SILENCE = "SET idle_session_timeout = '6s'; SET idle_in_transaction_session_timeout = '6s'"
_RING_PAUSES_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1)

_log = structlog.get_logger(__name__)

Duty = Callable[[asyncio.Event], Awaitable[None]]
"""Work that only the active projector's process does, until the event is set or it is cancelled."""


class _Progress:
    """How far the leader has come."""

    def __init__(self, offset: int) -> None:
        self.move(offset)

    def move(self, offset: int) -> None:
        self.offset = offset
        OFFSET.set(offset)


@dataclass(frozen=True)
class Projector:
    """Applies the stream to the tables while it leads, and does the leader's other duties beside it."""

    database: Database
    connection: Connection
    reader: StreamReader
    batch_events: int
    duties: Sequence[Duty] = ()

    async def run(self, stop: asyncio.Event) -> None:
        """Lead or stand by until told to stop."""
        async with self._doorbell(stop) as bell:
            while not stop.is_set():
                try:
                    await self._lead(bell, stop)
                except UnavailableError as error:
                    _log.warning("projection_interrupted", error=str(error), cause=repr(error.__cause__))
                    await wait_for(stop, _RETRY_SECONDS)

    async def _lead(self, bell: Bell, stop: asyncio.Event) -> None:
        async with self.database.connection() as connection:
            await connection.execute(SILENCE)
            if not await _acquire_lead(connection, stop):
                return
            progress = _Progress(await read_offset(connection))
            _log.info("projection_started", offset=progress.offset)
            ACTIVE.set(1)
            measure: Duty = partial(_measure_lag, self.reader, progress)
            duties = [asyncio.create_task(_forever(duty, stop)) for duty in (*self.duties, measure)]
            try:
                async with reading_ahead(self.reader, self.batch_events) as ahead:
                    await self._follow(connection, ahead, progress, bell, stop)
            finally:
                ACTIVE.set(0)
                for duty in duties:
                    duty.cancel()
                await asyncio.gather(*duties, return_exceptions=True)

    async def _follow(
        self, connection: DatabaseConnection, ahead: ReadAhead, progress: _Progress, bell: Bell, stop: asyncio.Event
    ) -> None:
        rung = False
        while not stop.is_set():
            ticket = bell.ticket()
            messages = await _batch(ahead, progress.offset + 1, linger=rung)
            if messages:
                progress.move(await apply_batch(connection, messages))
                rung = False
                continue
            rung = await wait_for(ticket, _POLL_SECONDS)
            if not rung:  # time to see whether the connection holds, and whether a rebuild moved the offset
                progress.move(await read_offset(connection))

    @contextlib.asynccontextmanager
    async def _doorbell(self, stop: asyncio.Event) -> AsyncIterator[Bell]:
        """A bell that rings for every message published to the stream, and once at the end."""
        bell = Bell()

        async def ring(_: Msg) -> None:
            bell.ring()

        async def ring_at_the_end() -> None:
            await stop.wait()
            bell.ring()

        subscriptions = [await self.connection.client.subscribe(subject, cb=ring) for subject in subjects.FACTS]
        last_ring = asyncio.create_task(ring_at_the_end())
        try:
            yield bell
        finally:
            last_ring.cancel()
            for subscription in subscriptions:
                with contextlib.suppress(nats.errors.Error):
                    await subscription.unsubscribe()


async def _batch(ahead: ReadAhead, first_sequence: int, *, linger: bool) -> list[StoredMessage]:
    """The next messages. After a ring, look a few times: a message can reach us before it is stored."""
    messages = await ahead.batch(first_sequence)
    for pause in _RING_PAUSES_SECONDS if linger else ():
        if messages:
            break
        await asyncio.sleep(pause)
        messages = await ahead.batch(first_sequence)
    return messages


async def _acquire_lead(connection: DatabaseConnection, stop: asyncio.Event) -> bool:
    """Wait for the lead; False when told to stop first. It ends with the connection."""
    announced = False
    while not stop.is_set():
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", PROJECTOR_LOCK):
            return True
        if not announced:
            _log.info("projection_standby")
            announced = True
        await wait_for(stop, _STANDBY_SECONDS)
    return False


async def _measure_lag(reader: StreamReader, progress: _Progress, stop: asyncio.Event) -> None:
    """Say how far behind the tables are, also (and above all) while the database takes long or does not answer."""
    while not stop.is_set():
        LAG.set(max(0, await reader.last_sequence() - progress.offset))
        await wait_for(stop, _LAG_SECONDS)


async def _forever(duty: Duty, stop: asyncio.Event) -> None:
    """Do a duty until told to stop; one that breaks is started again, for the projection must not break with it."""
    while not stop.is_set():
        try:
            await duty(stop)
        except UnavailableError as error:
            _log.warning("duty_interrupted", error=str(error))
        except Exception:  # noqa: BLE001 - whatever a duty ran into, it is told and tried again
            _log.exception("duty_failed")
        await wait_for(stop, _DUTY_RETRY_SECONDS)
