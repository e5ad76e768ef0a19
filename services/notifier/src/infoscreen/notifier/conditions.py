"""Conditions that people may have to be told of: kept, held for a while, and told together.

Trouble is told once it has lasted for the hold; its end, once it has stayed away for the settle time. A condition that
comes and goes more quickly is told once, and trouble that is over within the hold is told never.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from infoscreen.common.clock import Clock
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import new_media_id
from infoscreen.common.postgres import Connection
from infoscreen.common.waiting import wait_for
from infoscreen.notifier.database import Database
from infoscreen.notifier.messages import Item, notice
from infoscreen.notifier.notices import Change

_INTERVAL_SECONDS = 1.0
_KEPT = timedelta(days=2)  # longer than a message can still be redelivered
_log = structlog.get_logger(__name__)

_UPSERT = """
INSERT INTO conditions AS c (topic, key, state, text, sequence, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (topic, key) DO UPDATE SET
    state = excluded.state, sequence = excluded.sequence, changed_at = excluded.changed_at,
    told = CASE WHEN excluded.state = 'gone' THEN NULL ELSE c.told END,
    text = CASE WHEN excluded.text = '' THEN c.text ELSE excluded.text END
WHERE c.sequence < excluded.sequence AND (c.state <> excluded.state OR c.text <> excluded.text)
"""
# `told` is the state that people know of. Only the end of what they know of is worth telling.
_DUE = """
SELECT topic, key, state, text FROM conditions
WHERE (state IN ('trouble', 'occurrence') AND told IS DISTINCT FROM state AND changed_at <= $1)
   OR (state = 'over' AND told = 'trouble' AND changed_at <= $2)
ORDER BY topic, changed_at, key FOR UPDATE SKIP LOCKED
"""


@dataclass(frozen=True)
class Conditions:
    """Keeps conditions, and makes deliveries of what is due.

    Attributes:
        hold: how long trouble must last before it is told.
        settle: how long it must be over before that is told.
    """

    database: Database
    clock: Clock
    hold: timedelta
    settle: timedelta

    async def note(self, changes: Sequence[Change], sequence: int) -> None:
        """Keep changes; one that is older than what is known already changes nothing.

        Raises:
            UnavailableError: Postgres is away.
        """
        now = self.clock()
        async with self.database.transaction() as connection:
            for change in changes:
                text = change.text.replace("\x00", "\ufffd")
                await connection.execute(_UPSERT, change.topic, change.key, change.state, text, sequence, now)

    async def run(self, stop: asyncio.Event) -> None:
        """Tell what is due, until told to stop."""
        while not stop.is_set():
            try:
                await self.tell()
            except UnavailableError as error:
                _log.warning("notices_postponed", error=str(error))
            await wait_for(stop, _INTERVAL_SECONDS)

    async def tell(self) -> None:
        """Make one delivery to each channel of all that is due, and forget what is long over.

        Raises:
            UnavailableError: Postgres is away; all is told later.
        """
        now = self.clock()
        async with self.database.transaction() as connection:
            items = [dict(row) for row in await connection.fetch(_DUE, now - self.hold, now - self.settle)]
            if items:
                await self._deliver(connection, items, now)
            await connection.execute(
                "UPDATE conditions SET told = state"
                " WHERE (topic, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
                [item["topic"] for item in items],
                [item["key"] for item in items],
            )
            await connection.execute("DELETE FROM conditions WHERE state <> 'trouble' AND changed_at < $1", now - _KEPT)
            await connection.execute("DELETE FROM deliveries WHERE ended_at < $1", now - _KEPT)

    async def _deliver(self, connection: Connection, items: Sequence[Item], now: datetime) -> None:
        for channel in await connection.fetch("SELECT id, topics FROM channels"):
            if wanted := [item for item in items if item["topic"] in channel["topics"]]:
                await add_delivery(connection, channel["id"], notice(wanted, now), now)


async def add_delivery(connection: Connection, channel_id: Any, body: dict[str, Any], now: datetime) -> None:
    """Have a message delivered to a channel."""
    await connection.execute(
        "INSERT INTO deliveries (id, channel_id, body, created_at, next_attempt_at) VALUES ($1, $2, $3, $4, $4)",
        new_media_id(),
        channel_id,
        json.dumps(body),
        now,
    )
