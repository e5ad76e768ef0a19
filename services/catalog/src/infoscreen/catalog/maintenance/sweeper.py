"""The deadlines of conversions: the sweeper requests an overdue conversion again, and in the end fails it.

This ends every conversion whose message was lost, such as one that reached its last delivery, or whose converter
vanished with its lease. A pending conversion counts as lost only when its lane delivered beyond its request long ago;
until then it is queued, however long that takes.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy import and_, false, func, or_
from sqlmodel import col, select

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.repeated_request import PUBLISH_SECONDS, repeated_request
from infoscreen.catalog.models import Conversion
from infoscreen.catalog.observability import OVERDUE
from infoscreen.common.clock import Clock
from infoscreen.common.errors import FailureReason
from infoscreen.common.events import ConversionFailed, Event, EventPublisher, Priority, RequestReason, event_id
from infoscreen.common.waiting import wait_for

_log = structlog.get_logger(__name__)
_WORKER = "catalog"
_SWEEP_LIMIT = 500


class Lanes(Protocol):
    """Reports how far the lanes have delivered."""

    async def delivered(self) -> Mapping[Priority, int]:
        """Return the stream sequence each lane has delivered up to."""


@dataclass(frozen=True)
class Deadlines:
    """How long a conversion may stay in a state, and how often it is requested again before it is failed."""

    processing: timedelta
    pending: timedelta
    overdue_requests: int


@dataclass(frozen=True)
class Sweeper:
    """Finds overdue conversions and publishes a request or a failure for each; the projection applies these."""

    database: Database
    lanes: Lanes
    publisher: EventPublisher
    deadlines: Deadlines
    clock: Clock
    interval_seconds: float
    _delivered: deque[tuple[datetime, Mapping[Priority, int]]] = field(default_factory=deque, init=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep on a schedule until ``stop`` is set."""
        while not await wait_for(stop, self.interval_seconds):
            await self.sweep()

    async def sweep(self) -> int:
        """Publish an event for each overdue conversion; return how many there were.

        Raises:
            UnavailableError: Postgres or NATS is away; a repetition is safe.
        """
        overdue = await self._overdue()
        for conversion in overdue:
            event, identity = resolution_of(conversion, self.deadlines.overdue_requests)
            await self.publisher.publish(event, identity, deadline_seconds=PUBLISH_SECONDS)
            OVERDUE.labels(event.type).inc()
            _log.warning("conversion_overdue", media_id=str(event.media_id), action=event.type)
        return len(overdue)

    async def _overdue(self) -> list[Conversion]:
        now = self.clock()
        lost = [
            and_(col(Conversion.priority) == lane, col(Conversion.requested_sequence) <= sequence)
            for lane, sequence in (await self._delivered_long_ago(now)).items()
        ]
        query = select(Conversion).where(
            or_(
                and_(
                    col(Conversion.status) == ConversionStatus.PROCESSING,
                    func.coalesce(col(Conversion.progressed_at), col(Conversion.started_at))
                    < now - self.deadlines.processing,
                ),
                and_(
                    col(Conversion.status) == ConversionStatus.PENDING,
                    col(Conversion.requested_at) < now - self.deadlines.pending,
                    or_(false(), *lost),
                ),
            )
        )
        async with self.database.read() as session:
            return list((await session.exec(query.limit(_SWEEP_LIMIT))).all())

    async def _delivered_long_ago(self, now: datetime) -> Mapping[Priority, int]:
        """How far the lanes had delivered a pending deadline ago, by what sweeps saw then; empty at first."""
        self._delivered.append((now, await self.lanes.delivered()))
        while len(self._delivered) > 1 and self._delivered[1][0] < now - self.deadlines.pending:
            self._delivered.popleft()
        seen_at, delivered = self._delivered[0]
        return delivered if seen_at < now - self.deadlines.pending else {}


def resolution_of(conversion: Conversion, overdue_requests: int) -> tuple[Event, UUID]:
    """Return the event that resolves an overdue conversion; its id names the request that it follows."""
    if conversion.overdue_requests < overdue_requests:
        request = repeated_request(conversion, RequestReason.OVERDUE)
        return request, _identity(request, conversion)
    failure = ConversionFailed(
        conversion_id=conversion.id,
        media_id=conversion.source_file_id,
        generation=conversion.generation,
        target_format=conversion.target_format,
        file_hash=conversion.file_hash,
        attempt=max(1, conversion.attempts),
        worker=_WORKER,
        engine="none",
        reason=FailureReason.TIMEOUT,
        message=FailureReason.TIMEOUT.sentence,
        retryable=FailureReason.TIMEOUT.retryable,
        attempts=max(1, conversion.attempts),
        profile=conversion.profile,
    )
    return failure, _identity(failure, conversion)


def _identity(event: Event, conversion: Conversion) -> UUID:
    return event_id(event.type, event.media_id, _WORKER, conversion.generation, conversion.requested_sequence)
