"""The consumer loop against a real server: one message a slot, leases, settling, stopping, and every kind of outage."""

import asyncio
from collections import Counter

import pytest
from nats.errors import ConnectionClosedError
from nats.js.api import ConsumerConfig
from prometheus_client import REGISTRY
from support.until import until

from infoscreen.common.events import (
    ConversionRequested,
    Priority,
    RequestReason,
    decode,
    event_id,
    new_media_id,
    subjects,
)
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.consumer import WorkConsumer
from infoscreen.common.messaging.dead_letter_limit import DeadLetterLimit
from infoscreen.common.messaging.outcome import Acknowledge, Retry, Terminate
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.settings import DeadLetterSettings
from infoscreen.common.tracing import current_traceparent, traced

SHORT_ACK_WAIT_SECONDS = 1.0
SHORT_LANE = subjects.Lane("short", Priority.NORMAL, ("media.uploaded.*",))


async def publish(connection, event):
    identity = event_id(event.type, event.media_id, 1)
    return await Publisher(connection, "infoscreen/test").publish(event, identity)


async def info(connection, durable="converter"):
    return await connection.js.consumer_info(topology.STREAM, durable)


async def all_settled(connection, durable="converter"):
    """Returns once no message waits and no slot has one in hand."""

    async def settled():
        state = await info(connection, durable)
        return not state.num_pending and not state.num_ack_pending

    await until(settled, f"{durable} has nothing left to do")


class Running:
    """A consumer at work; leaving the block tells it to stop and waits for it."""

    def __init__(self, connection, handler, *, slots=1, grace_seconds=10.0, **options):
        self.stop = asyncio.Event()
        self._consumer = WorkConsumer(connection, handler, slots=slots, grace_seconds=grace_seconds, **options)

    async def __aenter__(self):
        self.task = asyncio.create_task(self._consumer.run(self.stop))
        return self

    async def __aexit__(self, kind, *_):
        self.stop.set()
        if kind is not None:
            self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=kind is not None)


@pytest.fixture
async def short_lane(connection):
    """A durable whose lease is short enough to see it lost."""
    config = ConsumerConfig(
        durable_name=SHORT_LANE.durable,
        filter_subjects=list(SHORT_LANE.subjects),
        ack_wait=SHORT_ACK_WAIT_SECONDS,
        ack_policy="explicit",
    )
    await connection.js.add_consumer(topology.STREAM, config)
    return {"lanes": [SHORT_LANE], "ack_wait_seconds": SHORT_ACK_WAIT_SECONDS}


async def test_a_handler_sees_the_message_and_an_acknowledged_one_does_not_come_again(connection, upload):
    event, seen = upload(), asyncio.Queue()

    async def handler(delivery):
        seen.put_nowait(delivery)
        return Acknowledge()

    async with Running(connection, handler):
        sequence = await publish(connection, event)
        delivery = await seen.get()
        await all_settled(connection)
    assert (delivery.sequence, delivery.count, delivery.durable) == (sequence, 1, "converter")
    assert decode(delivery.headers, delivery.data).event == event
    assert seen.empty()


@pytest.mark.parametrize("slots", [1, 3])
async def test_a_slot_has_one_message_in_hand_at_a_time(connection, upload, slots):
    in_hand, most, handled, release = set(), 0, 0, asyncio.Event()

    async def handler(delivery):
        nonlocal most, handled
        in_hand.add(delivery.sequence)
        most = max(most, len(in_hand))
        if len(in_hand) == slots:
            release.set()
        await release.wait()
        in_hand.remove(delivery.sequence)
        handled += 1
        return Acknowledge()

    for _ in range(4 * slots):
        await publish(connection, upload())
    async with Running(connection, handler, slots=slots):
        await release.wait()
        # What no slot has in hand may go to another slot.
        assert (await info(connection)).num_ack_pending <= slots
        await all_settled(connection)
    assert most == slots
    assert handled == 4 * slots


async def test_urgent_work_goes_before_what_waits_longer_and_bulk_work_still_comes(connection, upload):
    order = []

    async def handler(delivery):
        order.append(delivery.durable)
        return Acknowledge()

    def request(priority):
        return ConversionRequested(
            media_id=new_media_id(), generation=1, priority=priority, reason=RequestReason.ENSURE
        )

    for event in [request(Priority.BULK), upload(), *(request(Priority.URGENT) for _ in range(20))]:
        await publish(connection, event)
    async with Running(connection, handler):
        for lane in subjects.LANES:
            await all_settled(connection, lane.durable)
    assert order[0] == "converter-urgent"
    assert Counter(order) == {"converter-urgent": 20, "converter": 1, "converter-bulk": 1}
    assert "converter-bulk" in order[:10]
    assert "converter" in order[:10]


