"""From a message to a task, and from what became of the task to what becomes of the message."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from infoscreen.common.errors import FailureReason, PermanentError, TransientError, UnavailableError
from infoscreen.common.events import (
    ConversionRequested,
    ConversionStarted,
    MalformedEventError,
    MediaUploaded,
    Priority,
    RequestReason,
    decode,
    event_id,
)
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.consumer import Acknowledge, DeadLetter, Delivery, Outcome, Retry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.converter.convert import Conversions
from infoscreen.converter.currency import StreamCurrency
from infoscreen.converter.document import ConversionOptions
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
    """Handles one delivery at a time per slot."""

    conversions: Conversions
    currency: StreamCurrency
    reader: StreamReader
    patience_seconds: float
    retry_delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS

    async def __call__(self, delivery: Delivery) -> Outcome:
        """Deal with a delivery; never raises for a document's own trouble."""
        try:
            task = await self._task(delivery)
        except (MalformedEventError, UnknownTaskError) as error:
            return DeadLetter("not_understood", str(error))
        if task is None:
            return Acknowledge()
        with structlog.contextvars.bound_contextvars(media_id=str(task.media_id), attempt=task.attempt):
            if not await self.currency.is_current(task.media_id, task.generation):
                return Acknowledge()
            if task.attempt > MAX_ATTEMPTS:
                # It was begun three times and nobody lived to tell: do not touch it again.
                await self.conversions.fail(task, FailureReason.ENGINE_CRASHED)
                return Acknowledge()
            return await self._run_while_current(task)

    async def _run_while_current(self, task: ConversionTask) -> Outcome:
        """Run a task, and abandon it as soon as its medium is replaced or deleted."""
        async with self.currency.obsolete(task.media_id, task.generation, task.source_event_id) as obsolete:
            work = asyncio.create_task(self._run(task))
            try:
                await asyncio.wait({work, obsolete}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    return work.result()
                _log.info("conversion_abandoned")
                return Acknowledge()
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)

    async def _run(self, task: ConversionTask) -> Outcome:
        try:
            await self._run_patiently(task)
        except PermanentError as error:
            _log.warning("conversion_failed", reason=error.reason, detail=error.detail)
            retry = outcome_of_failure(error, task.attempt, self.retry_delays_seconds)
            if retry is None:
                await self.conversions.fail(task, error.reason)
            return retry or Acknowledge()
        except (TransientError, UnavailableError) as error:
            _log.warning("conversion_handed_back", error=str(error))
            await self._hand_back(task)
        return Acknowledge()

    async def _run_patiently(self, task: ConversionTask) -> None:
        """Wait for an engine or a store that is away, in place: it is not the document's trouble and not counted."""
        give_up_at = asyncio.get_running_loop().time() + self.patience_seconds
        while True:
            try:
                return await self.conversions.run(task)
            except (TransientError, UnavailableError) as error:
                pause = error.retry_after_seconds if isinstance(error, TransientError) else _TROUBLE_PAUSE_SECONDS
                if asyncio.get_running_loop().time() + pause > give_up_at:
                    raise
                _log.warning("conversion_waits", error=str(error), seconds=pause)
                await asyncio.sleep(pause)

    async def _hand_back(self, task: ConversionTask) -> None:
        """Ask for it anew: a redelivery would count against the document, a new request does not."""
        await self._request(task.source, task.generation, RequestReason.HANDED_BACK, task.trigger_sequence, task)

    async def _request(
        self,
        source: MediaUploaded,
        generation: int,
        reason: RequestReason,
        trigger: int,
        task: ConversionTask | None = None,
    ) -> None:
        request = ConversionRequested(
            media_id=source.media_id,
            generation=generation,
            priority=task.priority if task else source.priority,
            reason=reason,
            profile=task.options.key if task else "default",
        )
        fact = (generation, reason) if task is None else (generation, reason, trigger)
        await self.conversions.publisher.publish(request, event_id(request.type, source.media_id, *fact))

    async def _task(self, delivery: Delivery) -> ConversionTask | None:
        """What a message asks for; None when there is nothing to do."""
        event = decode(delivery.headers, delivery.data).event
        if isinstance(event, ConversionRequested):
            return await self._requested_task(event, delivery)
        if not isinstance(event, MediaUploaded):
            raise UnknownTaskError(f"{event.type} is nothing to convert")
        if not event.convertible:
            return None
        if event.priority is not Priority.NORMAL:
            await self._request(event, delivery.sequence, RequestReason.PRIORITY, delivery.sequence)
            return None
        event_id_ = delivery.headers.get("ce-id", "")
        attempt = await self._attempt(event.media_id, delivery)
        return ConversionTask(event, delivery.sequence, event_id_, delivery.sequence, attempt)

    async def _requested_task(self, event: ConversionRequested, delivery: Delivery) -> ConversionTask:
        stored = await self.reader.at(event.generation)
        source = decode(stored.headers, stored.data).event if stored else None
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
        last = await self.reader.last(topology.starts_of(media_id))
        begun = 0
        if last is not None and last.sequence > delivery.sequence:
            started = decode(last.headers, last.data).event
            begun = started.attempt if isinstance(started, ConversionStarted) else 0
        return min(delivery.count, begun + 1)


def _options(profile: str) -> ConversionOptions:
    try:
        return ConversionOptions.from_key(profile)
    except ValueError as error:
        raise UnknownTaskError(str(error)) from error
