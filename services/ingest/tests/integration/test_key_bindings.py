"""Bindings of keys by themselves, on each object store: of several requests at once, one makes or takes over a key."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from infoscreen.common.events import event_id
from infoscreen.ingest.idempotency import KeyBindings
from infoscreen.ingest.upload import NIL

KEY_ID = str(event_id("media.uploaded", NIL, "key", "bob", "key-1"))


@pytest.fixture(scope="module")
def s3(each_s3):
    """Which the stores must agree on: MinIO and SeaweedFS have conditional writes of their own."""
    return each_s3


def later(moment):
    return lambda: datetime.now(UTC) + moment


async def test_one_of_many_concurrent_uploads_gets_a_key(bucket, announce, uploaded):
    bindings = KeyBindings(bucket, timedelta(days=1))
    requests = [announce(uploaded(), KEY_ID) for _ in range(8)]
    firsts = await asyncio.gather(*map(bindings.bind, requests))
    assert len({first.envelope.id for first in firsts}) == 1
    assert sum(first is own for first, own in zip(firsts, requests, strict=True)) == 1


async def test_one_of_many_concurrent_uploads_gets_an_expired_key(bucket, announce, uploaded):
    await KeyBindings(bucket, timedelta(days=1)).bind(announce(uploaded(), KEY_ID))
    bindings = KeyBindings(bucket, timedelta(days=1), later(timedelta(hours=25)))
    now = bindings.clock()
    requests = [announce(uploaded(), KEY_ID, at=now) for _ in range(8)]
    firsts = await asyncio.gather(*map(bindings.bind, requests))
    assert {first.envelope.id for first in firsts} <= {own.envelope.id for own in requests}
    assert len({first.envelope.id for first in firsts}) == 1


async def test_a_binding_that_cannot_be_read_gives_way(bucket, announce, uploaded):
    await bucket.put(f"keys/{KEY_ID}.json", b"{", "application/json")
    own = announce(uploaded(), KEY_ID)
    assert await KeyBindings(bucket, timedelta(days=1)).bind(own) is own


async def test_expired_bindings_are_removed_and_others_stay(bucket, announce, uploaded):
    await KeyBindings(bucket, timedelta(days=1)).bind(announce(uploaded(), KEY_ID))
    assert await KeyBindings(bucket, timedelta(days=1), later(timedelta(hours=47))).forget_expired() == 0
    assert await KeyBindings(bucket, timedelta(days=1), later(timedelta(hours=49))).forget_expired() == 1
    assert await bucket.list("keys/") == []
