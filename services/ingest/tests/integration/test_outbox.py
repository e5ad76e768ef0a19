"""The outbox by itself: what was acknowledged is published, once, in its place; what is foreign holds nothing up."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import MediaDeleted, event_id, subjects, to_headers
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader

KEY_ID = str(event_id("media.uploaded", UUID(int=0), "key", "bob", "key-1"))
FOREIGN = [
    "outbox/0000.noise.json",
    "outbox/README",
    "outbox/a.b.c.d",
    "outbox/folder/within",
    "outbox/99999999T999999.999999.01a205cc-8468-751a-a865-395e8a030880.01a205cc-8468-751a-a865-395e8a030880.json",
    "outbox/20261123T000000.000000.01a205cc-8468-751a-a865-395e8a030880.01a205cc-8468-751a-a865-395e8a030881.json",
]


async def test_foreign_objects_are_neither_published_nor_taken_for_media(outbox, stream, bucket):
    for content in (b"{", json.dumps({"headers": {}, "body": {}}).encode(), b"0" * 2**20):
        for key in FOREIGN:
            await bucket.put(key, content, "application/json")
        assert await outbox.relay() == 0
        # One is named as a parked upload is, so the files of its medium stay until an operator has looked into it.
        assert await outbox.media_ids() == {UUID("01a205cc-8468-751a-a865-395e8a030880")}
    assert {item.key for item in await bucket.list("outbox/")} == set(FOREIGN)


async def test_parked_events_are_published_in_the_order_they_were_parked(outbox, stream, uploaded, announce):
    events = [uploaded() for _ in range(5)]
    for number, event in enumerate(events):
        await outbox.park(announce(event, at=datetime(2026, 11, 23, microsecond=number, tzinfo=UTC)))
    assert await outbox.relay() == 5
    assert await stream.events() == events
    assert await outbox.relay() == 0


async def test_an_event_whose_confirmation_was_lost_longer_ago_than_the_server_remembers_is_not_doubled(
    outbox, stream, uploaded, announce
):
    event = uploaded()
    headers = to_headers(announce(event).envelope)
    headers.pop("Nats-Msg-Id")  # forgotten
    await stream.connection.js.publish(subjects.subject_of(event), event.model_dump_json().encode(), headers=headers)
    await outbox.park(announce(event))
    assert await outbox.relay() == 1
    assert len(await stream.events()) == 1


async def test_a_foreign_object_does_not_keep_parked_uploads_waiting(outbox, stream, bucket, uploaded, announce):
    for key in FOREIGN:
        await bucket.put(key, b"[]", "application/json")
    event = uploaded()
    await outbox.park(announce(event))
    assert await outbox.relay() == 1
    assert await stream.events() == [event]


async def test_an_upload_that_the_bucket_does_not_list_is_not_parked(outbox, bucket, announce, uploaded, monkeypatch):
    async def unlisted(_key: str) -> bool:
        return False

    monkeypatch.setattr(bucket, "is_listed", unlisted)
    with pytest.raises(UnavailableError):
        await outbox.park(announce(uploaded()))
    assert await bucket.list("outbox/") == []


async def test_several_relays_at_once_publish_everything_once(outbox, stream, bucket, uploaded, announce):
    medium = uploaded()
    await outbox.park(announce(medium))
    for _ in range(9):
        await outbox.park(announce(uploaded(medium.media_id), replacement=True))
    await asyncio.gather(*(outbox.relay() for _ in range(4)))
    assert len(await stream.events()) == 10
    assert await bucket.list("outbox/") == []


async def test_a_parked_upload_is_published_although_its_key_was_given_to_another(outbox, stream, announce, uploaded):
    first, parked = uploaded(), uploaded()
    await outbox.announcer.announce(announce(first, KEY_ID))
    await outbox.park(announce(parked, KEY_ID))
    assert await outbox.relay() == 1
    assert await stream.events() == [first, parked]


async def test_a_parked_replacement_of_a_medium_deleted_since_is_on_record_as_obsolete(
    *, outbox, stream, announce, uploaded
):
    first, parked = uploaded(), uploaded()
    parked = parked.model_copy(update={"media_id": first.media_id})
    generation = await outbox.announcer.announce(announce(first))
    await outbox.park(announce(parked, replacement=True))
    deletion = MediaDeleted(media_id=first.media_id, deleted_by="ann", generation=generation)
    await Publisher(stream.connection, "test").publish(
        deletion, event_id(deletion.type, first.media_id, generation), after=generation
    )
    assert await outbox.relay() == 1
    assert await stream.events() == [first, deletion, parked.model_copy(update={"obsolete": True})]
    state = await MediaLog(StreamReader(stream.connection)).state(first.media_id)
    assert state.generation is None


async def test_a_parked_replacement_of_a_medium_replaced_since_is_the_newest(*, outbox, stream, announce, uploaded):
    first = uploaded()
    since, parked = uploaded(first.media_id), uploaded(first.media_id)
    await outbox.announcer.announce(announce(first))
    await outbox.park(announce(parked, replacement=True))
    await outbox.announcer.announce(announce(since, replacement=True))
    assert await outbox.relay() == 1
    assert await stream.events() == [first, since, parked]


async def test_parked_replacements_keep_their_order_whatever_the_clocks_of_their_ingests(
    *, outbox, stream, announce, uploaded
):
    first = announce(uploaded())
    early = first.envelope.time.replace(year=2020)
    replacements = [uploaded(first.upload.media_id) for _ in range(3)]
    await outbox.park(first)
    for event in replacements:
        await outbox.park(announce(event, replacement=True, at=early))
    assert await outbox.relay() == 4
    assert await stream.events() == [first.upload, *replacements]


async def test_an_upload_parked_by_an_older_ingest_is_published(outbox, stream, bucket, announce, uploaded):
    """Its records do not say whether they replace something, and their event's id is their message id."""
    medium, replacement = uploaded(), uploaded()
    replacement = replacement.model_copy(update={"media_id": medium.media_id, "replaces": 1})
    for number, event in enumerate((medium, replacement)):
        record = json.loads(announce(event).to_record())
        del record["replacement"], record["body"]["obsolete"]
        name = f"outbox/20261123T000000.00000{number}.{event.media_id}.{announce(event).message_id}.json"
        await bucket.put(name, json.dumps(record).encode(), "application/json")
    assert await outbox.relay() == 2
    assert await stream.events() == [medium, replacement]


async def test_a_parked_replacement_by_who_does_not_own_the_medium_ends_obsolete(outbox, stream, uploaded, announce):
    first = uploaded().model_copy(update={"owner": "bob"})
    await outbox.park(announce(first))
    for person in ("carol", "bob"):
        replacement = uploaded(first.media_id).model_copy(update={"uploaded_by": person})
        await outbox.park(announce(replacement, replacement=True, owned_by=person))
    assert await outbox.relay() == 3
    _, foreign, own = await stream.events()
    assert [(e.uploaded_by, e.obsolete, e.owner) for e in (foreign, own)] == [
        ("carol", True, "bob"),
        ("bob", False, "bob"),
    ]
