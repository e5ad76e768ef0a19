"""An Idempotency-Key stands for one upload for its window, before, during and after an outage, and then is free."""

import asyncio
import dataclasses
from datetime import timedelta

import pytest
from support.until import until

from infoscreen.common.events import event_id, subjects, to_body, to_headers
from infoscreen.ingest.idempotency import KeyBindings
from infoscreen.ingest.upload import NIL

from .conftest import opened_stream

KEY = {"Idempotency-Key": "key-1"}
WINDOW_SECONDS = 1.0


async def upload(client, content, **headers):
    return await client.post("/api/media", params={"filename": "menu.pptx"}, content=content, headers=headers)


async def replace(client, path, content, **headers):
    return await client.put(path, params={"filename": "menu.pptx"}, content=content, headers=headers)


async def relayed(bucket):
    async def nothing_is_parked():
        return not await bucket.list("outbox/")

    await until(nothing_is_parked, "nothing is parked")


def key_id(subject=NIL):
    """What stands for the key of `bob` in the stream."""
    return str(event_id("media.uploaded", subject, "key", "bob", KEY["Idempotency-Key"]))


# In the window, with NATS there and away


@pytest.fixture(scope="module")
def ingest(start_ingest, breakable_nats, s3):
    """The module's ingest, on a NATS that can be broken."""
    return start_ingest(breakable_nats.url, s3)


@pytest.fixture(scope="module")
def other_ingest(start_ingest, breakable_nats, s3):
    """A second ingest on the same servers."""
    return start_ingest(breakable_nats.url, s3)


@pytest.fixture
async def client(ingest, breakable_stream, bucket):
    await ingest.sees_nats()
    async with ingest.client() as client:
        yield client


async def test_the_same_request_before_during_and_after_an_outage_is_the_same_upload(
    client, breakable_nats, breakable_stream, bucket, deck
):
    before = await upload(client, deck, **KEY)
    breakable_nats.kill()
    during = await upload(client, deck, **KEY)
    breakable_nats.start()
    await relayed(bucket)
    after = await until(lambda: answered(upload(client, deck, **KEY), 201), "NATS is seen again")
    assert (before.status_code, during.status_code) == (201, 202)
    assert len({answer.json()["media_id"] for answer in (before, during, after)}) == 1
    [event] = await breakable_stream.events()
    assert str(event.media_id) == before.json()["media_id"]
    assert [stored.key for stored in await bucket.list("originals/")] == [event.object_key]


async def answered(request, status):
    """The response, if it has this status."""
    response = await request
    return response if response.status_code == status else None


async def test_the_same_replacement_before_and_during_an_outage_is_one_generation_and_overtakes_nothing(
    *, client, breakable_nats, breakable_stream, bucket, make_deck
):
    path = (await upload(client, make_deck(title="0"))).json()["links"]["self"]
    first = make_deck(title="1")  # made once: a zip holds the time of its making
    await until(lambda: answered(replace(client, path, first, **KEY), 200), "NATS takes it")
    newest = await replace(client, path, make_deck(title="2"))
    breakable_nats.kill()
    again = await replace(client, path, first, **KEY)
    assert again.status_code == 202
    breakable_nats.start()
    await relayed(bucket)
    events = await breakable_stream.events()
    assert len(events) == 3
    assert events[1].sha256 == again.json()["sha256"]
    assert events[2].sha256 == newest.json()["sha256"]


async def test_two_ingests_without_nats_give_a_key_to_one_upload(
    *, client, other_ingest, breakable_nats, breakable_stream, bucket, deck
):
    breakable_nats.kill()
    async with other_ingest.client() as other:
        answers = await asyncio.gather(*(upload(each, deck, **KEY) for each in [client, other] * 4))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["media_id"] for answer in answers}) == 1
    breakable_nats.start()
    await relayed(bucket)
    [event] = await breakable_stream.events()
    assert str(event.media_id) == answers[0].json()["media_id"]
    assert [stored.key for stored in await bucket.list("originals/")] == [event.object_key]


async def test_another_file_under_a_key_from_before_the_outage_is_refused(client, breakable_nats, bucket, make_deck):
    await upload(client, make_deck(title="one"), **KEY)
    breakable_nats.kill()
    response = await upload(client, make_deck(title="other"), **KEY)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await bucket.list("originals/")) == 1


async def test_a_repeated_request_announces_the_upload_of_an_ingest_that_died_after_binding_its_key(
    *, client, breakable_stream, bucket, announce, uploaded, deck
):
    answer = await upload(client, deck)
    event = uploaded().model_copy(update={"sha256": answer.json()["sha256"]})
    await KeyBindings(bucket, timedelta(days=1)).bind(announce(event, key_id()))
    assert (await upload(client, deck, **KEY)).json()["media_id"] == str(event.media_id)
    assert (await breakable_stream.events())[1:] == [event]


async def test_a_key_that_an_older_ingest_took_stands_for_its_upload_also_without_nats(
    *, client, breakable_nats, breakable_stream, bucket, announce, uploaded, deck
):
    """It knew no bindings, and the event's id was the key's."""
    answer = await upload(client, deck)
    event = uploaded().model_copy(update={"sha256": answer.json()["sha256"]})
    old = dataclasses.replace(announce(event).envelope, id=key_id())
    await breakable_stream.connection.js.publish(subjects.subject_of(event), to_body(event), headers=to_headers(old))
    assert (await upload(client, deck, **KEY)).json()["media_id"] == str(event.media_id)
    breakable_nats.kill()
    assert (await upload(client, deck, **KEY)).json()["media_id"] == str(event.media_id)


# After the window


@pytest.fixture
async def short_stream(nats_url):
    """The session's stream, empty, with a window that tests can wait for."""
    stream = await opened_stream(nats_url, stream_duplicate_window_seconds=WINDOW_SECONDS)
    yield stream
    await stream.connection.close()


@pytest.fixture
async def short_client(start_ingest, session_nats_url, s3, short_stream, bucket):
    window = {"NATS_STREAM_DUPLICATE_WINDOW_SECONDS": str(WINDOW_SECONDS)}
    ingest = start_ingest(session_nats_url, s3, **window)
    await ingest.sees_nats()
    async with ingest.client() as client:
        yield client


async def test_after_its_window_a_key_is_free_for_another_upload(short_client, short_stream, bucket, make_deck):
    first = await upload(short_client, make_deck(title="one"), **KEY)
    second = await until(
        lambda: answered(upload(short_client, make_deck(title="other"), **KEY), 201), "the key is free again"
    )
    assert second.json()["media_id"] != first.json()["media_id"]
    one, other = await short_stream.envelopes()
    assert [str(e.event.media_id) for e in (one, other)] == [first.json()["media_id"], second.json()["media_id"]]
    assert one.id != other.id  # or a projection, which counts each id once and for ever, would pass the second
    assert len(await bucket.list("originals/")) == 2


async def test_after_its_window_a_key_is_free_for_another_replacement(short_client, short_stream, make_deck):
    path = (await upload(short_client, make_deck(title="0"))).json()["links"]["self"]
    assert (await replace(short_client, path, make_deck(title="1"), **KEY)).status_code == 200
    await until(
        lambda: answered(replace(short_client, path, make_deck(title="2"), **KEY), 200), "the key is free again"
    )
    envelopes = await short_stream.envelopes()
    assert len({e.id for e in envelopes}) == len({e.event.sha256 for e in envelopes}) == 3
