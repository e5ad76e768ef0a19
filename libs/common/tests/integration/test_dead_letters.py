"""Dead letters, as an operator lists, retries and drops them."""

import asyncio

import pytest

from infoscreen.common.errors import ConflictError, NotFoundError
from infoscreen.common.events import ConversionRequested, decode, event_id
from infoscreen.common.messaging.consumer import WorkConsumer
from infoscreen.common.messaging.dead_letter import DeadLetters
from infoscreen.common.messaging.outcome import Terminate
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader


@pytest.fixture
def publisher(connection):
    return Publisher(connection, "infoscreen/test")


@pytest.fixture
def letters(connection, publisher):
    return DeadLetters(connection, publisher)


async def bury_all(connection, count):
    """Runs a consumer that understands nothing until it has given up so many messages."""
    stop, buried = asyncio.Event(), []

    async def handler(delivery):
        buried.append(delivery.sequence)
        if len(buried) == count:
            stop.set()
        return Terminate("not_understood", "no idea")

    await WorkConsumer(connection, handler, slots=1, grace_seconds=5).run(stop)


async def test_a_dead_letter_keeps_the_message_whole(connection, publisher, letters, upload):
    event = upload()
    sequence = await publisher.publish(event, event_id(event.type, event.media_id, 1))
    await bury_all(connection, 1)
    [letter] = await letters.list()
    assert (letter.reason, letter.detail, letter.durable) == ("not_understood", "no idea", "converter")
    assert (letter.original_sequence, letter.deliveries) == (sequence, 1)
    assert decode(letter.headers, letter.data).event == event
    assert await letters.get(letter.sequence) == letter


async def test_a_retried_upload_becomes_a_request_and_the_letter_goes(connection, publisher, letters, upload):
    event = upload()
    generation = await publisher.publish(event, event_id(event.type, event.media_id, 1))
    await bury_all(connection, 1)
    [letter] = await letters.list()
    await letters.retry(letter.sequence)
    request = await StreamReader(connection).last(f"conversion.requested.{event.media_id}")
    asked = decode(request.headers, request.data).event
    assert isinstance(asked, ConversionRequested)
    assert asked.generation == generation
    assert await letters.list() == []
    with pytest.raises(NotFoundError):
        await letters.retry(letter.sequence)


async def test_a_message_that_is_no_event_cannot_be_retried_only_dropped(connection, letters):
    await connection.js.publish("media.uploaded.x", b"noise")
    await bury_all(connection, 1)
    [letter] = await letters.list()
    with pytest.raises(ConflictError):
        await letters.retry(letter.sequence)
    await letters.drop(letter.sequence)
    with pytest.raises(NotFoundError):
        await letters.drop(letter.sequence)


async def test_letters_are_listed_page_by_page(connection, publisher, letters, upload):
    for _ in range(3):
        event = upload()
        await publisher.publish(event, event_id(event.type, event.media_id, 1))
    await bury_all(connection, 3)
    first = await letters.list(limit=2)
    second = await letters.list(first[-1].sequence, limit=2)
    assert [letter.original_sequence for letter in first + second] == [1, 2, 3]
