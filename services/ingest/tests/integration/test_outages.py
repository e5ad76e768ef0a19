"""NATS or the store away: what was acknowledged is never lost, what cannot be kept is not acknowledged."""

import asyncio
import dataclasses

import httpx
import pytest
from support.until import until

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import new_media_id
from infoscreen.common.messaging import topology
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.settings import S3Settings

AWAY = "http://127.0.0.1:9"  # discard: nothing listens there


async def upload(client, content, **headers):
    files = {"file": ("menu.pptx", content, "application/octet-stream")}
    return await client.post("/api/media", files=files, headers=headers)


async def replace(client, path, content, **headers):
    files = {"file": ("menu.pptx", content, "application/octet-stream")}
    return await client.put(path, files=files, headers=headers)


async def relayed(bucket):
    """Returns once nothing is parked any more."""

    async def empty():
        return not await bucket.list("outbox/")

    await until(empty, "the outbox is empty")


@pytest.fixture(scope="module")
def ingest(start_ingest, breakable_nats, s3):
    """The module's ingest, on a NATS that can be broken."""
    return start_ingest(breakable_nats.url, s3)


@pytest.fixture
async def client(ingest, breakable_stream, bucket):
    await ingest.sees_nats()
    async with ingest.client() as client:
        yield client


async def test_while_nats_is_away_an_upload_is_parked_and_published_once_on_return(
    client, breakable_nats, breakable_stream, bucket, deck
):
    breakable_nats.kill()
    response = await upload(client, deck)
    answer = response.json()
    assert response.status_code == 202
    assert answer["conversion_status"] == "pending"
    assert response.headers["Location"] == f"/api/media/{answer['media_id']}"
    breakable_nats.start()
    await relayed(bucket)
    [event] = await breakable_stream.events()
    assert (str(event.media_id), event.sha256) == (answer["media_id"], answer["sha256"])
    assert await bucket.get(event.object_key) == deck


async def test_while_nats_is_away_the_last_bytes_of_a_resumable_upload_park_its_event(
    client, breakable_nats, breakable_stream, bucket, deck
):
    head = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    described = {"Upload-Length": str(len(deck)), "Upload-Metadata": "filename bWVudS5wcHR4"}
    begun = await client.post("/api/uploads", headers=head | described, content=deck[:10])
    breakable_nats.kill()
    at = {"Upload-Offset": "10"}
    assert (await client.patch(begun.headers["Location"], headers=head | at, content=deck[10:])).status_code == 204
    assert len(await bucket.list("outbox/")) == 1
    breakable_nats.start()
    await relayed(bucket)
    [event] = await breakable_stream.events()
    assert str(event.media_id) == begun.headers["Infoscreen-Media-Id"]
    assert await bucket.get(event.object_key) == deck


async def test_a_parked_upload_survives_the_death_of_ingest(
    *, client, ingest, breakable_nats, breakable_stream, bucket, deck
):
    breakable_nats.kill()
    answer = (await upload(client, deck)).json()
    ingest.kill()
    ingest.start()
    breakable_nats.start()
    await relayed(bucket)
    assert [str(event.media_id) for event in await breakable_stream.events()] == [answer["media_id"]]


async def test_an_ingest_that_starts_without_nats_takes_uploads(
    *, start_ingest, breakable_nats, breakable_stream, bucket, s3, deck
):
    breakable_nats.kill()
    ingest = start_ingest(breakable_nats.url, s3)
    async with ingest.client() as client, httpx.AsyncClient(trust_env=False) as ops:
        ready = await ops.get(f"{ingest.ops_url}/readyz")
        assert ready.status_code == 200
        assert ready.json() == {"status": "degraded", "checks": {"s3": "ok", "nats": "not connected to NATS"}}
        assert (await upload(client, deck)).status_code == 202
        breakable_nats.start()
        await relayed(bucket)
        await ingest.sees_nats()
        assert (await upload(client, deck)).status_code == 201
    assert len(await breakable_stream.events()) == 2


async def test_a_confirmation_that_is_lost_ends_as_one_event(client, breakable_nats, breakable_stream, bucket, deck):
    """The paused server finds the upload in its socket later, beside the one that the relay publishes."""
    breakable_nats.pause()
    response = await upload(client, deck)
    assert response.status_code == 202
    breakable_nats.resume()
    await relayed(bucket)
    assert [str(event.media_id) for event in await breakable_stream.events()] == [response.json()["media_id"]]


async def test_a_replacement_that_was_parked_is_never_newer_than_a_later_one(
    client, breakable_nats, breakable_stream, bucket, make_deck
):
    path = (await upload(client, make_deck(title="0"))).json()["links"]["self"]
    breakable_nats.kill()
    parked = await replace(client, path, make_deck(title="1"))
    assert parked.status_code == 202
    breakable_nats.start()
    last = await replace(client, path, make_deck(title="2"))
    while last.status_code == 202:  # ingest had not noticed yet that NATS is back
        last = await replace(client, path, make_deck(title="2"))
    assert last.status_code == 200
    events = await breakable_stream.events()
    assert [event.sha256 for event in events][1] == parked.json()["sha256"]
    assert events[-1].sha256 == last.json()["sha256"]


