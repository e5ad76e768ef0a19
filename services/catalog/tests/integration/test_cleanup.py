"""Cleanup and reconciling over the real object store: what is missing is made again, what nobody needs goes."""

from datetime import timedelta

import pytest

from infoscreen.catalog.cleanup import Cleanup, Retention
from infoscreen.common.clock import utc_now
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.renditions import Rendition, RenditionRegistry, rendition_key
from infoscreen.common.object_store import ObjectStore
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
    for item in [*await store.list("converted/"), *await store.list("originals/")]:
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
