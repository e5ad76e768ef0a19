"""Originals that no event names go after their grace; every file that an event or the outbox names stays."""

import asyncio
import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from support.until import second_after

from infoscreen.common.events import event_id, new_media_id
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store.multipart import MultipartUpload
from infoscreen.common.settings import NatsSettings
from infoscreen.ingest.idempotency import KeyBindings
from infoscreen.ingest.orphans import Collected, OrphanCollector
from infoscreen.ingest.resumable.ending import Ender
from infoscreen.ingest.resumable.records import ObjectRecords

A_DAY = timedelta(hours=24)


@pytest.fixture
def publisher(stream):
    return Publisher(stream.connection, "infoscreen/test")


@pytest.fixture
def collect(bucket, stream, outbox):
    """Collects as if it were so much later."""

    async def collect_after(later: timedelta) -> Collected:
        media = MediaLog(StreamReader(stream.connection))

        def clock():
            return datetime.now(UTC) + later

        keys, ender = KeyBindings(bucket, A_DAY, clock), Ender(bucket, ObjectRecords(bucket), clock)
        return await OrphanCollector(bucket, media, outbox, keys, ender, A_DAY, clock).collect()

    return collect_after


@pytest.fixture
def store_original(bucket, stream, uploaded):
    """Stores an original as an ingest would that dies right afterwards; gives the event it did not publish."""

    async def store(media_id=None, upload_id="1"):
        await stream.begun()
        event = uploaded(media_id)
        key = f"originals/{event.media_id}/{upload_id}.pptx"
        await bucket.put(key, b"x", "application/octet-stream")
        return event.model_copy(update={"object_key": key})

    return store


async def keys(bucket):
    return {stored.key for stored in await bucket.list("originals/")}


async def test_an_original_that_no_event_names_is_removed_after_a_day_and_not_before(bucket, collect, store_original):
    orphan = await store_original()
    assert (await collect(A_DAY - timedelta(minutes=5))).originals == 0
    assert await keys(bucket) == {orphan.object_key}
    assert (await collect(A_DAY + timedelta(minutes=5))).originals == 1
    assert await keys(bucket) == set()


async def test_every_generation_that_an_event_names_stays(bucket, collect, publisher, store_original):
    """What of it is still needed is the catalog's to judge."""
    first = await store_original()
    second = await store_original(first.media_id, "2")
    orphan = await store_original(first.media_id, "3")
    for event in (first, second):
        await publisher.publish(event, event_id(event.type, event.media_id, event.object_key))
    assert (await collect(10 * A_DAY)).originals == 1
    assert await keys(bucket) == {first.object_key, second.object_key}
    assert orphan.object_key not in await keys(bucket)


async def test_a_parked_original_stays_however_long_nats_is_away(bucket, collect, outbox, announce, store_original):
    event = await store_original()
    await outbox.park(announce(event))
    await bucket.put("outbox/README", b"what is foreign does not stop the collector", "text/plain")
    assert (await collect(10 * A_DAY)).originals == 0
    await outbox.relay()
    assert (await collect(10 * A_DAY)).originals == 0
    assert await keys(bucket) == {event.object_key}


async def test_a_stream_that_was_lost_and_made_anew_takes_no_original_with_it(
    *, bucket, stream, nats_url, collect, publisher, store_original
):
    event = await store_original()
    await publisher.publish(event, event_id(event.type, event.media_id, 1))
    await second_after(datetime.now(UTC))
    await stream.connection.js.delete_stream(topology.STREAM)
    await topology.apply(stream.connection.js, NatsSettings(url=nats_url))
    assert (await collect(10 * A_DAY)).originals == 0
    assert await keys(bucket) == {event.object_key}


async def test_foreign_objects_stay(bucket, collect):
    await bucket.put("originals/README", b"x", "text/plain")
    await bucket.put("originals/not-an-id/x", b"x", "text/plain")
    assert (await collect(10 * A_DAY)).originals == 0
    assert len(await keys(bucket)) == 2


async def test_multipart_uploads_that_no_ingest_ends_are_aborted(bucket, collect, unfinished):
    key = f"originals/{new_media_id()}/1.pptx"
    await bucket._run(MultipartUpload, bucket._client, bucket._bucket, key, "application/octet-stream")
    await unfinished(1)
    assert (await collect(timedelta(0))).uploads == 0
    assert (await collect(A_DAY + timedelta(minutes=5))).uploads == 1
    await unfinished(0)


async def test_an_operator_can_collect_at_once(bucket, ingest, stream, store_original):
    await store_original()
    job = await asyncio.to_thread(
        subprocess.run,
        [*ingest.spec.argv, "collect"],
        env={**ingest.spec.env, "INGEST_ORPHAN_GRACE_SECONDS": "0.001"},
        capture_output=True,
        check=True,
    )
    assert json.loads(job.stdout.splitlines()[-1]) == {"originals": 1, "uploads": 0}
    assert await keys(bucket) == set()
