"""Publishing as a promise: stored once, or the caller is told."""

import asyncio
from contextlib import suppress

import pytest

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import decode, event_id
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
    async with asyncio.timeout(30):
        while PUBLISH_RETRIES._value.get() == before:
            await asyncio.sleep(0.01)


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


async def test_what_was_begun_while_nats_was_away_is_stored_once_when_it_is_back(
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
