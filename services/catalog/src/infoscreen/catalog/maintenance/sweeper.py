"""The deadline of every conversion: one that went silent is asked for again, and in the end failed with a reason.

Whatever was lost on the way (a message that reached its last delivery, a converter that vanished with its lease),
this is what ends it. A conversion that merely waits its turn is left alone: it counts as lost only once its lane
has delivered beyond it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog
from sqlalchemy import and_, or_
from sqlmodel import col, select

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.database import Database
from infoscreen.catalog.models import Conversion
from infoscreen.catalog.observability import OVERDUE
from infoscreen.catalog.publishing import EventPublisher
from infoscreen.catalog.wake_up import wait_for
from infoscreen.common.clock import Clock
from infoscreen.common.errors import FailureReason
from infoscreen.common.events import ConversionFailed, ConversionRequested, Event, Priority, RequestReason, event_id

_log = structlog.get_logger(__name__)
_WORKER = "catalog"
_PUBLISH_SECONDS = 5.0
_AT_ONCE = 500


class Lanes(Protocol):
    """What the lanes have handed out."""

    async def delivered(self) -> Mapping[Priority, int]:
        """The stream sequence each lane has delivered up to."""


@dataclass(frozen=True)
class Deadlines:
    """How long a conversion may be silent, and how often it is asked for again before it is failed."""

    processing: timedelta
    pending: timedelta
    overdue_requests: int


@dataclass(frozen=True)
class Sweeper:
    """Finds overdue conversions and publishes what ends them; the projection does the rest."""

    database: Database
    lanes: Lanes
    publisher: EventPublisher
    deadlines: Deadlines
    clock: Clock
    interval_seconds: float

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep on a schedule until told to stop."""
        while not await wait_for(stop, self.interval_seconds):
            await self.sweep()

    async def sweep(self) -> int:
        """Deal with every overdue conversion; returns how many there were.

        Raises:
            UnavailableError: Postgres or NATS is away; doing it again is safe.
        """
        overdue = await self._overdue()
        for conversion in overdue:
            event, identity = verdict(conversion, self.deadlines.overdue_requests)
            await self.publisher.publish(event, identity, deadline_seconds=_PUBLISH_SECONDS)
            OVERDUE.labels(event.type).inc()
            _log.warning("conversion_overdue", media_id=str(event.media_id), action=event.type)
        return len(overdue)

    async def _overdue(self) -> list[Conversion]:
        now = self.clock()
        delivered = await self.lanes.delivered()
        lost = [
            and_(col(Conversion.priority) == lane, col(Conversion.requested_sequence) <= sequence)
            for lane, sequence in delivered.items()
        ]
        query = select(Conversion).where(
            or_(
                and_(
                    col(Conversion.status) == ConversionStatus.PROCESSING,
                    col(Conversion.started_at) < now - self.deadlines.processing,
                ),
                and_(
                    col(Conversion.status) == ConversionStatus.PENDING,
                    col(Conversion.requested_at) < now - self.deadlines.pending,
                    or_(*lost),
                ),
            )
        )
        async with self.database.read() as session:
            return list((await session.exec(query.limit(_AT_ONCE))).all())


def verdict(conversion: Conversion, overdue_requests: int) -> tuple[Event, UUID]:
    """What to publish about an overdue conversion. The id names the request that it follows: once for each."""
    if conversion.overdue_requests < overdue_requests:
        request = ConversionRequested(
            media_id=conversion.source_file_id,
            generation=conversion.generation,
            target_format=conversion.target_format,
            priority=Priority(conversion.priority),
            reason=RequestReason.OVERDUE,
            profile=conversion.profile,
        )
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
