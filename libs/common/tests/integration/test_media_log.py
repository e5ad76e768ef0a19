"""What the stream says of a medium is what the catalog's projection would say."""

from uuid import uuid4

import pytest

from infoscreen.common.events import (
    MediaDeleted,
    MediaOwned,
    MediaRenamed,
    MediaRestored,
    MediaTagged,
    MediaTrashed,
    new_media_id,
    subjects,
)
from infoscreen.common.events.medium_state import MediumLabels, MediumState
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader


@pytest.fixture
def log(connection):
    return MediaLog(StreamReader(connection))


@pytest.fixture
def publish(connection):
    """Stores an event, in any case."""
    publisher = Publisher(connection, "infoscreen/test")

    async def store(event):
        return await publisher.publish(event, uuid4())

    return store


def deleted(upload, generation=None):
    return MediaDeleted(media_id=upload.media_id, deleted_by="ann", generation=generation)


async def test_an_unknown_medium_has_no_facts(log):
    assert await log.state(new_media_id()) == MediumState()


async def test_the_newest_upload_is_current(log, publish, upload):
    first = upload()
    await publish(first)
    second = upload(media_id=first.media_id, object_key="originals/a/c.pdf")
    await publish(second)
    await publish(upload())
    assert await log.state(first.media_id) == MediumState(2, 2, second)


@pytest.mark.parametrize("generation", [None, 1])
async def test_a_deletion_ends_the_generation_that_it_names_or_any(log, publish, upload, generation):
    first = upload()
    await publish(first)
    await publish(deleted(first, generation))
    assert await log.state(first.media_id) == MediumState(2)


async def test_a_deletion_does_nothing_to_another_generation(log, publish, upload):
    first = upload()
    await publish(first)
    second = upload(media_id=first.media_id, object_key="originals/a/c.pdf")
    await publish(second)
    await publish(deleted(first, 1))
    assert await log.state(first.media_id) == MediumState(3, 2, second)


async def test_an_obsolete_upload_brings_nothing_back(log, publish, upload):
    first = upload()
    await publish(first)
    await publish(deleted(first, 1))
    await publish(upload(media_id=first.media_id, object_key="originals/a/c.pdf", obsolete=True))
    assert await log.state(first.media_id) == MediumState(3)


async def test_a_second_copy_of_a_deleted_upload_brings_nothing_back(log, publish, upload):
    first = upload()
    for event in (first, deleted(first), first, deleted(first)):
        await publish(event)
    assert (await log.state(first.media_id)).generation is None


async def test_a_message_that_is_no_event_changes_nothing(connection, log, publish, upload):
    first = upload()
    await publish(first)
    await connection.js.publish(subjects.uploads_of(first.media_id), b"{")
    assert await log.state(first.media_id) == MediumState(2, 1, first)


async def test_an_upload_is_found_by_its_original(log, publish, upload):
    first = upload()
    second = upload(media_id=first.media_id, object_key="originals/a/c.pdf")
    await publish(first)
    assert (await log.sequence_of(first), await log.sequence_of(second)) == (1, None)
    await publish(second)
    assert (await log.sequence_of(first), await log.sequence_of(second)) == (1, 2)


def trashed(upload, generation):
    return MediaTrashed(media_id=upload.media_id, trashed_by="ann", generation=generation)


def restored(upload, generation):
    return MediaRestored(media_id=upload.media_id, restored_by="ann", generation=generation)


async def test_a_medium_in_the_trash_keeps_its_generation_until_it_is_restored(log, publish, upload):
    first = upload()
    await publish(first)
    await publish(trashed(first, 1))
    state = await log.state(first.media_id)
    assert (state.exists, state.generation, state.upload) == (False, 1, first)
    assert state.trashed_at is not None
    await publish(restored(first, 1))
    assert await log.state(first.media_id) == MediumState(3, 1, first)


async def test_a_second_copy_of_an_upload_in_the_trash_stays_there(log, publish, upload):
    first = upload()
    for event in (first, trashed(first, 1), first, MediaRenamed(media_id=first.media_id, title="x", renamed_by="ann")):
        await publish(event)
    state = await log.state(first.media_id)
    assert (state.exists, state.generation) == (False, 3)


async def test_what_was_decided_on_another_generation_does_nothing(log, publish, upload):
    first = upload()
    second = upload(media_id=first.media_id, object_key="originals/a/c.pdf")
    for event in (first, second, trashed(first, 1)):
        await publish(event)
    assert (await log.state(first.media_id)).exists
    for event in (trashed(second, 2), restored(second, 1)):
        await publish(event)
    assert not (await log.state(first.media_id)).exists


async def test_the_labels_are_what_the_facts_add_up_to(log, publish, upload):
    first = upload()
    await publish(first)
    assert await log.labels(first.media_id) == MediumLabels()
    await publish(MediaTagged(media_id=first.media_id, add=("menu", "draft"), tagged_by="ann"))
    await publish(MediaRenamed(media_id=first.media_id, title="Menu", renamed_by="ann"))
    await publish(MediaTagged(media_id=first.media_id, add=("canteen",), remove=("draft",), tagged_by="ann"))
    assert await log.labels(first.media_id) == MediumLabels("Menu", ("canteen", "menu"))


async def test_an_upload_says_who_owns_its_medium_and_one_of_an_older_ingest_leaves_that(log, publish, upload):
    first = upload(owner="ann")
    await publish(first)
    assert await log.state(first.media_id) == MediumState(1, 1, first, owner="ann")
    second = upload(media_id=first.media_id, object_key="originals/a/c.pdf")
    await publish(second)
    assert await log.state(first.media_id) == MediumState(2, 2, second, owner="ann")


async def test_a_medium_belongs_to_whom_it_was_handed_over_last(log, publish, upload):
    first = upload(owner="ann")
    await publish(first)
    for number, owner in enumerate(("bob", "carol"), 2):
        await publish(MediaOwned(media_id=first.media_id, owner=owner, handed_over_by="eve"))
        assert await log.state(first.media_id) == MediumState(number, 1, first, owner=owner)


async def test_what_is_deleted_is_handed_over_to_no_one(log, publish, upload):
    first = upload(owner="ann")
    for event in (first, deleted(first), MediaOwned(media_id=first.media_id, owner="bob", handed_over_by="eve")):
        await publish(event)
    assert await log.state(first.media_id) == MediumState(3)