async def test_a_parked_medium_can_be_replaced_and_deleted(client, breakable_nats, breakable_stream, bucket, deck):
    breakable_nats.kill()
    path = (await upload(client, deck)).json()["links"]["self"]
    assert (await replace(client, path, deck)).status_code == 202
    assert (await client.delete(path)).status_code == 503
    breakable_nats.start()
    while (response := await client.delete(path)).status_code == 503:
        assert response.headers["Retry-After"]
    assert response.status_code == 204
    events = await breakable_stream.events()
    assert [event.type for event in events] == ["media.uploaded", "media.uploaded", "media.trashed"]


async def test_a_replacement_is_parked_although_the_bucket_does_not_list_its_medium(
    *, client, breakable_nats, breakable_stream, bucket, make_deck
):
    """SeaweedFS, once its disk was full, leaves out what it stores."""
    path = (await upload(client, make_deck(title="0"))).json()["links"]["self"]
    for stored in await bucket.list("originals/"):
        await bucket.delete(stored.key)
    breakable_nats.kill()
    parked = await replace(client, path, make_deck(title="1"))
    assert parked.status_code == 202
    breakable_nats.start()
    await relayed(bucket)
    assert [event.sha256 for event in await breakable_stream.events()][1:] == [parked.json()["sha256"]]


async def test_a_parked_replacement_of_an_unknown_medium_ends_obsolete(
    client, breakable_nats, breakable_stream, bucket, deck
):
    breakable_nats.kill()
    assert (await replace(client, f"/api/media/{new_media_id()}", deck)).status_code == 202
    breakable_nats.start()
    await relayed(bucket)
    [event] = await breakable_stream.events()
    assert event.obsolete


async def test_a_key_means_one_upload_across_an_outage(client, breakable_nats, breakable_stream, bucket, deck):
    breakable_nats.kill()
    key = {"Idempotency-Key": "key-1"}
    first, *others = await asyncio.gather(*(upload(client, deck, **key) for _ in range(4)))
    assert first.status_code == 202
    breakable_nats.start()
    others.append(await upload(client, deck, **key))
    await relayed(bucket)
    others.append(await upload(client, deck, **key))
    assert {response.json()["media_id"] for response in others} == {first.json()["media_id"]}
    assert len(await breakable_stream.events()) == 1
    assert len(await bucket.list("originals/")) == 1


async def test_a_parked_key_with_other_content_is_refused(client, breakable_nats, breakable_stream, bucket, make_deck):
    breakable_nats.kill()
    key = {"Idempotency-Key": "key-1"}
    await upload(client, make_deck(title="one"), **key)
    assert (await upload(client, make_deck(title="other"), **key)).status_code == 422
    assert len(await bucket.list("originals/")) == 1


async def test_a_full_stream_parks_uploads_until_there_is_room(client, breakable_nats, breakable_stream, bucket, deck):
    js = breakable_stream.connection.js
    config = (await js.stream_info(topology.STREAM)).config
    await js.update_stream(config.evolve(max_bytes=1))
    assert (await upload(client, deck)).status_code == 202
    await js.update_stream(config)
    await relayed(bucket)
    assert len(await breakable_stream.events()) == 1


async def test_ingest_stops_with_success_while_nats_is_away(client, ingest, breakable_nats):
    breakable_nats.kill()
    ingest.process.terminate()
    assert ingest.process.wait(30) == 0
    ingest.start()


async def test_foreign_objects_in_the_outbox_hold_nothing_up(client, bucket, breakable_stream, deck):
    await bucket.put("outbox/README", b"x", "text/plain")
    path = (await upload(client, deck)).json()["links"]["self"]
    assert (await replace(client, path, deck)).status_code == 200
    assert (await client.delete(path)).status_code == 204


# The store away


async def test_without_the_store_nothing_is_acknowledged(start_ingest, session_nats_url, stream, s3, make_deck):
    ingest = start_ingest(session_nats_url, s3, S3_ENDPOINT=AWAY)
    await ingest.sees_nats()
    async with ingest.client() as client, httpx.AsyncClient(trust_env=False) as ops:
        for size in (0, 6 * 1024**2):
            response = await upload(client, make_deck(padding_bytes=size))
            assert response.status_code == 503
            assert response.headers["Retry-After"]
            assert response.headers["content-type"] == "application/problem+json"
        ready = await ops.get(f"{ingest.ops_url}/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
    assert await stream.events() == []


async def test_nothing_is_acknowledged_without_nats_and_store(s3, uploaded, announce, outbox):
    settings = S3Settings(
        endpoint=AWAY,
        public_endpoint=AWAY,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        bucket=s3.bucket,
    )
    store = ObjectStore(settings)
    with pytest.raises(UnavailableError):
        await dataclasses.replace(outbox, store=store).park(announce(uploaded()))
    store.close()
