"""The messages of the stream that the projection could not apply."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from infoscreen.catalog.models import PoisonEvent


async def list_poison_events(session: AsyncSession, after: int, limit: int) -> Sequence[PoisonEvent]:
    """Poison events with a sequence beyond ``after``, oldest first, at most ``limit``."""
    query = select(PoisonEvent).where(PoisonEvent.sequence > after).order_by(col(PoisonEvent.sequence))
    return (await session.exec(query.limit(limit))).all()
