"""From a message to a task, and from what became of the task to what becomes of the message."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass

import structlog

from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.errors import FailureReason, PermanentError, TransientError, UnavailableError
from infoscreen.common.events import (
    ConversionRequested,
    ConversionStarted,
    Event,
    MalformedEventError,
    MediaDeleted,
    MediaUploaded,
    Priority,
    RequestReason,
    decode,
    event_id,
    subjects,
)
from infoscreen.common.messaging.consumer import Acknowledge, Delivery, Outcome, Retry, Terminate
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader
from infoscreen.converter.convert import Conversions
from infoscreen.converter.engine_slots import CrowdedOutError, EngineSlots, Reservation
from infoscreen.converter.generation_watch import StreamGenerationWatch
from infoscreen.converter.task import ConversionTask

_log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3
RETRY_DELAYS_SECONDS = (5.0, 30.0)
_TROUBLE_PAUSE_SECONDS = 5.0


class UnknownTaskError(Exception):
    """A message asks for what this version cannot do; an operator has to look at it."""


def outcome_of_failure(
    error: PermanentError, attempt: int, delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS
) -> Outcome | None:
    """What becomes of a message whose document failed; None when it failed for good and is to be published."""
    if attempt >= min(error.attempts_allowed, MAX_ATTEMPTS):
        return None
    return Retry(delays_seconds[min(attempt, len(delays_seconds)) - 1])


@dataclass(frozen=True)
class ConversionHandler:
    """Handles deliveries, each on its own."""

    conversions: Conversions
    generation_watch: StreamGenerationWatch
    reader: StreamReader
    engine_slots: EngineSlots
    patience_seconds: float
    retry_delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS

    def __call__(self, delivery: Delivery) -> Coroutine[None, None, Outcome]:
        """Deal with a delivery; never raises for a document's own trouble. It is in hand from the call on."""
        return self._handle(delivery, self.engine_slots.expect())

    async def _handle(self, delivery: Delivery, reservation: Reservation) -> Outcome:
        with reservation:
            try:
                task = await self._task(delivery)
            except (MalformedEventError, UnknownTaskError) as error:
                return Terminate("not_understood", str(error))
            if task is None:
                return Acknowledge()
            with structlog.contextvars.bound_contextvars(media_id=str(task.media_id), attempt=task.attempt):
                return await self._run_if_needed(task, reservation)

    async def _run_if_needed(self, task: ConversionTask, reservation: Reservation) -> Outcome:
        if not await self._is_needed(task):
            return Acknowledge()
        if task.is_in_wrong_lane:
            await self._request(task, task.priority, RequestReason.PRIORITY)
            return Acknowledge()
        if task.attempt > MAX_ATTEMPTS:
            # Three converters began it and died before they published a result: do not touch it again.
            await self.conversions.fail(task, FailureReason.ENGINE_CRASHED)
            return Acknowledge()
        return await self._run_while_current(task, reservation)

    async def _is_needed(self, task: ConversionTask) -> bool:
        """False once the medium was replaced or deleted, or has a later result: of this request, or of one like it.

        A replica that lags may not know it yet. That costs a conversion and nothing else: nothing is published of what
        is no longer current, and what was made before is found again.
        """
        media_id = task.media_id
        changes = (subjects.uploads_of(media_id), subjects.deletions_of(media_id))
        for last in await self.reader.newest([*changes, *subjects.results_of(media_id)]):
            event = _event(last)
            if last.subject in changes:
                if last.sequence > task.generation and not _is_about_another(event, task.generation):
                    return False
            elif last.sequence > task.trigger_sequence and task.is_answered_by(event):
                return False
        return True

    async def _run_while_current(self, task: ConversionTask, reservation: Reservation) -> Outcome:
        """Run a task, and abandon it as soon as its medium is replaced or deleted."""
        async with self.generation_watch.obsolete(task.media_id, task.generation, task.source_event_id) as obsolete:
            work = asyncio.create_task(self._run(task, reservation))
            try:
                await asyncio.wait({work, obsolete}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    return work.result()
                _log.info("conversion_abandoned")
                return Acknowledge()
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)

    async def _run(self, task: ConversionTask, reservation: Reservation) -> Outcome:
        try:
            await self._run_patiently(task, reservation)
        except PermanentError as error:
            _log.warning("conversion_failed", reason=error.reason, detail=error.detail)
            retry = outcome_of_failure(error, task.attempt, self.retry_delays_seconds)
            if retry is None:
                await self.conversions.fail(task, error.reason, error.message)
            return retry or Acknowledge()
        except (TransientError, UnavailableError) as error:
            _log.warning("conversion_handed_back", error=str(error))
            await self._request(task, task.priority, RequestReason.HANDED_BACK)
        except CrowdedOutError as error:
            _log.info("conversion_makes_room", error=str(error))
            await self._request(task, Priority.BULK, RequestReason.HANDED_BACK)
        return Acknowledge()

    async def _run_patiently(self, task: ConversionTask, reservation: Reservation) -> None:
        """Wait for an engine or a store that is away, in place: it is not the document's trouble and not counted."""
        give_up_at = asyncio.get_running_loop().time() + self.patience_seconds
        while True:
            try:
                return await self.conversions.run(task, reservation)
            except (TransientError, UnavailableError) as error:
                pause = error.retry_after_seconds if isinstance(error, TransientError) else _TROUBLE_PAUSE_SECONDS
                if asyncio.get_running_loop().time() + pause > give_up_at:
                    raise
                _log.warning("conversion_waits", error=str(error), seconds=pause)
                await asyncio.sleep(pause)

    async def _request(self, task: ConversionTask, priority: Priority, reason: RequestReason) -> None:
        """Ask for a task anew: a redelivery would count against the document, a new request does not."""
        request = ConversionRequested(
            media_id=task.media_id,
            generation=task.generation,
            priority=priority,
            reason=reason,
            profile=task.options.key,
        )
        identity = event_id(request.type, task.media_id, task.generation, reason, task.trigger_sequence)
        await self.conversions.publisher.publish(request, identity)

    async def _task(self, delivery: Delivery) -> ConversionTask | None:
        """What a message asks for; None when there is nothing to do."""
        event = decode(delivery.headers, delivery.data).event
        if isinstance(event, ConversionRequested):
            return await self._requested_task(event, delivery)
        if not isinstance(event, MediaUploaded):
            raise UnknownTaskError(f"{event.type} is nothing to convert")
        if not event.convertible or event.obsolete:
            return None
        return ConversionTask(
            source=event,
            generation=delivery.sequence,
            source_event_id=delivery.headers.get("ce-id", ""),
            trigger_sequence=delivery.sequence,
            attempt=await self._attempt(event.media_id, delivery),
            priority=event.priority,
        )

    async def _requested_task(self, event: ConversionRequested, delivery: Delivery) -> ConversionTask:
        stored = await self.reader.at(event.generation)
        source = _event(stored) if stored else None
        if stored is None or not isinstance(source, MediaUploaded) or source.media_id != event.media_id:
            raise UnknownTaskError(f"generation {event.generation} is no upload of {event.media_id}")
        if event.target_format != "pdf":
            raise UnknownTaskError(f"cannot make {event.target_format!r}; only pdf")
        return ConversionTask(
            source=source,
            generation=event.generation,
            source_event_id=stored.headers.get("ce-id", ""),
            trigger_sequence=delivery.sequence,
            attempt=await self._attempt(event.media_id, delivery),
            options=_options(event.profile),
            priority=event.priority,
        )

    async def _attempt(self, media_id: object, delivery: Delivery) -> int:
        """How many tries this request has had, with this one: deliveries that never began it do not count."""
        if delivery.count == 1:
            return 1
        last = await self.reader.last(subjects.starts_of(media_id))
        begun = 0
        if last is not None and last.sequence > delivery.sequence:
            started = _event(last)
            begun = started.attempt if isinstance(started, ConversionStarted) else 0
        return min(delivery.count, begun + 1)


def _event(stored: StoredMessage) -> Event | None:
    """A fact read back, or None for one that this version does not understand."""
    try:
        return decode(stored.headers, stored.data).event
    except MalformedEventError:
        return None


def _is_about_another(event: Event | None, generation: int) -> bool:
    """True for a deletion that was decided on another generation, which it does nothing to."""
    return isinstance(event, MediaDeleted) and not event.ends(generation)


def _options(profile: str) -> ConversionOptions:
    try:
        return ConversionOptions.from_key(profile)
    except ValueError as error:
        raise UnknownTaskError(str(error)) from error
