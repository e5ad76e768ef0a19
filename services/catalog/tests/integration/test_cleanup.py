"""The clean-up with a real object store: it requests missing renditions and removes unreferenced objects."""

import json
from contextlib import AsyncExitStack
from datetime import timedelta
from uuid import uuid4

import pytest

from infoscreen.catalog.maintenance.cleanup import Cleanup, Retention
from infoscreen.catalog.media.versions import KeptVersions
from infoscreen.catalog.projection.catch_up import CatchUp
from infoscreen.catalog.projection.store import apply_batch
from infoscreen.catalog.wake_up import WakeUpSignal
from infoscreen.common.clock import utc_now
from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.fact_purge import FactPurge
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_keys import ParkedName
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.page_sheets import is_sheet, sheet_key
from infoscreen.common.rendition import Rendition, rendition_key
from infoscreen.common.settings import S3Settings

NO_VERSIONS = KeptVersions(most=0)


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
    """Runs a clean-up with the clock so many days ahead, and waits until its events are projected."""

    async def run(days: float, versions: KeptVersions = NO_VERSIONS):
        cleanup = Cleanup(
            database=catalog.database,
            store=store,
            renditions=renditions,
            publisher=publisher,
            media=MediaLog(StreamReader(connection)),
            facts=FactPurge(connection),
            catch_up=catalog.catch_up,
            retention=Retention(failed=timedelta(days=7), orphans=timedelta(days=1), versions=versions),
            clock=lambda: utc_now() + timedelta(days=days),
            interval_seconds=3600,
        )
        summary = await cleanup.clean()
        await catalog.projected((await connection.js.stream_info(topology.STREAM)).state.last_seq)
        return summary

    return run


@pytest.fixture
def convert(stream, catalog, store, renditions):
    """Stores the objects, the registry entry and the event that ingest and a converter would."""

    async def run(upload):
        event = stream.events.succeeded(upload.event, upload.generation)
        await store.put(upload.event.object_key, b"original", "application/octet-stream")
        await store.put(event.pdf_key, b"pdf", "application/pdf")
        await store.put(event.thumbnail_key, b"webp", "image/webp")
        await store.put(event.report_key, b"{}", "application/json")
        rendition = Rendition.model_validate(event.model_dump())
        await renditions.register(rendition_key(upload.event.sha256, "pdf", "default"), rendition)
        await catalog.projected(await stream.publish(event))
        return event

    return run


async def keys(store):
    return {item.key for prefix in ("converted/", "originals/") for item in await store.list(prefix)}


async def test_clean_up_keeps_objects_that_a_row_refers_to(stream, convert, clean, store):
    deck = await stream.upload()
    event = await convert(deck)
    summary = await clean(days=400)
    assert (summary.renditions_requested, summary.converted_removed, summary.originals_removed) == (0, 0, 0)
    assert await keys(store) == {deck.event.object_key, event.pdf_key, event.thumbnail_key, event.report_key}


@pytest.mark.parametrize("missing", ["pdf_key", "thumbnail_key", "report_key"])
async def test_clean_up_requests_a_rendition_with_a_missing_object_again(
    *, stream, convert, clean, store, operator, missing
):
    deck = await stream.upload()
    event = await convert(deck)
    await store.delete(getattr(event, missing))
    assert (await clean(days=0)).renditions_requested == 1
    assert (await operator.get(f"/api/conversions/{deck.id}/status")).json()["status"] == "pending"


async def test_clean_up_removes_a_missing_pdf_from_the_registry(stream, convert, clean, store, renditions):
    deck = await stream.upload()
    event = await convert(deck)
    await store.delete(event.pdf_key)
    await clean(days=0)
    assert await renditions.find(rendition_key(deck.event.sha256, "pdf", "default")) is None


async def test_clean_up_does_not_request_a_stored_pdf_that_the_listing_omits(
    stream, convert, clean, store, monkeypatch
):
    await convert(await stream.upload())

    async def nothing(_prefix: str):
        for item in ():
            yield item

    monkeypatch.setattr(store, "walk", nothing)
    assert (await clean(days=0)).renditions_requested == 0


async def test_clean_up_removes_objects_of_deleted_media_after_the_grace(stream, convert, clean, store, renditions):
    deck = await stream.upload()
    await convert(deck)
    await stream.delete(deck)
    await clean(days=0.5)
    assert len(await keys(store)) == 4
    summary = await clean(days=2)
    assert (summary.converted_removed, summary.originals_removed) == (3, 1)
    assert await keys(store) == set()
    assert await renditions.find(rendition_key(deck.event.sha256, "pdf", "default")) is None


