"""The active projector: it holds an advisory lock, follows the stream, and applies it in batches.

The lock, the batches and the offset share one database connection: a leader that loses the connection loses the lead
with it, and a standby continues from the offset. Postgres ends the session of a leader that is silent because its
process hangs or its machine is gone. While Postgres or NATS is away the projector waits; it skips nothing. At an event
that only a newer release understands, it gives up the lead, which a standby of that release can take.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import nats.errors
import structlog
from nats.aio.msg import Msg

from infoscreen.catalog.database import Database, DatabaseConnection
from infoscreen.catalog.observability import ACTIVE, LAG, NEWER, OFFSET
from infoscreen.catalog.projection.read_ahead import ReadAhead, reading_ahead
from infoscreen.catalog.projection.store import apply_batch, pass_purged, read_offset
from infoscreen.catalog.wake_up import WakeUpSignal
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import NewerEventError, subjects
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader
from infoscreen.common.waiting import wait_for

PROJECTOR_LOCK = 0x696E666F_00000001
_POLL_SECONDS = 1.0
_STANDBY_SECONDS = 1.0
_LAG_SECONDS = 5.0
_RETRY_SECONDS = 1.0
_NEWER_EVENT_SECONDS = 30.0
_TASK_RETRY_SECONDS = 5.0
# A leader uses its connection every second. Without these limits a machine that vanished would keep the lock until TCP
# gives the connection up, which takes hours. Postgres rolls its open transaction back.
SESSION_TIMEOUTS = "SET idle_session_timeout = '6s'; SET idle_in_transaction_session_timeout = '6s'"
_STORE_PAUSES_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1)

_log = structlog.get_logger(__name__)

LeaderTask = Callable[[asyncio.Event], Awaitable[None]]
"""Work that only the leading process does, until the event is set or the task is cancelled."""


class _Progress:
    """The offset of the leader, shared with the task that measures the lag."""

    def __init__(self, offset: int) -> None:
        self.move(offset)

    def move(self, offset: int) -> None:
        self.offset = offset
        OFFSET.set(offset)


@dataclass(frozen=True)
class Projector:
    """Applies the stream to the tables while it leads, and runs the leader's other tasks beside that."""

    database: Database
    connection: Connection
    reader: StreamReader
    batch_events: int
    leader_tasks: Sequence[LeaderTask] = ()
    newer_event_seconds: float = _NEWER_EVENT_SECONDS

    async def run(self, stop: asyncio.Event) -> None:
        """Lead or stand by until told to stop."""
        async with self._message_signal(stop) as published:
            while not stop.is_set():
                try:
                    await self._lead(published, stop)
                except UnavailableError as error:
                    _log.warning("projection_interrupted", error=str(error), cause=repr(error.__cause__))
                    await wait_for(stop, _RETRY_SECONDS)
                except NewerEventError as error:
                    NEWER.inc()
                    _log.error("newer_event", error=str(error))
                    await wait_for(stop, self.newer_event_seconds)

    async def _lead(self, published: WakeUpSignal, stop: asyncio.Event) -> None:
        async with self.database.connection() as connection:
            await connection.execute(SESSION_TIMEOUTS)
            if not await _acquire_lead(connection, stop):
                return
            progress = _Progress(await read_offset(connection))
            _log.info("projection_started", offset=progress.offset)
            ACTIVE.set(1)
            measure: LeaderTask = partial(_measure_lag, self.reader, progress)
            tasks = [asyncio.create_task(_repeat(task, stop)) for task in (*self.leader_tasks, measure)]
            try:
                async with reading_ahead(self.reader, self.batch_events) as ahead:
                    await self._follow(connection, ahead, progress, published, stop)
            finally:
                ACTIVE.set(0)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(
        self,
        connection: DatabaseConnection,
        ahead: ReadAhead,
        progress: _Progress,
        published: WakeUpSignal,
        stop: asyncio.Event,
    ) -> None:
        woken = False
        while not stop.is_set():
            wake_up = published.next()
            messages = await _batch(ahead, progress.offset + 1, linger=woken)
            if messages:
                progress.move(await apply_batch(connection, messages))
                woken = False
                continue
            woken = await wait_for(wake_up, _POLL_SECONDS)
            if not woken:  # test the connection, and take over the offset that a rebuild may have moved
                progress.move(await read_offset(connection))
                end = await self.reader.end_of_gap(progress.offset)
                if end > progress.offset:
                    progress.move(await pass_purged(connection, end))

    @contextlib.asynccontextmanager
    async def _message_signal(self, stop: asyncio.Event) -> AsyncIterator[WakeUpSignal]:
        """A wake-up signal for every message that is published to the stream, and for the stop."""
        published = WakeUpSignal()

        async def wake_up(_: Msg) -> None:
            published.send()

        async def wake_up_on_stop() -> None:
            await stop.wait()
            published.send()

        subscriptions = [await self.connection.client.subscribe(subject, cb=wake_up) for subject in subjects.FACTS]
        stopping = asyncio.create_task(wake_up_on_stop())
        try:
            yield published
        finally:
            stopping.cancel()
            for subscription in subscriptions:
                with contextlib.suppress(nats.errors.Error):
                    await subscription.unsubscribe()


async def _batch(ahead: ReadAhead, first_sequence: int, *, linger: bool) -> list[StoredMessage]:
    """Return the next messages; after a wake-up, retry, because NATS delivers a message before the stream stores it."""
    messages = await ahead.batch(first_sequence)
    for pause in _STORE_PAUSES_SECONDS if linger else ():
        if messages:
            break
        await asyncio.sleep(pause)
        messages = await ahead.batch(first_sequence)
    return messages


async def _acquire_lead(connection: DatabaseConnection, stop: asyncio.Event) -> bool:
    """Wait for the lead, which ends with the connection; return False when ``stop`` is set first."""
    logged = False
    while not stop.is_set():
        if await connection.fetchval("SELECT pg_try_advisory_lock($1)", PROJECTOR_LOCK):
            return True
        if not logged:
            _log.info("projection_standby")
            logged = True
        await wait_for(stop, _STANDBY_SECONDS)
    return False


async def _measure_lag(reader: StreamReader, progress: _Progress, stop: asyncio.Event) -> None:
    """Export how far the tables lag, also while the database is slow or does not answer."""
    while not stop.is_set():
        LAG.set(max(0, await reader.last_sequence() - progress.offset))
        await wait_for(stop, _LAG_SECONDS)


async def _repeat(task: LeaderTask, stop: asyncio.Event) -> None:
    """Run a task until ``stop`` is set. A task that fails is logged and restarted, and does not end the projection."""
    while not stop.is_set():
        try:
            await task(stop)
        except UnavailableError as error:
            _log.warning("leader_task_interrupted", error=str(error))
        except Exception:  # noqa: BLE001 - any failure of a task is logged and retried
            _log.exception("leader_task_failed")
        await wait_for(stop, _TASK_RETRY_SECONDS)
