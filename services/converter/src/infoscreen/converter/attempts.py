"""The use case of one attempt at a task: skip what is no longer needed, wait out trouble, decide what a failure means.

A document has three attempts. Trouble that is not the document's own is waited for in place, and then handed back as a
new request, because a redelivery would count against the document.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.events import ConversionRequested, EventPublisher, Priority, RequestReason, event_id
from infoscreen.common.messaging.outcome import Acknowledge, Outcome, Retry
from infoscreen.converter.convert import Conversions
from infoscreen.converter.engine_slots import CrowdedOutError, Reservation
from infoscreen.converter.protocols import GenerationWatch
from infoscreen.converter.task import ConversionTask

_log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 3
RETRY_DELAYS_SECONDS = (5.0, 30.0)


def outcome_of_failure(
    error: PermanentError, attempt: int, delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS
) -> Outcome | None:
    """The outcome for a message whose document failed; None for a final failure, which the caller publishes."""
    if attempt >= min(error.attempts_allowed, MAX_ATTEMPTS):
        return None
    return Retry(delays_seconds[min(attempt, len(delays_seconds)) - 1])


@dataclass(frozen=True)
class Attempts:
    """Attempts tasks and returns the outcomes of their messages.

    Attributes:
        conversions: converts one document.
        publisher: of requests that hand work back.
        generation_watch: tells which tasks are still needed.
        patience_seconds: how long trouble that is not the document's is waited out in place.
        retry_delays_seconds: before the second attempt, the third and so on; the last one repeats.
    """

    conversions: Conversions
    publisher: EventPublisher
    generation_watch: GenerationWatch
    patience_seconds: float
    retry_delays_seconds: Sequence[float] = RETRY_DELAYS_SECONDS

    async def attempt(self, task: ConversionTask, reservation: Reservation) -> Outcome:
        """Convert a task's document if that is still needed; raises UnavailableError while NATS is away."""
        if not await self.generation_watch.is_needed(task):
            return Acknowledge()
        if task.is_in_wrong_lane:
            await self._request(task, task.priority, RequestReason.PRIORITY)
            return Acknowledge()
        if task.attempt > MAX_ATTEMPTS:
            # Three converters began it and died before they published a result: do not touch it again.
            await self.conversions.fail(task, FailureReason.ENGINE_CRASHED)
            return Acknowledge()
        return await self._attempt_while_current(task, reservation)

    async def _attempt_while_current(self, task: ConversionTask, reservation: Reservation) -> Outcome:
        """Abandon the attempt as soon as the medium is replaced or deleted."""
        async with self.generation_watch.obsolete(task.media_id, task.generation, task.source_event_id) as obsolete:
            work = asyncio.create_task(self._attempt_once(task, reservation))
            try:
                await asyncio.wait({work, obsolete}, return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    return work.result()
                _log.info("conversion_abandoned")
                return Acknowledge()
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)

    async def _attempt_once(self, task: ConversionTask, reservation: Reservation) -> Outcome:
        try:
            await self._convert_patiently(task, reservation)
        except PermanentError as error:
            _log.warning("conversion_failed", reason=error.reason, detail=error.detail)
            retry = outcome_of_failure(error, task.attempt, self.retry_delays_seconds)
            if retry is None:
                await self.conversions.fail(task, error.reason, error.message)
            return retry or Acknowledge()
        except TransientError as error:
            _log.warning("conversion_handed_back", error=str(error))
            await self._request(task, task.priority, RequestReason.HANDED_BACK, attempts=task.attempt - 1)
        except CrowdedOutError as error:
            _log.info("conversion_makes_room", error=str(error))
            # The attempt that was stopped does not count, those before it do.
            await self._request(task, Priority.BULK, RequestReason.HANDED_BACK, attempts=task.attempt - 1)
        return Acknowledge()

    async def _convert_patiently(self, task: ConversionTask, reservation: Reservation) -> None:
        """Wait for an engine or a store that is away, in place: it is not the document's trouble and not counted."""
        give_up_at = asyncio.get_running_loop().time() + self.patience_seconds
        while True:
            try:
                return await self.conversions.convert(task, reservation)
            except TransientError as error:
                pause = error.retry_after_seconds
                if asyncio.get_running_loop().time() + pause > give_up_at:
                    raise
                _log.warning("conversion_waits", error=str(error), seconds=pause)
                await asyncio.sleep(pause)

    async def _request(
        self, task: ConversionTask, priority: Priority, reason: RequestReason, attempts: int = 0
    ) -> None:
        """Ask for a task anew, with the attempts that it has had: a redelivery would count one more."""
        request = ConversionRequested(
            media_id=task.media_id,
            generation=task.generation,
            target_format=task.target_format,
            priority=priority,
            reason=reason,
            profile=task.options.key,
            attempts=attempts,
        )
        identity = event_id(request.type, task.media_id, task.generation, reason, task.trigger_sequence)
        await self.publisher.publish(request, identity)
