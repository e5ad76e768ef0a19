"""Metrics of the tables, which only the leading process exports, so that two catalogs do not report them twice."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, func, select

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.database import Database
from infoscreen.catalog.models import Player
from infoscreen.catalog.observability import CONVERSIONS, DATABASE_BYTES, OLDEST_PENDING_SECONDS, PLAYERS
from infoscreen.catalog.operations.conversion_statistics import lane_counts
from infoscreen.common.clock import Clock
from infoscreen.common.waiting import wait_for

GONE_AFTER = timedelta(minutes=5)
"""A player that was last seen longer ago counts as gone; players report every minute."""

_SHOWN = [status for status in ConversionStatus if status is not ConversionStatus.OBSOLETE]


@dataclass(frozen=True)
class TableMetrics:
    """Updates the gauges from the tables, while this process leads."""

    database: Database
    clock: Clock
    interval_seconds: float

    async def run(self, stop: asyncio.Event) -> None:
        """Measure until ``stop`` is set, then clear the gauges: a process that does not lead exports none of them."""
        try:
            while not stop.is_set():
                await self.measure()
                await wait_for(stop, self.interval_seconds)
        finally:
            CONVERSIONS.clear()
            PLAYERS.clear()
            DATABASE_BYTES.clear()
            OLDEST_PENDING_SECONDS.set(0)

    async def measure(self) -> None:
        """Read the tables once and set the gauges.

        Raises:
            UnavailableError: Postgres is away.
        """
        now = self.clock()
        async with self.database.read() as session:
            counts = await lane_counts(session)
            players = (await session.exec(select(Player).where(col(Player.revoked_at).is_(None)))).all()
            database = func.current_database()
            name, size = (await session.exec(select(database, func.pg_database_size(database)))).one()
        DATABASE_BYTES.labels(name).set(size)
        for status in _SHOWN:
            CONVERSIONS.labels(status).set(sum(each.amount for each in counts if each.status == status))
        pending_seconds = [
            (now - each.oldest).total_seconds() for each in counts if each.status == ConversionStatus.PENDING
        ]
        OLDEST_PENDING_SECONDS.set(max(pending_seconds, default=0))
        states = Counter(player_state(player.last_seen_at, now) for player in players)
        for state in ("waiting", "online", "gone"):
            PLAYERS.labels(state).set(states[state])


def player_state(last_seen_at: datetime | None, now: datetime) -> str:
    """Return the state of a player that is not revoked: waiting to be enrolled, online, or gone."""
    if last_seen_at is None:
        return "waiting"
    return "online" if now - last_seen_at < GONE_AFTER else "gone"
