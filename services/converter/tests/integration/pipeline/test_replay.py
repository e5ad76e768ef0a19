"""A durable that is deleted and made again hands everything out from the beginning (fault 12)."""

from support.until import until

from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.common.events import MediaDeleted, Priority, event_id, subjects
from infoscreen.common.messaging import topology


async def broken() -> None:
    raise PermanentError(FailureReason.CORRUPT, "broken")


async def test_a_replay_from_the_beginning_changes_nothing(world, start_converter, documents):
    converter = await start_converter()
    converter.engine.script.append(broken)
    await world.upload(documents.fodp("Failed"))
    await world.settled()
    await world.upload(documents.fodp("Ready"))
    await world.upload(documents.fodp("In bulk"), priority=Priority.BULK)
    deleted, generation = await world.upload(documents.fodp("Deleted"))
    await world.settled()
    deletion = MediaDeleted(media_id=deleted.media_id, deleted_by="tests")
    await world.publisher.publish(deletion, event_id(deletion.type, deleted.media_id, generation))
    before, objects = await world.events(), await world.store.list("converted/")
    conversions, handled = converter.engine.conversions, len(converter.outcomes)

    for lane in subjects.LANES:
        await world.connection.js.delete_consumer(topology.STREAM, lane.durable)
    await topology.apply_durables(world.connection.js)
    await until(lambda: len(converter.outcomes) >= 2 * handled, "every message is handled again")
    await world.settled()

    assert await world.events() == before
    assert await world.store.list("converted/") == objects
    assert converter.engine.conversions == conversions


async def test_what_was_uploaded_while_the_durable_was_gone_is_converted_once_it_is_back(
    world, start_converter, documents
):
    await start_converter()
    await world.connection.js.delete_consumer(topology.STREAM, "converter")
    uploaded, _ = await world.upload(documents.fodp("Late"))
    await topology.apply_durables(world.connection.js)
    await world.result(uploaded.media_id)
    assert (await world.events_of(uploaded.media_id)).count("conversion.succeeded") == 1
