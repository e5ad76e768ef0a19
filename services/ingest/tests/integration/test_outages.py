"""NATS or the store away: what was acknowledged is never lost, what cannot be kept is not acknowledged."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import Envelope, event_id, new_media_id, to_headers
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.settings import S3Settings
from infoscreen.ingest.media_log import StreamMediaLog
from infoscreen.ingest.outbox import ObjectOutbox

NOBODY = "http://127.0.0.1:9"  # discard: nothing listens there


async def upload(client, content, **headers):
    files = {"file": ("menu.pptx", content, "application/octet-stream")}
    return await client.post("/api/media", files=files, headers=headers)


async def replace(client, path, content, **headers):
    files = {"file": ("menu.pptx", content, "application/octet-stream")}
    return await client.put(path, files=files, headers=headers)


async def relayed(bucket):
    """Returns once nothing is parked any more."""
    async with asyncio.timeout(60):
        while await bucket.list("outbox/"):
            await asyncio.sleep(0.02)


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


async def test_what_is_parked_survives_the_death_of_ingest(
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
    assert last.status_code == 201
    events = await breakable_stream.events()
    assert [event.sha256 for event in events][1] == parked.json()["sha256"]
    assert events[-1].sha256 == last.json()["sha256"]


async def test_what_is_parked_can_be_replaced_and_deleted(client, breakable_nats, breakable_stream, bucket, deck):
    breakable_nats.kill()
    path = (await upload(client, deck)).json()["links"]["self"]
    assert (await replace(client, path, deck)).status_code == 202
    assert (await client.delete(path)).status_code == 503
    breakable_nats.start()
    while (response := await client.delete(path)).status_code == 503:
        assert response.headers["Retry-After"]
    assert response.status_code == 204
    events = await breakable_stream.events()
    assert [event.type for event in events] == ["media.uploaded", "media.uploaded", "media.deleted"]


async def test_a_medium_that_never_was_is_unknown_even_without_nats(client, breakable_nats, deck):
    breakable_nats.kill()
    assert (await replace(client, f"/api/media/{new_media_id()}", deck)).status_code == 404


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


# The outbox by itself


@pytest.fixture
def outbox(bucket, stream):
    publisher, media = Publisher(stream.connection, "infoscreen/test"), StreamMediaLog(StreamReader(stream.connection))
    return ObjectOutbox(bucket, publisher, media, source="infoscreen/test", publish_deadline_seconds=1)


async def test_parked_events_are_published_in_the_order_they_were_parked(outbox, stream, uploaded):
    events = [uploaded() for _ in range(5)]
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    for event in events:
        outbox._clock = lambda: moment  # noqa: B023 - read before the next round
        await outbox.park(event, event_id(event.type, event.media_id, 1))
        moment += timedelta(microseconds=1)
    assert await outbox.relay() == 5
    assert await stream.events() == events
    assert await outbox.relay() == 0


async def test_an_event_whose_confirmation_was_lost_longer_ago_than_the_server_remembers_is_not_doubled(
    outbox, stream, uploaded
):
    event = uploaded()
    identity = event_id(event.type, event.media_id, 1)
    headers = to_headers(Envelope(str(identity), "infoscreen/test", datetime.now(UTC), event))
    headers.pop("Nats-Msg-Id")  # forgotten
    await stream.connection.js.publish(topology.subject_of(event), event.model_dump_json().encode(), headers=headers)
    await outbox.park(event, identity)
    assert await outbox.relay() == 1
    assert len(await stream.events()) == 1


async def test_what_cannot_be_read_holds_nothing_up(outbox, stream, bucket, uploaded):
    await bucket.put("outbox/0000.noise.json", b"{", "application/json")
    await bucket.put("outbox/0001.noise.json", json.dumps({"headers": {}, "body": {}}).encode(), "application/json")
    event = uploaded()
    await outbox.park(event, event_id(event.type, event.media_id, 1))
    assert await outbox.relay() == 1
    assert await stream.events() == [event]
    assert len(await bucket.list("outbox/")) == 2


async def test_what_no_relay_would_find_is_not_parked(outbox, bucket, uploaded, monkeypatch):
    async def unlisted(_key: str) -> bool:
        return False

    monkeypatch.setattr(bucket, "is_listed", unlisted)
    event = uploaded()
    with pytest.raises(UnavailableError):
        await outbox.park(event, event_id(event.type, event.media_id, 1))
    assert await bucket.list("outbox/") == []


async def test_several_relays_at_once_publish_everything_once(outbox, stream, bucket, uploaded):
    for _ in range(10):
        event = uploaded()
        await outbox.park(event, event_id(event.type, event.media_id, 1))
    await asyncio.gather(*(outbox.relay() for _ in range(4)))
    assert len(await stream.events()) == 10
    assert await bucket.list("outbox/") == []


# The store away


async def test_without_the_store_nothing_is_acknowledged(start_ingest, session_nats_url, stream, s3, make_deck):
    ingest = start_ingest(session_nats_url, s3, S3_ENDPOINT=NOBODY)
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


async def test_without_both_nothing_is_acknowledged(s3, uploaded, stream):
    settings = S3Settings(
        endpoint=NOBODY, public_endpoint=NOBODY, access_key=s3.access_key, secret_key=s3.secret_key, bucket=s3.bucket
    )
    store = ObjectStore(settings)
    media = StreamMediaLog(StreamReader(stream.connection))
    outbox = ObjectOutbox(
        store, Publisher(stream.connection, "x"), media, source="infoscreen/test", publish_deadline_seconds=1
    )
    event = uploaded()
    with pytest.raises(UnavailableError):
        await outbox.park(event, event_id(event.type, event.media_id, 1))
    store.close()
