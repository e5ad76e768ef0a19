"""Publishing as a promise: an event is stored, once, or the caller is told that the outcome is unknown.

A timeout is ambiguous (the message was usually stored), so the same message id is published again until the
server confirms; JetStream keeps one. A fact about a medium can name the last one that it follows; then it is stored
right after that one or not at all, which settles every race on the server (docs/adr/0011-conditional-facts.md).
"""

import asyncio
from uuid import UUID

import nats.errors
import nats.js.errors
import structlog

from infoscreen.common.backoff import delays
from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import EVENT_TYPES, Envelope, StreamEvent, subjects, to_body, to_headers
from infoscreen.common.events.envelope import EVENT_ID_HEADER, MESSAGE_ID_HEADER
from infoscreen.common.events.publishing import MessageIdTakenError, OutdatedError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection, RefusedError, unavailable
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.observability import PUBLISH_RETRIES, PUBLISHED
from infoscreen.common.tracing import current_traceparent

_log = structlog.get_logger(__name__)
_ATTEMPT_SECONDS = 2.0
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 2.0

_LAST_SEQUENCE_HEADER = "Nats-Expected-Last-Subject-Sequence"
_LAST_SEQUENCE_SUBJECT_HEADER = "Nats-Expected-Last-Subject-Sequence-Subject"
_WRONG_LAST_SEQUENCE = 10071
"""The condition does not hold. Three servers also say 10164 while another write is in flight: that is no answer yet."""


class Publisher:
    """Publishes events of one service and waits for the server's confirmation."""

    def __init__(self, connection: Connection, source: str, clock: Clock = utc_now) -> None:
        self._connection = connection
        self._source = source
        self._clock = clock
        self._reader = StreamReader(connection)
        for model in EVENT_TYPES.values():
            if not {*model.producers}.isdisjoint(source.split("/")):
                PUBLISHED.labels(model.type)  # shown as 0 from the start: `increase` does not see a counter's birth

    async def publish(
        self, event: StreamEvent, event_id: UUID, *, after: int | None = None, deadline_seconds: float | None = None
    ) -> int:
        """Store an event and return its stream sequence (of the first copy, if it was stored before).

        Args:
            event: the fact.
            event_id: derived from the fact, see ``events.identity``.
            after: the sequence of the medium's last fact, which this one has to follow; 0 for a medium's first. None
                stores it in any case.
            deadline_seconds: when to give up; None tries for ever.

        Raises:
            OutdatedError: the medium's last fact is another one.
            UnavailableError: the deadline passed unconfirmed; the event may or may not be stored, and publishing
                it again with the same id is safe. Or the server's permissions refuse the event; it is not stored.
        """
        envelope = Envelope(str(event_id), self._source, self._clock(), event, current_traceparent())
        return await self.publish_envelope(envelope, after=after, deadline_seconds=deadline_seconds)

    async def publish_envelope(
        self,
        envelope: Envelope,
        *,
        message_id: str | None = None,
        after: int | None = None,
        deadline_seconds: float | None = None,
    ) -> int:
        """As ``publish``, for an event that already has its envelope, and perhaps a message id of its own.

        Raises:
            MessageIdTakenError: another event has the message id.
        """
        headers = to_headers(envelope, message_id)
        if after is not None:
            headers[_LAST_SEQUENCE_HEADER] = str(after)
            headers[_LAST_SEQUENCE_SUBJECT_HEADER] = subjects.changes_of(envelope.event.subject_id)
        try:
            async with asyncio.timeout(deadline_seconds):
                return await self._publish_until_confirmed(envelope, headers, for_ever=deadline_seconds is None)
        except (TimeoutError, RefusedError) as error:
            raise unavailable(error) from error

    async def _publish_until_confirmed(self, envelope: Envelope, headers: dict[str, str], *, for_ever: bool) -> int:
        pauses = delays(_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)
        while True:
            try:
                return await self._publish_once(envelope, headers)
            except (TimeoutError, nats.errors.Error, UnavailableError) as error:
                if isinstance(error, RefusedError) and not for_ever:
                    raise
                PUBLISH_RETRIES.inc()
                _log.warning("publish_unconfirmed", subject=subjects.subject_of(envelope.event), error=repr(error))
                await asyncio.sleep(next(pauses))

    async def _publish_once(self, envelope: Envelope, headers: dict[str, str]) -> int:
        subject = subjects.subject_of(envelope.event)
        try:
            # publish() adds to the headers it is given, hence a fresh dict each time.
            acknowledged = await self._connection.js.publish(
                subject,
                to_body(envelope.event),
                timeout=_ATTEMPT_SECONDS,
                stream=topology.STREAM,
                headers=dict(headers),
            )
        except nats.js.errors.APIError as error:
            if error.err_code != _WRONG_LAST_SEQUENCE:
                raise
            # A single server checks the condition before the id: the first fact may be an earlier try of this one.
            last = await self._reader.last(subject)
            if last is None or last.headers.get(EVENT_ID_HEADER) != headers[EVENT_ID_HEADER]:
                raise OutdatedError(f"{envelope.event.subject_id} has just been changed. Look at it again.") from error
            return last.sequence
        if acknowledged.duplicate and headers[MESSAGE_ID_HEADER] != envelope.id:
            await self._see_that_it_is_ours(acknowledged.seq, headers)
        PUBLISHED.labels(envelope.event.type).inc()
        return acknowledged.seq

    async def _see_that_it_is_ours(self, sequence: int, headers: dict[str, str]) -> None:
        stored = await self._reader.at(sequence)
        if stored is None or stored.headers.get(EVENT_ID_HEADER) != headers[EVENT_ID_HEADER]:
            raise MessageIdTakenError(sequence)
