"""Publishing as a promise: an event is stored, once, or the caller is told that nobody knows.

A timeout is ambiguous (the message was usually stored), so the same message id is published again until the
server confirms; JetStream keeps one.
"""

import asyncio
from uuid import UUID

import nats.errors
import nats.js.errors
import structlog

from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import EVENT_TYPES, Envelope, Event, to_body, to_headers
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.observability import PUBLISH_RETRIES, PUBLISHED
from infoscreen.common.tracing import current_traceparent

_log = structlog.get_logger(__name__)
_ATTEMPT_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0


class Publisher:
    """Publishes events of one service and waits for the server's confirmation."""

    def __init__(self, connection: Connection, source: str, clock: Clock = utc_now) -> None:
        self._connection = connection
        self._source = source
        self._clock = clock
        for model in EVENT_TYPES.values():
            if not {*model.producers}.isdisjoint(source.split("/")):
                PUBLISHED.labels(model.type)  # shown as 0 from the start: `increase` does not see a counter's birth

    async def publish(self, event: Event, event_id: UUID, *, deadline_seconds: float | None = None) -> int:
        """Store an event and return its stream sequence (of the first copy, if it was stored before).

        Args:
            event: the fact.
            event_id: derived from the fact, see ``events.identity``.
            deadline_seconds: when to give up; None tries for ever.

        Raises:
            UnavailableError: the deadline passed unconfirmed; the event may or may not be stored, and publishing
                it again with the same id is safe.
        """
        envelope = Envelope(str(event_id), self._source, self._clock(), event, current_traceparent())
        return await self.publish_envelope(envelope, deadline_seconds=deadline_seconds)

    async def publish_envelope(self, envelope: Envelope, *, deadline_seconds: float | None = None) -> int:
        """As ``publish``, for an event that already has its envelope (a parked one)."""
        try:
            async with asyncio.timeout(deadline_seconds):
                return await self._publish_until_confirmed(envelope)
        except TimeoutError as error:
            raise UnavailableError("The message broker does not answer. Try again in a moment.") from error

    async def _publish_until_confirmed(self, envelope: Envelope) -> int:
        subject, body = topology.subject_of(envelope.event), to_body(envelope.event)
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                # publish() adds to the headers it is given, hence a fresh dict each time.
                acknowledged = await self._connection.js.publish(
                    subject, body, timeout=_ATTEMPT_SECONDS, stream=topology.STREAM, headers=to_headers(envelope)
                )
            except (TimeoutError, nats.errors.Error) as error:
                PUBLISH_RETRIES.inc()
                _log.warning("publish_unconfirmed", subject=subject, error=repr(error))
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            else:
                PUBLISHED.labels(envelope.event.type).inc()
                return acknowledged.seq
