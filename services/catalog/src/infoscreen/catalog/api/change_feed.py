"""Changes of media for all event streams of this process: read once, rendered once, held for a while.

However many streams are open, a change costs one query and one rendering. A stream that comes back for more than is
held reads its past in pages from the database, a few streams at a time, until it has caught up with what is held.
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
from infoscreen.catalog.wake_up import Bell, wait_for
from infoscreen.common.errors import UnavailableError

_PAGE = 500
_HELD = 2000  # about a megabyte
_PORTION = 100  # changes that a stream is given at a time, so that a slow one holds kilobytes only
_READERS_OF_THE_PAST = 2
_LOOK_AGAIN_SECONDS = 5.0  # should a notification ever be lost
_RETRY_SECONDS = 1.0
_PAUSE_SECONDS = 0.1  # between two readings: when much changes, streams are woken for many changes at once

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it goes over the wire."""

    sequence: int
    data: bytes


def _rendered(event: MediaEvent) -> Change:
    data = MediaChanged.of(event).model_dump_json()
    return Change(event.sequence, format_sse_event(data_str=data, event=event.event_type, id=str(event.sequence)))


class LiveEvents:
    """Reads the changes that were committed, in whichever process, and hands them to streams.

    Args:
        database: where the projection writes them.
        changed: rings when it did.
    """

    def __init__(self, database: Database, changed: Bell) -> None:
        self._database = database
        self._changed = changed
        self._bell = Bell()
        self._held: list[Change] = []
        self._floor: int | None = None  # everything after it, up to the head, is held
        self._head = 0
        self._past = asyncio.Semaphore(_READERS_OF_THE_PAST)

    async def run(self, stop: asyncio.Event) -> None:
        """Read until told to stop. While the database is away, streams stay open and hear nothing."""
        away = False
        while not stop.is_set():
            ticket = self._changed.ticket()
            try:
                found = await self._read()
                away = False
            except UnavailableError as error:
                if not away:
                    _log.warning("live_events_interrupted", error=str(error))
                found, away = False, True
            if found:
                await wait_for(stop, _PAUSE_SECONDS)
            else:
                await wait_for(ticket, _RETRY_SECONDS if away else _LOOK_AGAIN_SECONDS)
        self._bell.ring()

    def ticket(self) -> asyncio.Event:
        """Set when there may be more than ``after`` told, and when the process is about to stop."""
        return self._bell.ticket()

    async def offset(self) -> int:
        """The stream sequence up to which the tables are.

        Raises:
            UnavailableError: the database is away.
        """
        async with self._database.read() as session:
            return (await session.exec(select(ProjectionOffset.sequence))).one()

    async def after(self, sequence: int) -> tuple[list[Change], int]:
        """Some of the changes after a sequence, oldest first, and the sequence to go on after.

        Raises:
            UnavailableError: they are no longer held, and the database is away.
        """
        if self._floor is None or sequence < self._floor:
            async with self._past:
                return await self._page_after(sequence)
        start = bisect_right(self._held, sequence, key=attrgetter("sequence"))
        changes = self._held[start : start + _PORTION]
        return changes, changes[-1].sequence if changes else sequence

    async def _page_after(self, sequence: int) -> tuple[list[Change], int]:
        head = self._head
        changes = [_rendered(event) for event in await self._events_after(sequence, _PORTION)]
        reached = changes[-1].sequence if changes else sequence
        return changes, reached if len(changes) == _PORTION else max(reached, head)

    async def _read(self) -> bool:
        """Read what is new; True where there was something."""
        if self._floor is None:
            self._floor = self._head = await self.offset()
        events = await self._events_after(self._head, _PAGE)
        if not events:
            return False
        self._held.extend(map(_rendered, events))
        self._head = events[-1].sequence
        if (excess := len(self._held) - _HELD) > 0:
            self._floor = self._held[excess - 1].sequence
            del self._held[:excess]
        self._bell.ring()
        return True

    async def _events_after(self, sequence: int, limit: int) -> Sequence[MediaEvent]:
        query = select(MediaEvent).where(MediaEvent.sequence > sequence, col(MediaEvent.status).is_not(None))
        async with self._database.read() as session:
            return (await session.exec(query.order_by(col(MediaEvent.sequence)).limit(limit))).all()
