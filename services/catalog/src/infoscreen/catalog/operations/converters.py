"""The state of each converter, derived from the facts that converters publish."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.models import Conversion, MediaEvent, MediaFile

_SEEN = timedelta(hours=24)


@dataclass(frozen=True)
class Job:
    """A conversion that a converter is processing."""

    media_id: UUID
    filename: str
    attempt: int
    started_at: datetime | None


@dataclass(frozen=True)
class Converter:
    """A converter that published a fact within the last day."""

    name: str
    last_seen_at: datetime
    succeeded: int
    failed: int
    jobs: Sequence[Job]


async def list_converters(session: AsyncSession, now: datetime) -> list[Converter]:
    """Return the converters of the last day, by name."""
    published = select(
        MediaEvent.worker,
        func.max(col(MediaEvent.occurred_at)),
        func.count().filter(col(MediaEvent.event_type) == "conversion.succeeded"),
        func.count().filter(col(MediaEvent.event_type) == "conversion.failed"),
    ).where(col(MediaEvent.worker).is_not(None), col(MediaEvent.occurred_at) > now - _SEEN)
    rows = (await session.exec(published.group_by(col(MediaEvent.worker)).order_by(col(MediaEvent.worker)))).all()
    jobs = await _jobs(session)
    return [
        Converter(name=name, last_seen_at=seen, succeeded=succeeded, failed=failed, jobs=jobs.get(name, ()))
        for name, seen, succeeded, failed in rows
        if name
    ]


async def _jobs(session: AsyncSession) -> dict[str | None, list[Job]]:
    query = (
        select(Conversion, MediaFile.filename)
        .join(MediaFile, col(MediaFile.id) == col(Conversion.source_file_id))
        .where(col(Conversion.status) == ConversionStatus.PROCESSING)
        .order_by(col(Conversion.started_at))
    )
    jobs: dict[str | None, list[Job]] = {}
    for conversion, filename in (await session.exec(query)).all():
        job = Job(
            media_id=conversion.source_file_id,
            filename=filename,
            attempt=conversion.attempts,
            started_at=conversion.started_at,
        )
        jobs.setdefault(conversion.worker, []).append(job)
    return jobs
