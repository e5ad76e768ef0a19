"""Decodes a message into a task, has the use case attempt it, and returns the outcome."""

from collections.abc import Coroutine
from dataclasses import dataclass

import structlog

from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.errors import TransientError
from infoscreen.common.events import (
    ConversionRequested,
    ConversionStarted,
    MalformedEventError,
    MediaUploaded,
    NewerEventError,
    decode,
    subjects,
    try_decode,
)
from infoscreen.common.messaging.outcome import Acknowledge, Delivery, Outcome, Terminate
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.converter.attempts import Attempts
from infoscreen.converter.engine_slots import EngineSlots, Reservation
from infoscreen.converter.task import ConversionTask

_NEWER_EVENT_SECONDS = 30.0


class UnknownTaskError(Exception):
    """A message asks for what this version cannot do. It goes to the dead letters, for an operator."""


@dataclass(frozen=True)
class ConversionHandler:
    """Handles deliveries, each on its own."""

    attempts: Attempts
    reader: StreamReader
    engine_slots: EngineSlots

    def __call__(self, delivery: Delivery) -> Coroutine[None, None, Outcome]:
        """Return the outcome of a delivery; a document's failure is an outcome too.

        The document takes its place among the engine slots when this is called, before the coroutine runs.
        """
        return self._handle(delivery, self.engine_slots.expect())

    async def _handle(self, delivery: Delivery, reservation: Reservation) -> Outcome:
        with reservation:
            try:
                task = await self._task(delivery)
            except NewerEventError as error:
                raise TransientError(str(error), _NEWER_EVENT_SECONDS) from error
            except (MalformedEventError, UnknownTaskError) as error:
                return Terminate("not_understood", str(error))
            if task is None:
                return Acknowledge()
            with structlog.contextvars.bound_contextvars(media_id=str(task.media_id), attempt=task.attempt):
                return await self.attempts.attempt(task, reservation)

    async def _task(self, delivery: Delivery) -> ConversionTask | None:
        """The task that a message asks for; None when there is nothing to do."""
        event = decode(delivery.headers, delivery.data).event
        if isinstance(event, ConversionRequested):
            return await self._requested_task(event, delivery)
        if not isinstance(event, MediaUploaded):
            raise UnknownTaskError(f"{event.type} is nothing to convert")
        if event.target_format is None or event.obsolete:
            return None
        return ConversionTask(
            source=event,
            generation=delivery.sequence,
            source_event_id=delivery.headers.get("ce-id", ""),
            trigger_sequence=delivery.sequence,
            attempt=await self._attempt(event.media_id, delivery),
            target_format=event.target_format,
            priority=event.lane,
        )

    async def _requested_task(self, event: ConversionRequested, delivery: Delivery) -> ConversionTask:
        stored = await self.reader.at(event.generation)
        envelope = try_decode(stored.headers, stored.data) if stored else None
        source = envelope.event if envelope else None
        if stored is None or not isinstance(source, MediaUploaded) or source.media_id != event.media_id:
            raise UnknownTaskError(f"generation {event.generation} is no upload of {event.media_id}")
        if event.target_format != source.target_format:
            raise UnknownTaskError(f"cannot make {event.target_format!r} of it; only {source.target_format!r}")
        return ConversionTask(
            source=source,
            generation=event.generation,
            source_event_id=stored.headers.get("ce-id", ""),
            trigger_sequence=delivery.sequence,
            attempt=event.attempts + await self._attempt(event.media_id, delivery, before=event.attempts),
            target_format=event.target_format,
            options=_options(event.profile),
            priority=event.lane,
        )

    async def _attempt(self, media_id: object, delivery: Delivery, before: int = 0) -> int:
        """How many attempts this request has had, with this one: deliveries that never began it do not count.

        Args:
            media_id: the medium.
            delivery: of the request.
            before: the attempts of the requests that this one goes on from, which starts are counted with.
        """
        if delivery.count == 1:
            return 1
        last = await self.reader.last(subjects.starts_of(media_id))
        begun = 0
        if last is not None and last.sequence > delivery.sequence:
            envelope = try_decode(last.headers, last.data)
            begun = envelope.event.attempt - before if envelope and isinstance(envelope.event, ConversionStarted) else 0
        return min(delivery.count, begun + 1)


def _options(profile: str) -> ConversionOptions:
    try:
        return ConversionOptions.from_key(profile)
    except ValueError as error:
        raise UnknownTaskError(str(error)) from error
