"""Cleanup and reconciling over the real object store: what is missing is made again, what nobody needs goes."""

from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

import pytest

from infoscreen.catalog.bell import Bell
from infoscreen.catalog.cleanup import Cleanup, Retention
from infoscreen.catalog.freshness import Freshness
from infoscreen.catalog.projection_store import apply_batch
from infoscreen.common.clock import utc_now
from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_keys import ParkedName
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.rendition import Rendition, rendition_key
from infoscreen.common.settings import S3Settings


@pytest.fixture
async def store(s3):
    settings = S3Settings(
        endpoint=s3.endpoint,
        public_endpoint=s3.endpoint,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        region=s3.region,
        bucket=s3.bucket,
    )
    store = ObjectStore(settings, max_threads=4)
    for item in await store.list(""):
        await store.delete(item.key)
    yield store
    store.close()


@pytest.fixture
def renditions(connection):
    return RenditionRegistry(connection)


@pytest.fixture
def clean(catalog, connection, publisher, store, renditions):
    """Cleans up as if so many days had passed, and waits until that is projected."""

    async def run(days: float):
        cleanup = Cleanup(
            database=catalog.database,
            store=store,
            renditions=renditions,
            publisher=publisher,
            freshness=catalog.freshness,
            retention=Retention(failed=timedelta(days=7), orphans=timedelta(days=1)),
            clock=lambda: utc_now() + timedelta(days=days),
            interval_seconds=3600,
        )
        tally = await cleanup.clean()
        await catalog.projected((await connection.js.stream_info(topology.STREAM)).state.last_seq)
        return tally

    return run


@pytest.fixture
def convert(stream, catalog, store, renditions):
    """Does what ingest and a converter do, objects and registry included."""

    async def run(upload):
        event = stream.events.succeeded(upload.event, upload.generation)
        await store.put(upload.event.object_key, b"original", "application/octet-stream")
        await store.put(event.pdf_key, b"pdf", "application/pdf")
        await store.put(event.thumbnail_key, b"webp", "image/webp")
        rendition = Rendition.model_validate(event.model_dump())
        await renditions.register(rendition_key(upload.event.sha256, "pdf", "default"), rendition)
        await catalog.projected(await stream.publish(event))
        return event

    return run


async def keys(store):
    return {item.key for prefix in ("converted/", "originals/") for item in await store.list(prefix)}


async def test_what_is_in_use_stays_for_ever(stream, convert, clean, store):
    deck = await stream.upload()
    event = await convert(deck)
    tally = await clean(days=400)
    assert (tally.renditions_requested, tally.converted_removed, tally.originals_removed) == (0, 0, 0)
    assert await keys(store) == {deck.event.object_key, event.pdf_key, event.thumbnail_key}


async def test_a_missing_pdf_is_asked_for_again(stream, convert, clean, store, operator):
    deck = await stream.upload()
    event = await convert(deck)
    await store.delete(event.pdf_key)
    assert (await clean(days=0)).renditions_requested == 1
    assert (await operator.get(f"/api/conversions/{deck.id}/status")).json()["status"] == "pending"


async def test_a_missing_pdf_is_no_rendition_any_more(stream, convert, clean, store, renditions):
    deck = await stream.upload()
    event = await convert(deck)
    await store.delete(event.pdf_key)
    await clean(days=0)
    assert await renditions.find(rendition_key(deck.event.sha256, "pdf", "default")) is None


async def test_a_pdf_that_is_only_not_listed_is_not_missing(stream, convert, clean, store, monkeypatch):
    await convert(await stream.upload())

    async def nothing(_prefix: str) -> list:
        return []

    monkeypatch.setattr(store, "list", nothing)
    assert (await clean(days=0)).renditions_requested == 0


async def test_objects_of_deleted_media_go_after_their_grace(stream, convert, clean, store, renditions):
    deck = await stream.upload()
    await convert(deck)
    await stream.delete(deck)
    await clean(days=0.5)
    assert len(await keys(store)) == 3
    tally = await clean(days=2)
    assert (tally.converted_removed, tally.originals_removed) == (2, 1)
    assert await keys(store) == set()
    assert await renditions.find(rendition_key(deck.event.sha256, "pdf", "default")) is None


async def test_originals_of_earlier_generations_go_and_the_current_one_stays(stream, catalog, convert, clean, store):
    old = await stream.upload(content="old")
    await convert(old)
    new = await stream.upload(old.id, content="new")
    event = await convert(new)
    await clean(days=2)
    assert await keys(store) == {new.event.object_key, event.pdf_key, event.thumbnail_key}


async def test_a_rendition_that_another_medium_uses_stays(stream, convert, clean, store):
    one, two = await stream.upload(content="same"), await stream.upload(content="same")
    event = await convert(one)
    await stream.succeed(two, pdf_key=event.pdf_key, thumbnail_key=event.thumbnail_key)
    await stream.delete(one)
    await clean(days=2)
    assert {event.pdf_key, event.thumbnail_key} <= await keys(store)


