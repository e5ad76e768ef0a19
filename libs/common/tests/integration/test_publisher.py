"""Publishing as a promise: stored once, or the caller is told."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from support.until import until

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import Envelope, MediaDeleted, decode, event_id
from infoscreen.common.events.publishing import MessageIdTakenError, OutdatedError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.observability import PUBLISH_RETRIES


def identity(event, fact=1):
    return event_id(event.type, event.media_id, fact)


async def stored(connection):
    return (await connection.js.stream_info(topology.STREAM)).state.messages


async def retried():
    """Returns once a publish was not confirmed and is tried again."""
    before = PUBLISH_RETRIES._value.get()
    await until(lambda: PUBLISH_RETRIES._value.get() > before, "a publish is tried again")


async def test_an_event_is_stored_as_it_was_published(connection, upload):
    event = upload(filename="Menü 菜单.pptx")
    sequence = await Publisher(connection, "infoscreen/test").publish(event, identity(event))
    message = await StreamReader(connection).at(sequence)
    assert decode(message.headers, message.data).event == event
    assert message.subject == f"media.uploaded.{event.media_id}"


async def test_the_same_fact_published_again_is_the_same_event(connection, upload):
    publisher, event = Publisher(connection, "infoscreen/test"), upload()
    first = await publisher.publish(event, identity(event))
    other = upload()
    assert await publisher.publish(other, identity(other)) == first + 1
    assert await publisher.publish(event, identity(event)) == first
    assert await stored(connection) == 2


async def test_the_same_fact_published_by_many_at_once_is_one_event(connection, upload):
    publisher, event = Publisher(connection, "infoscreen/test"), upload()
    sequences = await asyncio.gather(*(publisher.publish(event, identity(event)) for _ in range(50)))
    assert set(sequences) == {1}
    assert await stored(connection) == 1


async def test_while_nats_is_away_the_caller_is_told_at_the_deadline(breakable_nats, breakable_connection, upload):
    event = upload()
    breakable_nats.kill()
    with pytest.raises(UnavailableError):
        await Publisher(breakable_connection, "infoscreen/test").publish(event, identity(event), deadline_seconds=0.3)


async def test_a_publish_begun_while_nats_is_away_is_stored_once_when_it_is_back(
    breakable_nats, breakable_connection, upload
):
    event = upload()
    breakable_nats.kill()
    publishing = asyncio.create_task(Publisher(breakable_connection, "infoscreen/test").publish(event, identity(event)))
    await retried()
    breakable_nats.start()
    assert await publishing == 1
    assert await stored(breakable_connection) == 1


async def test_a_confirmation_that_is_lost_does_not_double_the_event(breakable_nats, breakable_connection, upload):
    """A paused server takes every try from its socket later: the first is stored, the others are the same id."""
    event = upload()
    breakable_nats.pause()
    publishing = asyncio.create_task(Publisher(breakable_connection, "infoscreen/test").publish(event, identity(event)))
    await retried()
    breakable_nats.resume()
    assert await publishing == 1
    assert await stored(breakable_connection) == 1


async def test_a_full_stream_refuses_and_takes_the_event_once_there_is_room(connection, nats_settings, upload):
    publisher = Publisher(connection, "infoscreen/test")
    small = nats_settings.model_copy(update={"stream_max_bytes": 2048})
    await topology.apply(connection.js, small)
    taken = 0
    with suppress(UnavailableError):
        while taken < 100:
            event = upload()
            await publisher.publish(event, identity(event), deadline_seconds=0.3)
            taken += 1
    assert 0 < taken < 100
    assert await stored(connection) == taken  # the oldest did not give way

    waiting = asyncio.create_task(publisher.publish(event, identity(event)))
    await retried()
    await topology.apply(connection.js, nats_settings)
    assert await waiting == taken + 1


async def test_no_acknowledged_event_is_lost_when_nats_is_killed_under_load(
    breakable_nats, breakable_connection, upload
):
    publisher, acknowledged, enough = Publisher(breakable_connection, "infoscreen/test"), {}, asyncio.Event()

    async def publish_on():
        while len(acknowledged) < 300:
            event = upload()
            acknowledged[await publisher.publish(event, identity(event))] = event.media_id
            if len(acknowledged) % 100 == 0:
                enough.set()

    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(publish_on())
        for _ in range(2):
            await enough.wait()
            breakable_nats.kill()
            breakable_nats.start()
            enough.clear()

    messages = await StreamReader(breakable_connection).read_batch(1, 1000)
    kept = {message.sequence: decode(message.headers, message.data).event.media_id for message in messages}
    assert acknowledged.items() <= kept.items()
    assert len(set(kept.values())) == len(kept)


# Conditions


def deletion(upload, generation=1):
    return MediaDeleted(media_id=upload.media_id, deleted_by="ann", generation=generation)


async def test_a_fact_is_stored_after_the_one_that_it_follows_and_after_no_other(connection, upload):
    publisher, first = Publisher(connection, "infoscreen/test"), upload()
    second = upload(media_id=first.media_id)
    assert await publisher.publish(first, identity(first), after=0) == 1
    assert await publisher.publish(second, identity(second, 2), after=1) == 2
    for fact in (deletion(first), upload(media_id=first.media_id)):
        for after in (0, 1):
            with pytest.raises(OutdatedError):
                await publisher.publish(fact, identity(fact, 3), after=after)
    assert await stored(connection) == 2


async def test_a_fact_about_another_medium_is_no_obstacle(connection, upload):
    publisher, one, other = Publisher(connection, "infoscreen/test"), upload(), upload()
    await publisher.publish(one, identity(one), after=0)
    await publisher.publish(other, identity(other), after=0)
    assert await publisher.publish(deletion(one), identity(one, 2), after=1) == 3


async def test_a_deletion_beside_a_replacement_one_is_stored_and_the_other_refused(connection, upload):
    publisher = Publisher(connection, "infoscreen/test")
    for _ in range(50):
        first = upload()
        generation = await publisher.publish(first, identity(first), after=0)
        facts = [deletion(first, generation), upload(media_id=first.media_id)]
        outcomes = await asyncio.gather(
            *(publisher.publish(fact, identity(fact, 2), after=generation) for fact in facts), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes if not isinstance(outcome, int)] == [OutdatedError]


async def test_a_fact_that_was_stored_before_is_no_conflict_with_itself(connection, upload):
    """A single server looks at the condition before the message id."""
    publisher, first = Publisher(connection, "infoscreen/test"), upload()
    assert [await publisher.publish(first, identity(first), after=0) for _ in range(2)] == [1, 1]
    assert await stored(connection) == 1


async def test_a_lost_confirmation_of_a_conditional_fact_is_no_conflict(breakable_nats, breakable_connection, upload):
    event = upload()
    publisher = Publisher(breakable_connection, "infoscreen/test")
    breakable_nats.pause()
    publishing = asyncio.create_task(publisher.publish(event, identity(event), after=0))
    await retried()
    breakable_nats.resume()
    assert await publishing == 1
    assert await stored(breakable_connection) == 1


async def test_a_publish_under_a_taken_message_id_names_the_event_that_has_it(connection, upload):
    publisher, first, other = Publisher(connection, "infoscreen/test"), upload(), upload()
    envelopes = [Envelope(str(identity(e)), "infoscreen/test", datetime.now(UTC), e) for e in (first, other)]
    assert [await publisher.publish_envelope(envelopes[0], message_id="key") for _ in range(2)] == [1, 1]
    with pytest.raises(MessageIdTakenError) as taken:
        await publisher.publish_envelope(envelopes[1], message_id="key", after=0)
    assert taken.value.sequence == 1
