"""Statistics of all conversions, and the estimate of when an unfinished conversion is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.models import Conversion
from infoscreen.common.events import Priority
from infoscreen.common.read_model import (
    DEFAULT_DURATION_SECONDS,
    remaining_by_progress,
    remaining_seconds,
    waiting_seconds,
)

_WORKER_SEEN = timedelta(minutes=15)

_DURATIONS = """
WITH newest AS (
    SELECT duration_seconds FROM conversions
    WHERE status = 'ready' AND NOT cached AND target_format = 'pdf' ORDER BY finished_at DESC LIMIT 1000
)
SELECT avg(duration_seconds) AS average,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_seconds) AS p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_seconds) AS p95
FROM newest
"""
_COUNTS = """
SELECT status::text, priority, count(*) AS amount, min(requested_at) AS oldest
FROM conversions WHERE status <> 'obsolete' AND target_format = 'pdf' GROUP BY status, priority
"""
_AHEAD = """
SELECT count(*) FROM conversions
WHERE status = 'pending' AND requested_sequence < :sequence AND priority = :priority
   OR status = 'pending' AND priority = ANY(:faster)
"""
_WORKERS = """
SELECT count(DISTINCT worker) FROM conversions
WHERE status IN ('ready', 'failed') AND finished_at > :since
   OR status = 'processing' AND finished_at IS NULL AND started_at > :since
"""
_LANES = list(Priority)


@dataclass(frozen=True)
class Durations:
    """Seconds that engines took, over the newest 1000 conversions; None before the first one."""

    average: float | None
    p50: float | None
    p95: float | None


@dataclass(frozen=True)
class LaneCount:
    """How many conversions of one status a lane has, and when the oldest of them was requested."""

    status: str
    priority: Priority
    amount: int
    oldest: datetime


@dataclass(frozen=True)
class Estimate:
    """When a conversion is expected to be done, by the durations of earlier ones."""

    queue_position: int | None
    eta_seconds: float | None


async def durations(session: AsyncSession) -> Durations:
    """Return how long engines took lately, without results that were reused."""
    row = await _one(session, _DURATIONS)
    return Durations(average=row.average, p50=row.p50, p95=row.p95)


async def lane_counts(session: AsyncSession) -> list[LaneCount]:
    """Return the number of conversions that are not obsolete, by status and lane."""
    rows = await (await session.connection()).execute(text(_COUNTS))
    return [
        LaneCount(status=row.status, priority=Priority(row.priority), amount=row.amount, oldest=row.oldest)
        for row in rows
    ]


async def estimate(session: AsyncSession, conversion: Conversion, now: datetime) -> Estimate | None:
    """Return the position and the remaining time of an unfinished conversion; None for a finished one."""
    typical = (await durations(session)).p50 or DEFAULT_DURATION_SECONDS
    if conversion.status is ConversionStatus.PROCESSING and conversion.started_at:
        if conversion.progressed_at:
            told = (now - conversion.progressed_at).total_seconds()
            return Estimate(None, remaining_by_progress(conversion.remaining_seconds, told))
        elapsed = (now - conversion.started_at).total_seconds()
        return Estimate(None, remaining_seconds(typical, elapsed))
    if conversion.status is not ConversionStatus.PENDING:
        return None
    faster = [lane.value for lane in _LANES[: _LANES.index(Priority(conversion.priority))]]
    ahead = (await _one(session, _AHEAD, sequence=conversion.requested_sequence, priority=conversion.priority,
                        faster=faster))[0]  # fmt: skip
    workers = (await _one(session, _WORKERS, since=now - _WORKER_SEEN))[0]
    return Estimate(ahead + 1, waiting_seconds(ahead, workers, typical))


async def _one(session: AsyncSession, query: str, **parameters: object) -> Row[Any]:
    return (await (await session.connection()).execute(text(query), parameters)).one()
