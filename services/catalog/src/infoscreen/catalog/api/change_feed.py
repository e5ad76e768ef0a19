"""The change feed of all event streams of this process: it reads and renders each change once, and buffers it.

However many streams are open, a change costs one query and one rendering. A stream that resumes before the start of the
buffer reads older changes in pages from the database, a few streams at a time, until it reaches the buffer.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

import structlog
from fastapi.sse import format_sse_event
from sqlmodel import col, select

from infoscreen.catalog.api.schemas.media import MediaChanged
from infoscreen.catalog.database import Database
from infoscreen.catalog.models import MediaEvent, ProjectionOffset
from infoscreen.catalog.wake_up import WakeUpSignal
from infoscreen.common.errors import UnavailableError
from infoscreen.common.waiting import wait_for

_PAGE = 500
_BUFFERED = 2000  # about a megabyte
_CHUNK = 100  # changes that a stream gets at a time, so that a slow stream holds kilobytes only
_BACKLOG_READERS = 2
_POLL_SECONDS = 5.0  # in case a notification is lost
_RETRY_SECONDS = 1.0
_PAUSE_SECONDS = 0.1  # between two reads, so that under load one wake-up covers many changes

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """A change as a stream sends it."""

    sequence: int
    data: bytes


def _rendered(event: MediaEvent) -> Change:
    data = MediaChanged.of(event).model_dump_json()
    return Change(event.sequence, format_sse_event(data_str=data, event=event.event_type, id=str(event.sequence)))


class ChangeFeed:
    """Reads the changes that any process committed, and gives them to streams.

    Args:
        database: the tables of the projection.
        changed: sends a wake-up when the projection has committed changes.
    """

    def __init__(self, database: Database, changed: WakeUpSignal) -> None:
        self._database = database
        self._changed = changed
        self._wake_up = WakeUpSignal()
        self._buffer: list[Change] = []
        self._floor: int | None = None  # the buffer has every change after it, up to the head
        self._head = 0
        self._backlog = asyncio.Semaphore(_BACKLOG_READERS)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until ``stop`` is set. While the database is away, streams stay open and get no changes."""
        away = False
        while not stop.is_set():
            wake_up = self._changed.next()
            try:
                found = await self._read()
                away = False
            except UnavailableError as error:
                if not away:
                    _log.warning("change_feed_interrupted", error=str(error))
                found, away = False, True
            if found:
                await wait_for(stop, _PAUSE_SECONDS)
            else:
                await wait_for(wake_up, _RETRY_SECONDS if away else _POLL_SECONDS)
        self._wake_up.send()

    def next(self) -> asyncio.Event:
        """Return the event that is set when ``after`` may have more changes, and when the process stops."""
        return self._wake_up.next()

    async def offset(self) -> int:
        """Return the stream sequence up to which the tables have applied the stream.

        Raises:
            UnavailableError: the database is away.
        """
        async with self._database.read() as session:
            return (await session.exec(select(ProjectionOffset.sequence))).one()

    async def after(self, sequence: int) -> tuple[list[Change], int]:
        """Return some changes after a sequence, oldest first, and the sequence to continue after.

        Raises:
            UnavailableError: the buffer begins later, and the database is away.
        """
        if self._floor is None or sequence < self._floor:
            async with self._backlog:
                return await self._page_after(sequence)
        start = bisect_right(self._buffer, sequence, key=attrgetter("sequence"))
        changes = self._buffer[start : start + _CHUNK]
        return changes, changes[-1].sequence if changes else sequence

    async def _page_after(self, sequence: int) -> tuple[list[Change], int]:
        head = self._head
        changes = [_rendered(event) for event in await self._events_after(sequence, _CHUNK)]
        reached = changes[-1].sequence if changes else sequence
        return changes, reached if len(changes) == _CHUNK else max(reached, head)

    async def _read(self) -> bool:
        """Read new changes into the buffer; return True where there were some."""
        if self._floor is None:
            self._floor = self._head = await self.offset()
        events = await self._events_after(self._head, _PAGE)
        if not events:
            return False
        self._buffer.extend(map(_rendered, events))
        self._head = events[-1].sequence
        if (excess := len(self._buffer) - _BUFFERED) > 0:
            self._floor = self._buffer[excess - 1].sequence
            del self._buffer[:excess]
        self._wake_up.send()
        return True

    async def _events_after(self, sequence: int, limit: int) -> Sequence[MediaEvent]:
        query = select(MediaEvent).where(MediaEvent.sequence > sequence, col(MediaEvent.status).is_not(None))
        async with self._database.read() as session:
            return (await session.exec(query.order_by(col(MediaEvent.sequence)).limit(limit))).all()