async def test_clean_up_removes_originals_of_earlier_generations_only(stream, catalog, convert, clean, store):
    old = await stream.upload(content="old")
    await convert(old)
    new = await stream.upload(old.id, content="new")
    event = await convert(new)
    await clean(days=2)
    assert await keys(store) == {new.event.object_key, event.pdf_key, event.thumbnail_key, event.report_key}


async def test_clean_up_removes_sheets_with_their_rendition_and_not_before(stream, convert, clean, store):
    deck = await stream.upload()
    sheet = sheet_key((await convert(deck)).pdf_key, 0)
    stray = sheet_key(f"converted/{deck.event.sha256}/another.pdf", 0)
    for key in (sheet, stray):
        await store.put(key, b"webp", "image/webp")
    await clean(days=2)
    assert {sheet} == {key for key in await keys(store) if is_sheet(key)}
    await stream.delete(deck)
    await clean(days=2)
    assert await keys(store) == set()


async def test_clean_up_keeps_a_rendition_that_another_medium_uses(stream, convert, clean, store):
    one, two = await stream.upload(content="same"), await stream.upload(content="same")
    event = await convert(one)
    same = {name: getattr(event, name) for name in ("pdf_key", "thumbnail_key", "report_key")}
    await stream.succeed(two, **same)
    await stream.delete(one)
    await clean(days=2)
    assert {event.pdf_key, event.thumbnail_key, event.report_key} <= await keys(store)


async def test_clean_up_removes_converted_objects_that_no_row_refers_to(store, clean):
    await store.put(f"converted/{'a' * 64}/lost.pdf", b"pdf", "application/pdf")
    assert (await clean(days=2)).converted_removed == 1


async def test_clean_up_forgets_the_renditions_with_options_that_it_removes(
    *, stream, catalog, convert, clean, operator, store, renditions
):
    deck = await stream.upload(content="a")
    event = await convert(deck)
    await operator.post(f"/api/conversions/{deck.id}/pdf", params={"image_quality": 40})
    made = stream.events.succeeded(deck.event, deck.generation, profile="q40", pdf_key=f"{event.pdf_key}.q40.pdf")
    await store.put(made.pdf_key, b"pdf", "application/pdf")
    entry = rendition_key(deck.event.sha256, "pdf", "q40")
    await renditions.register(entry, Rendition.model_validate(made.model_dump()))
    await catalog.projected(await stream.publish(made))
    await clean(days=2)
    assert await renditions.find(entry) is not None
    await operator.post(f"/api/conversions/{deck.id}/pdf", params={"pages": "1"})
    await store.put(f"converted/{deck.event.sha256}/first.pdf", b"pdf", "application/pdf")
    other = f"converted/{deck.event.sha256}/first.pdf"
    await catalog.projected(await stream.succeed(deck, profile="p1", pdf_key=other))
    await clean(days=2)
    assert await renditions.find(entry) is None
    assert await renditions.find(rendition_key(deck.event.sha256, "pdf", "default")) is not None
    assert await store.stat(made.pdf_key) is None


async def test_a_forgotten_rendition_leaves_a_marker_that_expires(stream, convert, renditions, connection):
    deck = await stream.upload()
    event = await convert(deck)
    entry = rendition_key(deck.event.sha256, "pdf", "default")
    assert await renditions.forget(entry, event.pdf_key)
    bucket = f"KV_{topology.RENDITIONS}"
    marker = await connection.js.get_last_msg(bucket, f"$KV.{topology.RENDITIONS}.{entry}")
    assert marker.headers["KV-Operation"] == "DEL"
    assert marker.headers["Nats-TTL"]
    rendition = Rendition.model_validate(event.model_dump())
    assert await renditions.register(entry, rendition) == rendition


async def test_clean_up_walks_more_objects_than_it_has_in_memory(stream, catalog, convert, clean, store):
    decks = [await stream.upload(content=f"deck {number}") for number in range(120)]
    events = [await convert(deck) for deck in decks]
    for deck in decks[1:]:
        await stream.delete(deck)
    summary = await clean(days=2)
    assert (summary.converted_removed, summary.originals_removed) == (3 * 119, 119)
    kept = (events[0].pdf_key, events[0].thumbnail_key, events[0].report_key, decks[0].event.object_key)
    assert await keys(store) == set(kept)