async def test_a_retry_comes_again_after_its_delay_and_other_work_goes_on(connection, upload):
    seen = []

    async def handler(delivery):
        seen.append((delivery.sequence, delivery.count))
        return Retry(0.3) if delivery.sequence == 1 and delivery.count == 1 else Acknowledge()

    await publish(connection, upload())
    await publish(connection, upload())
    async with Running(connection, handler):
        await all_settled(connection)
    assert seen == [(1, 1), (2, 1), (1, 2)]


async def test_a_message_that_breaks_its_handler_ends_among_the_dead_letters(connection, upload):
    event = upload()

    async def handler(delivery):
        if delivery.count < 3:
            return Retry(0)  # spares the test the half minute between the tries of a broken handler
        raise ZeroDivisionError("division by zero\r\nX-Evil: 1")

    await publish(connection, event)
    async with Running(connection, handler):
        await all_settled(connection)
    dead = await StreamReader(connection, topology.DEAD_LETTERS).last("dead.converter")
    assert decode(dead.headers, dead.data).event == event
    assert dead.headers["Infoscreen-Dead-Reason"] == "handler_error"
    assert "division by zero" in dead.headers["Infoscreen-Dead-Detail"]
    assert dead.headers["Infoscreen-Original-Subject"] == subjects.subject_of(event)
    assert dead.headers["Infoscreen-Original-Sequence"] == "1"
    assert dead.headers["Infoscreen-Deliveries"] == "3"
    assert "X-Evil" not in dead.headers


async def test_a_handler_that_cancels_itself_does_not_end_its_slot(connection, upload):
    seen = asyncio.Queue()

    async def handler(delivery):
        seen.put_nowait(delivery.sequence)
        if delivery.sequence == 1:
            raise asyncio.CancelledError
        return Acknowledge()

    await publish(connection, upload())
    await publish(connection, upload())
    async with Running(connection, handler):
        assert [await seen.get(), await seen.get()] == [1, 2]


async def test_a_renewed_lease_keeps_a_message_longer_than_the_ack_wait(connection, upload, short_lane):
    deliveries, renewals, renewed_enough = [], [], asyncio.Event()

    async def count_renewals(msg):
        if msg.data == b"+WPI":
            renewals.append(msg)
        if len(renewals) == 5:  # one every third of the ack wait
            renewed_enough.set()

    async def handler(delivery):
        deliveries.append(delivery.count)
        await renewed_enough.wait()
        return Acknowledge()

    await connection.client.subscribe(f"$JS.ACK.{topology.STREAM}.{SHORT_LANE.durable}.>", cb=count_renewals)
    await publish(connection, upload())
    async with Running(connection, handler, **short_lane):
        await all_settled(connection, SHORT_LANE.durable)
    assert deliveries == [1]


async def test_a_lost_lease_abandons_the_work_and_says_nothing(breakable_nats, breakable_connection, upload):
    """NATS does not answer for longer than the ack wait: another slot may have the message by then."""
    connection = breakable_connection
    config = ConsumerConfig(durable_name="short", ack_wait=SHORT_ACK_WAIT_SECONDS, ack_policy="explicit")
    await connection.js.add_consumer(topology.STREAM, config)
    begun, abandoned, counts = asyncio.Event(), asyncio.Event(), []

    async def handler(delivery):
        counts.append(delivery.count)
        if delivery.count > 1:
            return Acknowledge()
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            abandoned.set()
        raise AssertionError

    await publish(connection, upload())
    async with Running(connection, handler, lanes=[SHORT_LANE], ack_wait_seconds=SHORT_ACK_WAIT_SECONDS):
        await begun.wait()
        breakable_nats.pause()
        await abandoned.wait()
        breakable_nats.resume()
        await all_settled(connection, "short")
    assert counts == [1, 2]


async def test_stopping_finishes_what_is_in_hand_and_begins_nothing_new(connection, upload):
    begun, finish, handled = asyncio.Event(), asyncio.Event(), []

    async def handler(delivery):
        begun.set()
        await finish.wait()
        handled.append(delivery.sequence)
        return Acknowledge()

    await publish(connection, upload())
    await publish(connection, upload())
    async with Running(connection, handler) as running:
        await begun.wait()
        running.stop.set()
        finish.set()
        await running.task
    assert handled == [1]
    state = await info(connection)
    assert (state.num_pending, state.num_ack_pending) == (1, 0)


