"""Delivers what is to be told: to each channel in order, one message at a time, and again for a day if need be.

Channels do not wait for each other: one that hangs delays its own messages only.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog

from infoscreen.common.clock import Clock
from infoscreen.common.errors import UnavailableError
from infoscreen.common.waiting import wait_for
from infoscreen.notifier.database import Database, Delivery, claim_deliveries
from infoscreen.notifier.observability import DELIVERIES
from infoscreen.notifier.senders import Sender, UndeliveredError

_INTERVAL_SECONDS = 0.5
_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 3600.0
_LEASE_MARGIN_SECONDS = 30.0
_log = structlog.get_logger(__name__)


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 5 s at first, then twice as long each time, at most an hour."""
    return timedelta(seconds=min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(attempts - 1, 20)))


@dataclass(frozen=True)
class Deliveries:
    """Sends what is due.

    Attributes:
        senders: by the kind of a channel.
        attempt_seconds: how long one attempt may take.
        give_up: how long a message is tried.
    """

    database: Database
    senders: Mapping[str, Sender]
    clock: Clock
    attempt_seconds: float
    give_up: timedelta
    _in_hand: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until told to stop; what is in hand then is tried again by the next process."""
        try:
            while not stop.is_set():
                try:
                    await self._start_due()
                except UnavailableError as error:
                    _log.warning("deliveries_postponed", error=str(error))
                await wait_for(stop, _INTERVAL_SECONDS)
        finally:
            in_hand = list(self._in_hand.values())
            for task in in_hand:
                task.cancel()
            await asyncio.gather(*in_hand, return_exceptions=True)

    async def _start_due(self) -> None:
        lease = timedelta(seconds=self.attempt_seconds + _LEASE_MARGIN_SECONDS)
        async with self.database.transaction() as connection:
            due = await claim_deliveries(connection, self.clock(), lease, list(self._in_hand))
        for delivery in due:
            task = asyncio.create_task(self._deliver(delivery))
            self._in_hand[delivery.channel_id] = task

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            error = await self.attempt(delivery)
            await self._settle(delivery, error)
        except UnavailableError as away:  # the lease ends, and it is tried again under the same id
            _log.warning("delivery_unsettled", delivery_id=str(delivery.id), error=str(away))
        finally:
            del self._in_hand[delivery.channel_id]

    async def attempt(self, delivery: Delivery) -> str | None:
        """Try once; None if it arrived, else what went wrong."""
        try:
            async with asyncio.timeout(self.attempt_seconds):
                sender = self.senders[delivery.kind]
                await sender.send(str(delivery.id), delivery.target, delivery.secret, delivery.body)
        except TimeoutError:
            return f"It did not answer within {self.attempt_seconds:g} s."
        except UndeliveredError as error:
            return str(error)
        return None

    async def _settle(self, delivery: Delivery, error: str | None) -> None:
        now, attempts = self.clock(), delivery.attempts + 1
        next_attempt = now + pause_after(attempts)
        ended = now if error is None or next_attempt > delivery.created_at + self.give_up else None
        DELIVERIES.labels(delivery.kind, "delivered" if error is None else "given_up" if ended else "postponed").inc()
        _log.info("delivery_attempted", delivery_id=str(delivery.id), attempts=attempts, error=error)
        async with self.database.transaction() as connection:
            await connection.execute(
                "UPDATE deliveries SET attempts = $2, next_attempt_at = $3, ended_at = $4, error = $5 WHERE id = $1",
                delivery.id,
                attempts,
                next_attempt,
                ended,
                error,
            )
            await connection.execute(
                "UPDATE channels SET last_attempt_at = $2, last_error = $3 WHERE id = $1",
                delivery.channel_id,
                now,
                error,
            )
