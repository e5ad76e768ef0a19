"""Reading facts back: single ones, and in batches that are contiguous and in order."""

import asyncio
from dataclasses import replace

import pytest

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import decode, event_id, subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.tracing import traced


async def publish(connection, event):
    return await Publisher(connection, "infoscreen/test").publish(event, event_id(event.type, event.media_id, 1))


@pytest.fixture
async def published(connection, upload):
    events = [upload() for _ in range(250)]
    for event in events:
        await publish(connection, event)
    return events


async def test_batches_hold_everything_once_and_in_order(connection, published):
    reader, read = StreamReader(connection), []
    while batch := await reader.read_batch(len(read) + 1, 100):
        read += batch
    assert [message.sequence for message in read] == list(range(1, 251))
    assert [message.subject for message in read] == [subjects.subject_of(event) for event in published]
    assert all(message.stored_at is not None for message in read)


async def test_a_batch_begins_where_it_is_told_and_holds_no_more_than_it_is_told(connection, published):
    batch = await StreamReader(connection).read_batch(42, 5)
    assert [message.sequence for message in batch] == [42, 43, 44, 45, 46]


async def test_a_message_is_the_same_in_a_batch_and_alone(connection, upload):
    sequence = await publish(connection, upload())
    reader = StreamReader(connection)
    assert await reader.read_batch(sequence, 1) == [await reader.at(sequence)]


@pytest.mark.parametrize("first", [1, 1000])
async def test_a_batch_beyond_the_end_is_empty(connection, first):
    assert await StreamReader(connection).read_batch(first, 10) == []


async def test_deleted_sequences_are_passed_over(connection):
    for _ in range(5):
        await connection.js.publish("dead.converter", b"x")
    for sequence in (1, 3):
        await connection.js.delete_msg(topology.DEAD_LETTERS, sequence)
    batch = await StreamReader(connection, topology.DEAD_LETTERS).read_batch(1, 10)
    assert [message.sequence for message in batch] == [2, 4, 5]


async def test_the_newest_message_of_a_subject_is_found(connection, upload):
    event = upload()
    reader, subject = StreamReader(connection), subjects.uploads_of(event.media_id)
    assert await reader.last(subject) is None
    sequence = await publish(connection, event)
    await publish(connection, upload())
    assert (await reader.last(subject)).sequence == sequence
    assert await reader.last_sequence() == sequence + 1


async def test_the_newest_messages_of_several_subjects_come_together_in_stream_order(connection, upload):
    events = [upload() for _ in range(3)]
    reader, uploads = StreamReader(connection), [subjects.uploads_of(event.media_id) for event in events]
    assert await reader.newest(uploads) == []
    for event in events[:2]:
        await publish(connection, event)
    again = await Publisher(connection, "infoscreen/test").publish(events[0], event_id("again", events[0].media_id, 2))
    found = await reader.newest(uploads)
    assert found == [await reader.last(uploads[1]), await reader.last(uploads[0])]
    assert found[-1].sequence == again


async def test_a_message_is_found_by_its_sequence(connection, upload):
    sequence = await publish(connection, upload())
    reader = StreamReader(connection)
    assert (await reader.at(sequence)).sequence == sequence
    assert await reader.at(sequence + 1) is None


async def test_an_empty_stream_ends_at_zero(connection):
    assert await StreamReader(connection).last_sequence() == 0


async def test_every_read_says_that_nats_is_away(breakable_nats, breakable_connection):
    reader = StreamReader(breakable_connection)
    await breakable_nats.kill_and_be_missed(breakable_connection)
    for read in (
        reader.last("media.uploaded.x"),
        reader.at(1),
        reader.last_sequence(),
        reader.read_batch(1, 10),
        reader.newest(["x"]),
    ):
        with pytest.raises(UnavailableError):
            await read


async def test_many_readers_at_once_do_not_mix_their_batches(connection, published):
    reader = StreamReader(connection)
    batches = await asyncio.gather(*(reader.read_batch(first, 20) for first in range(1, 200, 10)))
    for first, batch in zip(range(1, 200, 10), batches, strict=True):
        assert [message.sequence for message in batch] == list(range(first, first + 20))


async def test_all_of_a_subject_is_read_and_nothing_else(connection, upload):
    event = upload()
    generations = []
    for number in range(600):
        identity = event_id(event.type, event.media_id, number)
        generations.append(await Publisher(connection, "infoscreen/test").publish(event, identity))
        if number % 100 == 0:
            await publish(connection, upload())
    found = await StreamReader(connection).all(subjects.uploads_of(event.media_id))
    assert [message.sequence for message in found] == generations
    assert await StreamReader(connection).all("media.uploaded.nothing") == []


async def test_a_stream_that_drops_nothing_by_age_is_complete_since_it_was_made(connection):
    reader = StreamReader(connection, topology.DEAD_LETTERS)
    made = await reader.complete_since()
    for _ in range(3):
        await connection.js.publish("dead.converter", b"x")
    await connection.js.purge_stream(topology.DEAD_LETTERS, keep=1)
    assert await reader.complete_since() == made
    await connection.js.update_stream(replace(await reader.config(), max_age=3600))
    assert await reader.complete_since() == (await reader.at(3)).stored_at > made


async def test_a_trace_goes_with_an_event_through_the_stream(connection, upload):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with traced("work", {"traceparent": trace}):
        sequence = await publish(connection, upload())
    message = await StreamReader(connection).at(sequence)
    assert decode(message.headers, message.data).traceparent == trace