async def test_a_message_arriving_after_the_stop_is_handed_back_untouched(breakable_nats, breakable_connection, upload):
    """The server answers a pull only when the consumer has been told to stop already."""
    connection, begun = breakable_connection, []

    async def handler(delivery):
        begun.append(delivery.sequence)
        return Acknowledge()

    await publish(connection, upload())
    breakable_nats.pause()
    sent = connection.client.stats["out_msgs"]
    async with Running(connection, handler) as running:
        await until(lambda: connection.client.stats["out_msgs"] > sent, "a request for messages")
        running.stop.set()
        breakable_nats.resume()
        await running.task
    assert begun == []
    async with Running(connection, handler):
        await all_settled(connection)
    assert begun == [1]


async def test_a_message_not_finished_within_the_grace_is_handed_back_at_once(connection, upload):
    begun, cancelled, again = asyncio.Event(), asyncio.Event(), asyncio.Queue()

    async def hangs(_):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    async def works(delivery):
        again.put_nowait(delivery.count)
        return Acknowledge()

    await publish(connection, upload())
    async with Running(connection, hangs, grace_seconds=0.1) as running:
        await begun.wait()
        running.stop.set()
        await running.task
    assert cancelled.is_set()
    async with Running(connection, works):
        assert await again.get() == 2  # within the ack wait of a minute: it was handed back


async def test_a_durable_that_is_deleted_and_made_again_is_consumed_again(connection, upload):
    seen = asyncio.Queue()

    async def handler(delivery):
        seen.put_nowait(delivery.sequence)
        return Acknowledge()

    await publish(connection, upload())
    async with Running(connection, handler):
        assert await seen.get() == 1
        await all_settled(connection)
        await connection.js.delete_consumer(topology.STREAM, "converter")
        await publish(connection, upload())
        await topology.apply_durables(connection.js)
        # A new durable knows nothing of the old one's acknowledgements: everything comes again, to no effect.
        assert sorted([await seen.get(), await seen.get()]) == [1, 2]


async def test_nothing_is_lost_when_nats_is_killed_under_load(breakable_nats, breakable_connection, upload):
    connection, handled, third = breakable_connection, Counter(), asyncio.Event()

    async def handler(delivery):
        handled[delivery.sequence] += 1
        if len(handled) % 50 == 0:
            third.set()
        return Acknowledge()

    await asyncio.gather(*(publish(connection, upload()) for _ in range(150)))
    async with Running(connection, handler, slots=2):
        for _ in range(2):
            await third.wait()
            breakable_nats.kill()
            breakable_nats.start()
            third.clear()
        await publish(connection, upload())
        await until(lambda: len(handled) >= 151, "every message is handled", 90)
    assert set(handled) == set(range(1, 152))


async def test_a_connection_that_is_closed_for_good_ends_the_consumer(connection):
    async def handler(_):
        raise AssertionError

    consumer = WorkConsumer(connection, handler, slots=2, grace_seconds=1)
    running = asyncio.create_task(consumer.run(asyncio.Event()))
    pulling = await connection.client.subscribe("$JS.API.CONSUMER.MSG.NEXT.>")
    await pulling.next_msg(timeout=30)
    await connection.client.close()
    with pytest.raises(ExceptionGroup) as caught:
        await running
    assert caught.group_contains(ConnectionClosedError)


async def test_a_handler_works_within_the_trace_of_its_message(connection, upload):
    traces = asyncio.Queue()
    incoming = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    async def handler(_):
        traces.put_nowait(current_traceparent())
        return Acknowledge()

    with traced("upload", {"traceparent": incoming}):
        await publish(connection, upload())
    await publish(connection, upload())
    async with Running(connection, handler):
        with_trace, without = await traces.get(), await traces.get()
    assert with_trace.split("-")[1] == incoming.split("-")[1]
    assert without is not None
    assert without.split("-")[1] != incoming.split("-")[1]


async def test_most_messages_becoming_dead_letters_pause_consumption_until_one_is_acknowledged(connection, upload):
    settings, handled, broken = DeadLetterSettings(messages=3, pause_seconds=2), [], True

    async def handler(delivery):
        handled.append(delivery.sequence)
        return Terminate("handler_error", "a bad deployment") if broken else Acknowledge()

    sequences = [await publish(connection, upload()) for _ in range(8)]
    async with Running(connection, handler, dead_letter_limit=DeadLetterLimit(settings)):
        await until(lambda: paused_metric() == 1, "the consumer pauses")
        assert len(handled) == 3
        await until(lambda: len(handled) == 4, "the consumer tries one message after the pause")
        broken = False
        await all_settled(connection)
        await until(lambda: paused_metric() == 0, "the consumer goes on")
    assert handled == sequences


def paused_metric():
    return REGISTRY.get_sample_value("infoscreen_consumption_paused")