async def test_clean_up_leaves_originals_that_no_event_names_to_ingest(store, clean):
    await store.put("originals/01a205cc-8468-751a-a865-395e8a030880/x.pptx", b"x", "application/octet-stream")
    assert (await clean(days=400)).originals_removed == 0


async def test_clean_up_deletes_uploads_that_failed_before_the_retention(stream, catalog, clean, operator):
    failed, retried = await stream.upload(content="a"), await stream.upload(content="b")
    await stream.fail(retried)
    await catalog.projected(await stream.fail(failed))
    await operator.post(f"/api/conversions/{retried.id}/pdf")
    assert (await clean(days=6)).failed_deleted == 0
    assert (await clean(days=8)).failed_deleted == 1
    assert (await operator.get(f"/api/media/{failed.id}")).status_code == 404
    assert (await operator.get(f"/api/media/{retried.id}")).status_code == 200


async def test_clean_up_keeps_what_is_shown_beside_a_profile_that_failed(
    *, stream, catalog, convert, clean, operator, store
):
    deck = await stream.upload(content="a")
    event = await convert(deck)
    await operator.post(f"/api/conversions/{deck.id}/pdf", params={"image_quality": 40})
    shown = f"converted/{deck.event.sha256}/smaller.pdf"
    await store.put(shown, b"pdf", "application/pdf")
    await catalog.projected(await stream.succeed(deck, profile="q40", pdf_key=shown))
    await operator.post(f"/api/conversions/{deck.id}/pdf", params={"pages": "1"})
    await catalog.projected(await stream.fail(deck, profile="p1"))
    summary = await clean(days=8)
    assert (summary.failed_deleted, summary.converted_removed) == (0, 0)
    assert await keys(store) == {
        *(deck.event.object_key, event.pdf_key, event.thumbnail_key, event.report_key),
        shown,
    }
    assert (await operator.get(f"/api/media/{deck.id}")).json()["shown_profile"] == "q40"


async def test_clean_up_forgets_plays_after_their_retention(clean, operator, database):
    player = (await operator.post("/api/players", json={"name": "Foyer"})).json()["player_id"]
    today = utc_now().date().isoformat()
    played = {"day": today, "item": str(uuid4()), "media_id": str(uuid4()), "times": 1, "seconds": 1}
    async with database.connection() as connection:
        await connection.execute("SELECT player_report($1, $2)", player, json.dumps({"played": [played]}))
    assert (await clean(days=399)).plays_forgotten == 0
    assert (await clean(days=401)).plays_forgotten == 1


# Objects that the clean-up keeps, whenever it runs


@pytest.fixture
def park(store):
    """Parks an upload in the outbox, with its original, as ingest does while NATS is away."""

    async def run(event):
        await store.put(event.object_key, b"original", "application/octet-stream")
        name = ParkedName(utc_now(), event.media_id, str(uuid4()))
        await store.put(name.key, b"{}", "application/json")
        return name

    return run


async def test_clean_up_keeps_the_original_of_a_parked_replacement(stream, convert, clean, store, park):
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


async def test_clean_up_keeps_an_original_that_is_relayed_while_it_runs(
    *, stream, convert, clean, store, park, database, monkeypatch
):
    """The upload leaves the outbox before the listing, and the projection stops until the clean-up waits for it."""
    deck = await stream.upload()
    await convert(deck)
    replacement = stream.events.uploaded(deck.id, "new")
    parked = await park(replacement)
    listed, waited, held = store.list, CatchUp.to_end_of_stream, AsyncExitStack()
    holder = await held.enter_async_context(database.connection())
    await held.enter_async_context(holder.transaction())
    await holder.execute("SELECT sequence FROM projection_offset FOR UPDATE")

    async def listed_just_too_late(prefix):
        if prefix == "outbox/":
            await stream.publish(replacement)
            await store.delete(parked.key)
        return await listed(prefix)

    async def released(catch_up):
        await held.aclose()
        await waited(catch_up)

    monkeypatch.setattr(store, "list", listed_just_too_late)
    monkeypatch.setattr(CatchUp, "to_end_of_stream", released)
    async with held:
        assert (await clean(days=2)).originals_removed == 1
    assert replacement.object_key in await keys(store)