async def test_results_that_lost_a_race_and_foreign_objects_go(store, clean):
    await store.put(f"converted/{'a' * 64}/lost.pdf", b"pdf", "application/pdf")
    assert (await clean(days=2)).converted_removed == 1


async def test_originals_that_no_event_names_are_left_to_ingest(store, clean):
    await store.put("originals/01a205cc-8468-751a-a865-395e8a030880/x.pptx", b"x", "application/octet-stream")
    assert (await clean(days=400)).originals_removed == 0


async def test_uploads_that_failed_a_week_ago_are_deleted(stream, catalog, clean, operator):
    failed, retried = await stream.upload(content="a"), await stream.upload(content="b")
    await stream.fail(retried)
    await catalog.projected(await stream.fail(failed))
    await operator.post(f"/api/conversions/{retried.id}/pdf")
    assert (await clean(days=6)).failed_deleted == 0
    assert (await clean(days=8)).failed_deleted == 1
    assert (await operator.get(f"/api/media/{failed.id}")).status_code == 404
    assert (await operator.get(f"/api/media/{retried.id}")).status_code == 200


# What has to stay, at whatever moment the clean-up runs


@pytest.fixture
def park(store):
    """Keeps an upload in the outbox as ingest does while NATS is away, its original included."""

    async def run(event):
        await store.put(event.object_key, b"original", "application/octet-stream")
        name = ParkedName(utc_now(), event.media_id, str(uuid4()))
        await store.put(name.key, b"{}", "application/json")
        return name

    return run


async def test_the_original_of_a_parked_replacement_stays_however_long_it_waits(stream, convert, clean, store, park):
    deck = await stream.upload()
    await convert(deck)
    replacement = stream.events.uploaded(deck.id, "new")
    parked = await park(replacement)
    await store.put("outbox/README", b"foreign", "text/plain")
    assert (await clean(days=400)).originals_removed == 0
    assert {deck.event.object_key, replacement.object_key} <= await keys(store)
    await stream.publish(replacement)
    await store.delete(parked.key)
    assert (await clean(days=400)).originals_removed == 1
    assert replacement.object_key in await keys(store)


async def test_an_original_that_is_relayed_during_the_clean_up_stays(
    *, stream, convert, clean, store, park, database, monkeypatch
):
    """It leaves the outbox right before that is listed, and the projection is held until the clean-up waits for it."""
    deck = await stream.upload()
    await convert(deck)
    replacement = stream.events.uploaded(deck.id, "new")
    parked = await park(replacement)
    listed, waited, held = store.list, Freshness.of_everything, AsyncExitStack()
    holder = await held.enter_async_context(database.connection())
    await held.enter_async_context(holder.transaction())
    await holder.execute("SELECT sequence FROM projection_offset FOR UPDATE")

    async def listed_just_too_late(prefix):
        if prefix == "outbox/":
            await stream.publish(replacement)
            await store.delete(parked.key)
        return await listed(prefix)

    async def released(freshness):
        await held.aclose()
        await waited(freshness)

    monkeypatch.setattr(store, "list", listed_just_too_late)
    monkeypatch.setattr(Freshness, "of_everything", released)
    async with held:
        assert (await clean(days=2)).originals_removed == 1
    assert replacement.object_key in await keys(store)


async def test_tables_that_are_behind_remove_nothing(*, database, connection, publisher, stream, store, renditions):
    """No projector runs: the tables know the first generation only."""
    old = await stream.upload(content="old")
    new = stream.events.uploaded(old.id, "new")
    async with database.connection() as writer:
        await apply_batch(writer, await StreamReader(connection).read_batch(1, 10))
    await stream.publish(new)
    for key in (old.event.object_key, new.object_key):
        await store.put(key, b"original", "application/octet-stream")
    cleanup = Cleanup(
        database=database,
        store=store,
        renditions=renditions,
        publisher=publisher,
        freshness=Freshness(database, StreamReader(connection), Bell(), catch_up_seconds=0.5),
        retention=Retention(failed=timedelta(days=7), orphans=timedelta(days=1)),
        clock=lambda: utc_now() + timedelta(days=2),
        interval_seconds=3600,
    )
    with pytest.raises(UnavailableError):
        await cleanup.clean()
    assert await keys(store) == {old.event.object_key, new.object_key}


async def test_retention_deletes_nothing_that_was_replaced_since_it_decided(
    *, stream, catalog, clean, operator, connection, monkeypatch
):
    failed = await stream.upload(content="a")
    await catalog.projected(await stream.fail(failed))
    published = Publisher.publish

    async def replaced_first(publisher, event, identity, **options):
        if event.type == "media.deleted":
            await published(publisher, stream.events.uploaded(failed.id, "b"), uuid4())
        return await published(publisher, event, identity, **options)

    monkeypatch.setattr(Publisher, "publish", replaced_first)
    assert (await clean(days=8)).failed_deleted == 0
    assert (await operator.get(f"/api/media/{failed.id}")).json()["conversion_status"] == "pending"
