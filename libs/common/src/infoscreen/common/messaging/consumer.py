"""The consumer loop: a slot takes one message at a time from its lanes, keeps a lease on it, and settles it.

What was seen with nats-py shapes it: batches stall, a cancelled fetch strands its message as ack-pending, and
three lingering fetches would hand one slot three messages. So a slot asks each lane in turn with a pull request
that never lingers long, and sleeps until the server says that a message came (a plain subscription on the same
subjects) or a second has passed (a redelivery sends no such message).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import nats.errors
import structlog
from nats.aio.msg import Msg

from infoscreen.common.errors import TransientError
from infoscreen.common.events import subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.dead_letter import publish_dead_letter
from infoscreen.common.messaging.dead_letter_limit import DeadLetterLimit
from infoscreen.common.messaging.outcome import Abandon, Acknowledge, Delivery, Outcome, Retry, Terminate
from infoscreen.common.messaging.pull import PullInbox, WakeUp
from infoscreen.common.observability import MESSAGE_SECONDS, MESSAGES
from infoscreen.common.settings import DeadLetterSettings
from infoscreen.common.tracing import traced

_log = structlog.get_logger(__name__)

_IDLE_SWEEP_SECONDS = 1.0
_BUG_RETRY_SECONDS = 30.0
_BUG_DELIVERIES = 3
_ACK_SECONDS = 5.0


Handler = Callable[[Delivery], Coroutine[None, None, Outcome]]
Admission = Callable[[], AbstractContextManager[Sequence[subjects.Lane]]]
"""Wraps each pull of a slot, and gives the lanes that it may ask; none while there is no room for more work."""


_LABELS = {Acknowledge: "acknowledge", Retry: "retry", Terminate: "deadletter", Abandon: "abandon"}
"""The names of outcomes in metrics and logs."""


def outcome_of_error(error: BaseException, delivery_count: int) -> Outcome:
    """The outcome for a message whose handler raised."""
    if isinstance(error, TransientError):
        if delivery_count >= topology.MAX_DELIVER:  # the server would keep it and never deliver it again
            return Terminate("deliveries_exhausted", repr(error))
        return Retry(error.retry_after_seconds)
    if delivery_count < _BUG_DELIVERIES:
        return Retry(_BUG_RETRY_SECONDS)
    return Terminate("handler_error", repr(error))


def lane_order(lanes: Sequence[subjects.Lane], pull_number: int) -> list[subjects.Lane]:
    """The order in which a slot asks its lanes: mostly as given, and now and then with another lane first.

    Of every eight pulls, one begins at the last lane and two at the middle one, so no lane starves while the first
    one always has messages.
    """
    first = {3: 1, 5: 1, 7: 2}.get(pull_number % 8, 0)
    leader = lanes[min(first, len(lanes) - 1)]
    return [leader, *(lane for lane in lanes if lane is not leader)]


def _outcome_of(work: asyncio.Task[Outcome], delivery_count: int) -> Outcome:
    """The outcome that a finished handler returned, or the one for its error."""
    if work.cancelled():  # it cancelled itself: a bug like any other, not the end of the slot
        error: BaseException | None = asyncio.CancelledError("the handler was cancelled from within")
    else:
        error = work.exception()
    if error is None:
        return work.result()
    if isinstance(error, TransientError):
        _log.warning("handler_postponed", error=repr(error))
    else:
        _log.error("handler_failed", exc_info=error)
    return outcome_of_error(error, delivery_count)


class WorkConsumer:
    """Pulls work from the lanes' durables into a fixed number of slots.

    Args:
        connection: an open connection; the durables must exist.
        handler: deals with one delivery; it may raise, see ``outcome_of_error``. It is cancelled when the lease
            is lost or the grace is over.
        slots: how many messages are in hand at most.
        grace_seconds: how long a message in hand may take once the process is told to stop.
        lanes: what to consume.
        stream: that the lanes' durables belong to.
        ack_wait_seconds: as the durables have it; the lease is renewed three times as often.
        admission: what a slot asks before it asks for work, by default always admitted to all lanes. Call ``wake`` when
            one that was refused would now be admitted.
        dead_letter_limit: pauses every slot while it is exceeded; by default as the environment says.
    """

    def __init__(
        self,
        connection: Connection,
        handler: Handler,
        *,
        slots: int,
        grace_seconds: float,
        lanes: Sequence[subjects.Lane] = subjects.LANES,
        stream: str = topology.STREAM,
        ack_wait_seconds: float = topology.ACK_WAIT_SECONDS,
        admission: Admission | None = None,
        dead_letter_limit: DeadLetterLimit | None = None,
    ) -> None:
        self._connection = connection
        self._handler = handler
        self._slots = slots
        self._grace_seconds = grace_seconds
        self._lanes = lanes
        self._stream = stream
        self._ack_wait_seconds = ack_wait_seconds
        self._limit = dead_letter_limit or DeadLetterLimit(DeadLetterSettings())
        self._admission = admission or (lambda: nullcontext(lanes))
        self._wake_ups = [WakeUp() for _ in range(slots)]
        self._pulls = 0
        for lane in lanes:
            for outcome in _LABELS.values():  # shown as 0 from the start: `increase` does not see a counter's birth
                MESSAGES.labels(lane.durable, outcome)

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until told to stop; then finish what is in hand, or hand it back once the grace is over."""
        subscriptions = [
            await self._connection.client.subscribe(subject, cb=partial(self._message_came, lane))
            for lane in self._lanes
            for subject in lane.subjects
        ]
        try:
            async with asyncio.TaskGroup() as group:
                for wake_up in self._wake_ups:
                    group.create_task(self._run_slot(wake_up, stop))
                group.create_task(self._wake_when(stop))
        finally:
            for subscription in subscriptions:
                await _quietly(subscription.unsubscribe())

    async def _message_came(self, lane: subjects.Lane, _: Msg) -> None:
        for wake_up in self._wake_ups:
            wake_up.set(lane)

    async def _wake_when(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self.wake()

    def wake(self) -> None:
        """Have every idle slot ask its lanes now."""
        for wake_up in self._wake_ups:
            wake_up.set(None)

    async def _run_slot(self, wake_up: WakeUp, stop: asyncio.Event) -> None:
        async with PullInbox(self._connection, self._stream) as inbox:
            while not stop.is_set():
                msg = await self._ask(inbox, wake_up.take())
                if msg is None:
                    await wake_up.wait(_IDLE_SWEEP_SECONDS)
                elif stop.is_set():
                    await self._settle(msg, Retry(0))
                else:
                    await self._process(msg, stop)
                    wake_up.set(None)  # there may be more: look again before sleeping

    async def _ask(self, inbox: PullInbox, likely: subjects.Lane | None) -> Msg | None:
        if self._limit.is_exceeded:
            return None
        with self._admission() as lanes:
            if not lanes:
                return None
            self._pulls += 1
            return await inbox.take(lane_order(lanes, self._pulls), likely if likely in lanes else None)

    async def _process(self, msg: Msg, stop: asyncio.Event) -> None:
        metadata = msg.metadata
        delivery = Delivery(
            msg.subject,
            msg.headers or {},
            msg.data,
            metadata.sequence.stream,
            metadata.num_delivered,
            metadata.consumer,
        )
        started = time.monotonic()
        with (
            traced("handle message", delivery.headers),
            structlog.contextvars.bound_contextvars(
                durable=delivery.durable, sequence=delivery.sequence, delivery=delivery.count
            ),
        ):
            outcome = await self._run_leased(delivery, msg, stop)
            await self._settle(msg, outcome)
            seconds = time.monotonic() - started
            name = _LABELS[type(outcome)]
            MESSAGES.labels(delivery.durable, name).inc()
            if isinstance(outcome, Acknowledge | Terminate):
                self._limit.count(dead=isinstance(outcome, Terminate))
            MESSAGE_SECONDS.labels(delivery.durable).observe(seconds)
            _log.info("message_handled", subject=msg.subject, outcome=name, duration_seconds=round(seconds, 3))

    async def _run_leased(self, delivery: Delivery, msg: Msg, stop: asyncio.Event) -> Outcome:
        work = asyncio.create_task(self._handler(delivery))
        lease = asyncio.create_task(self._keep_lease(msg))
        grace = asyncio.create_task(self._grace_over(stop))
        try:
            await asyncio.wait({work, lease, grace}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return _outcome_of(work, delivery.count)
            if lease.done():
                _log.warning("lease_lost")
                return Abandon()
            return Retry(0)
        finally:
            for task in (work, lease, grace):
                task.cancel()
            await asyncio.gather(work, lease, grace, return_exceptions=True)

    async def _keep_lease(self, msg: Msg) -> None:
        """Renew the lease, confirmed; return only when it is lost."""
        interval = self._ack_wait_seconds / 3
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(interval)
            asked = time.monotonic()
            if asked - renewed >= self._ack_wait_seconds:
                return
            try:
                await self._connection.client.request(msg.reply, Msg.Ack.Progress, timeout=min(_ACK_SECONDS, interval))
            except (TimeoutError, nats.errors.Error) as error:
                _log.warning("lease_not_renewed", error=repr(error))
            else:
                renewed = asked

    async def _grace_over(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await asyncio.sleep(self._grace_seconds)

    async def _settle(self, msg: Msg, outcome: Outcome) -> None:
        """Tell the server the outcome, here only. After a failure the message is delivered again, without effect."""
        try:
            match outcome:
                case Acknowledge():
                    await msg.ack_sync(timeout=_ACK_SECONDS)
                case Retry(delay_seconds):
                    await msg.nak(delay=delay_seconds)
                case Terminate(reason, detail):
                    await publish_dead_letter(self._connection, msg, reason, detail)
                    await msg.term()
                case Abandon():
                    pass
        except (TimeoutError, nats.errors.Error) as error:
            _log.warning("settle_failed", outcome=_LABELS[type(outcome)], error=repr(error))


async def _quietly(work: Awaitable[None]) -> None:
    try:
        await work
    except nats.errors.Error as error:
        _log.debug("unsubscribe_failed", error=repr(error))