async def test_clean_up_removes_nothing_while_the_projection_lags(
    *, database, connection, publisher, stream, store, renditions
):
    """No projector runs, so the tables know the first generation only."""
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
        media=MediaLog(StreamReader(connection)),
        facts=FactPurge(connection),
        catch_up=CatchUp(database, StreamReader(connection), WakeUpSignal(), catch_up_seconds=0.5),
        retention=Retention(failed=timedelta(days=7), orphans=timedelta(days=1), versions=NO_VERSIONS),
        clock=lambda: utc_now() + timedelta(days=2),
        interval_seconds=3600,
    )
    with pytest.raises(UnavailableError):
        await cleanup.clean()
    assert await keys(store) == {old.event.object_key, new.object_key}


async def test_retention_keeps_an_upload_that_is_replaced_before_its_deletion(
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


async def test_the_trash_is_emptied_when_its_time_is_over_and_not_before(*, stream, convert, clean, store):
    deck = await stream.upload()
    event = await convert(deck)
    await stream.trash(deck)
    early = await clean(days=29)
    assert (early.trash_deleted, early.originals_removed, early.converted_removed) == (0, 0, 0)
    assert event.pdf_key in await keys(store)
    assert (await clean(days=31)).trash_deleted == 1
    await clean(days=31)
    assert await keys(store) == set()


async def test_the_time_in_the_trash_begins_anew_when_a_medium_was_restored(
    *, stream, catalog, database, clean, operator
):
    """The tables are behind: the stream says that the medium went out and in again."""
    deck = await stream.upload()
    await catalog.projected(await stream.trash(deck))
    async with database.connection() as writer:
        await writer.execute("UPDATE media_files SET trashed_at = trashed_at - interval '40 days'")
    assert (await clean(days=0)).trash_deleted == 0
    await stream.restore(deck)
    assert (await operator.get(f"/api/media/{deck.id}")).status_code == 200


async def test_a_medium_that_is_restored_while_the_trash_is_emptied_stays(
    *, stream, catalog, clean, operator, monkeypatch
):
    deck = await stream.upload()
    await catalog.projected(await stream.trash(deck))
    published = Publisher.publish

    async def restored_first(publisher, event, identity, **options):
        if event.type == "media.deleted":
            await published(publisher, stream.events.restored(deck.event, deck.generation), uuid4())
        return await published(publisher, event, identity, **options)

    monkeypatch.setattr(Publisher, "publish", restored_first)
    assert (await clean(days=31)).trash_deleted == 0
    assert (await operator.get(f"/api/media/{deck.id}")).status_code == 200


async def test_an_upload_that_failed_and_was_renamed_is_deleted_after_the_retention(*, stream, catalog, clean):
    failed = await stream.upload()
    await stream.fail(failed)
    await catalog.projected(await stream.publish(stream.events.renamed(failed.event, "Menu")))
    assert (await clean(days=8)).failed_deleted == 1


async def test_an_upload_that_failed_has_the_time_of_the_trash_there(*, stream, catalog, clean):
    failed = await stream.upload()
    await stream.fail(failed)
    await catalog.projected(await stream.trash(failed))
    assert (await clean(days=29)).failed_deleted == 0


async def uploaded_anew(stream, store, deck, content):
    """A new generation, whose original is stored."""
    replacement = await stream.upload(deck.id if deck else None, content)
    await store.put(replacement.event.object_key, content.encode(), "application/octet-stream")
    return replacement


async def test_the_newest_earlier_versions_are_kept_until_their_time_is_over(*, stream, catalog, clean, store):
    first = await uploaded_anew(stream, store, None, "first")
    generations = [first, *[await uploaded_anew(stream, store, first, content) for content in ("2", "3", "4")]]
    await catalog.projected(generations[-1].generation)
    originals = [generation.event.object_key for generation in generations]
    assert (await clean(days=2, versions=KeptVersions(most=2))).originals_removed == 1
    assert await keys(store) == set(originals[1:])
    assert (await clean(days=89, versions=KeptVersions(most=2))).originals_removed == 0
    assert (await clean(days=91, versions=KeptVersions(most=2))).originals_removed == 2
    assert await keys(store) == {originals[3]}


async def test_a_late_replacement_of_what_was_deleted_is_no_version(*, stream, catalog, clean, store):
    deck = await uploaded_anew(stream, store, None, "deck")
    await stream.trash(deck)
    late = stream.events.uploaded(deck.id, "late", obsolete=True)
    await store.put(late.object_key, b"late", "application/octet-stream")
    await stream.publish(late)
    await catalog.projected(await stream.restore(deck))
    await clean(days=2, versions=KeptVersions())
    assert await keys(store) == {deck.event.object_key}
