"""What the tables say, as metrics: measured by whoever projects, so that of two catalogs one speaks for both."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import col, select

from infoscreen.catalog.conversion_status import ConversionStatus
from infoscreen.catalog.database import Database
from infoscreen.catalog.models import Player
from infoscreen.catalog.observability import CONVERSIONS, OLDEST_PENDING_SECONDS, PLAYERS
from infoscreen.catalog.operations.conversion_statistics import lane_counts
from infoscreen.catalog.wake_up import wait_for
from infoscreen.common.clock import Clock

GONE_AFTER = timedelta(minutes=5)
"""A player reports every minute."""

_SHOWN = [status for status in ConversionStatus if status is not ConversionStatus.OBSOLETE]


@dataclass(frozen=True)
class Figures:
    """Keeps the gauges as the tables are, while this process leads."""

    database: Database
    clock: Clock
    interval_seconds: float

    async def run(self, stop: asyncio.Event) -> None:
        """Measure until told to stop; who does not lead says nothing."""
        try:
            while not stop.is_set():
                await self.measure()
                await wait_for(stop, self.interval_seconds)
        finally:
            CONVERSIONS.clear()
            PLAYERS.clear()
            OLDEST_PENDING_SECONDS.set(0)

    async def measure(self) -> None:
        """Read the tables once.

        Raises:
            UnavailableError: Postgres is away.
        """
        now = self.clock()
        async with self.database.read() as session:
            counts = await lane_counts(session)
            players = (await session.exec(select(Player).where(col(Player.revoked_at).is_(None)))).all()
        for status in _SHOWN:
            CONVERSIONS.labels(status).set(sum(each.amount for each in counts if each.status == status))
        waiting = [(now - each.oldest).total_seconds() for each in counts if each.status == ConversionStatus.PENDING]
        OLDEST_PENDING_SECONDS.set(max(waiting, default=0))
        states = Counter(player_state(player.last_seen_at, now) for player in players)
        for state in ("waiting", "online", "gone"):
            PLAYERS.labels(state).set(states[state])


def player_state(last_seen_at: datetime | None, now: datetime) -> str:
    """Of a player that is not revoked: waiting to be set up, online, or gone."""
    if last_seen_at is None:
        return "waiting"
    return "online" if now - last_seen_at < GONE_AFTER else "gone"
