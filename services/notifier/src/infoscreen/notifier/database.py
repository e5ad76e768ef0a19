"""The notifier's tables in Postgres: channels, conditions and deliveries, each statement a method.

An outage is an ``UnavailableError``; nothing is half written.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from infoscreen.common.postgres import Connection, SchemaPool

SCHEMA = "notifier"
ROLE = "infoscreen_notifier"


class Database(SchemaPool):
    """A small pool of connections to the schema ``notifier``.

    Args:
        url: the server and the database, as ``postgresql://…``, with the notifier's role.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url, application="notifier", schema=SCHEMA, probe="SELECT FROM channels LIMIT 0", size=4)


@dataclass(frozen=True)
class Delivery:
    """A message on its way to a channel."""

    id: UUID
    channel_id: UUID
    kind: str
    target: str
    secret: str
    body: dict[str, Any]
    created_at: datetime
    attempts: int


async def claim_deliveries(
    connection: Connection, now: datetime, lease: timedelta, busy: Sequence[UUID]
) -> list[Delivery]:
    """The oldest delivery that is due of each channel, none of which another process takes for as long as the lease.

    Args:
        connection: in a transaction.
        now: the time.
        lease: longer than an attempt may take.
        busy: the channels that have one in hand.
    """
    rows = await connection.fetch(
        """
        WITH due AS (
            SELECT DISTINCT ON (channel_id) id FROM deliveries
            WHERE ended_at IS NULL AND channel_id <> ALL($3) ORDER BY channel_id, created_at, id
        ), taken AS (
            SELECT id FROM deliveries WHERE id IN (SELECT id FROM due) AND next_attempt_at <= $1
            FOR UPDATE SKIP LOCKED
        )
        UPDATE deliveries d SET next_attempt_at = $1 + $2::interval
        FROM channels c WHERE d.id IN (SELECT id FROM taken) AND c.id = d.channel_id
        RETURNING d.id, d.channel_id, c.kind, c.target, c.secret, d.body, d.created_at, d.attempts
        """,
        now,
        lease,
        list(busy),
    )
    return [Delivery(**{**row, "body": json.loads(row["body"])}) for row in rows]
