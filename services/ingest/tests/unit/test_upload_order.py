"""Nothing overtakes what was parked before it, even when NATS comes and goes between two steps."""

from uuid import UUID

import pytest

from infoscreen.common.document_types import DOCUMENT_TYPES
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import MediaUploaded, new_media_id
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.object_store import Digest
from infoscreen.common.problem import ProblemError
from infoscreen.ingest.request_body import UploadedFile
from infoscreen.ingest.upload import UploadRequest, Uploads

PDF = b"%PDF-1.7"


class MemoryStore:
    """Objects in memory."""

    def __init__(self):
        self.objects = {}

    async def put_stream(self, key, chunks, look):
        data = b"".join([chunk async for chunk in chunks])
        self.objects[key] = data
        return Digest("0" * 64, len(data)), await look(RandomAccess(len(data), self._never))

    async def _never(self, offset, length):
        raise AssertionError

    async def delete(self, key):
        self.objects.pop(key, None)

    async def list(self, prefix):
        return [key for key in self.objects if key.startswith(prefix)]


class Nats:
    """The stream, the publisher and the outbox of one story: what of them answers is for the test to say."""

    def __init__(self):
        self.published, self.parked, self.relays = [], [], []
        self.generation: int | None = 1
        self.relay_answers = iter(())

    async def publish(self, event, event_id, *, deadline_seconds=None):
        self.published.append(event)
        return len(self.published)

    async def current_generation(self, media_id):
        return self.generation

    async def uploaded_at(self, generation):
        return self.published[generation - 1]

    async def find(self, key):
        return None

    async def park(self, event, event_id):
        self.parked.append(event)

    async def relay(self, about=None):
        self.relays.append(about)
        answer = next(self.relay_answers, 0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class PdfsOnly:
    """Takes everything for a PDF."""

    async def identify(self, content, filename):
        return DOCUMENT_TYPES["pdf"]


@pytest.fixture
def nats():
    return Nats()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def uploads(nats, store):
    return Uploads(
        store=store,
        publisher=nats,
        media=nats,
        renditions=nats,
        outbox=nats,
        recogniser=PdfsOnly(),
        publish_deadline_seconds=1,
    )


def request(key=None):
    async def chunks():
        yield PDF

    return UploadRequest(UploadedFile("plan.pdf", chunks()), "bob", idempotency_key=key)


async def test_a_replacement_that_cannot_know_what_was_parked_before_it_is_parked_too(uploads, nats):
    nats.relay_answers = iter([0, UnavailableError("NATS comes and goes")])
    assert (await uploads.replace(new_media_id(), request())).parked
    assert nats.published == []
    assert len(nats.parked) == 1


async def test_a_repeated_key_that_cannot_know_what_was_parked_under_it_is_parked_too(uploads, nats):
    nats.relay_answers = iter([UnavailableError("NATS comes and goes")])
    assert (await uploads.add(request("key-1"))).parked
    assert nats.published == []


async def test_a_new_medium_waits_for_nothing_that_was_parked(uploads, nats):
    assert not (await uploads.add(request())).parked
    assert nats.relays == []


async def test_what_was_parked_about_a_medium_is_relayed_right_before_its_replacement(uploads, nats):
    media_id = new_media_id()
    await uploads.replace(media_id, request())
    assert nats.relays[-1] == media_id
    assert isinstance(nats.published[0], MediaUploaded)


async def test_a_medium_that_is_deleted_while_its_replacement_comes_gets_none(uploads, nats, store):
    async def deleted_meanwhile():
        yield PDF
        nats.generation = None

    upload = UploadRequest(UploadedFile("plan.pdf", deleted_meanwhile()), "bob")
    with pytest.raises(ProblemError) as caught:
        await uploads.replace(new_media_id(), upload)
    assert caught.value.status == 404
    assert store.objects == {}
    assert nats.published == nats.parked == []


async def test_a_key_names_the_same_event_for_the_same_person_only(uploads, nats):
    ids = []

    async def publish(event, event_id, *, deadline_seconds=None):
        ids.append(event_id)
        nats.published.append(event)
        return 1

    nats.publish = publish
    await uploads.add(request("key-1"))
    await uploads.add(request("key-1"))
    await uploads.add(request("key-2"))
    await uploads.replace(UUID(int=7), request("key-1"))
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
