"""Nothing overtakes what was parked before it, even when NATS comes and goes between two steps."""

from uuid import UUID

import pytest

from infoscreen.common.document_types import DOCUMENT_TYPES
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import MediaUploaded, new_media_id
from infoscreen.common.events.medium_state import MediumState
from infoscreen.common.events.publishing import OutdatedError
from infoscreen.common.formats.ranged_file import RandomAccess
from infoscreen.common.object_store import Digest
from infoscreen.common.ownership import Person
from infoscreen.ingest.announcer import Announcer
from infoscreen.ingest.errors import UnknownMediumError
from infoscreen.ingest.upload import UploadedFile, UploadRequest, Uploads

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


class Nats:
    """The stream, the publisher and the outbox of one story: what of them answers is for the test to say."""

    def __init__(self):
        self.published, self.message_ids, self.requested, self.parked, self.relays = [], [], [], [], []
        self.generation: int | None = 1
        self.relay_answers = iter(())

    async def publish_envelope(self, envelope, *, message_id=None, after=None, deadline_seconds=None):
        if after not in (0, self.generation):
            raise OutdatedError
        self.published.append(envelope.event)
        self.message_ids.append(message_id)
        return len(self.published)

    async def publish(self, event, event_id, *, after=None, deadline_seconds=None):
        self.requested.append(event)
        return 0

    async def state(self, media_id):
        return MediumState(self.generation or 2, self.generation)

    async def sequence_of(self, upload):
        return None

    async def find(self, key):
        return None

    async def park(self, announcement):
        self.parked.append(announcement.upload)

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


class Keys:
    """Bindings in memory."""

    def __init__(self):
        self.bound = {}

    async def bind(self, own):
        return self.bound.setdefault(own.message_id, own)


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
        announcer=Announcer(nats, nats, 1),
        renditions=nats,
        keys=Keys(),
        outbox=nats,
        recogniser=PdfsOnly(),
        source="test",
        publish_deadline_seconds=1,
    )


def request(key=None, by="ann"):
    async def chunks():
        yield PDF

    return UploadRequest(UploadedFile("plan.pdf", chunks()), Person(by, edits_all=True), idempotency_key=key)


async def test_a_replacement_that_cannot_know_what_was_parked_before_it_is_parked_too(uploads, nats):
    nats.relay_answers = iter([0, UnavailableError("NATS comes and goes")])
    assert (await uploads.replace(new_media_id(), request())).parked
    assert nats.published == []
    assert len(nats.parked) == 1


async def test_a_repeated_key_that_cannot_know_what_was_parked_under_it_parks_the_first_upload(uploads, nats, store):
    nats.relay_answers = iter([UnavailableError("NATS comes and goes")])
    first = await uploads.add(request("key-1"))
    second = await uploads.add(request("key-1"))
    assert (first.parked, second.parked) == (False, True)
    assert nats.published == nats.parked == [first.uploaded]
    assert [*store.objects] == [first.uploaded.object_key]


async def test_a_new_medium_waits_for_nothing_that_was_parked(uploads, nats):
    assert not (await uploads.add(request())).parked
    assert nats.relays == []


async def test_parked_uploads_of_a_medium_are_relayed_right_before_its_replacement(uploads, nats):
    media_id = new_media_id()
    await uploads.replace(media_id, request())
    assert nats.relays[-1] == media_id
    assert isinstance(nats.published[0], MediaUploaded)


async def test_a_medium_that_is_deleted_while_its_replacement_comes_gets_none(uploads, nats, store):
    async def deleted_while_it_comes():
        yield PDF
        nats.generation = None

    upload = UploadRequest(UploadedFile("plan.pdf", deleted_while_it_comes()), Person("ann", edits_all=True))
    with pytest.raises(UnknownMediumError):
        await uploads.replace(new_media_id(), upload)
    assert store.objects == {}
    assert nats.published == nats.parked == []


async def test_a_key_has_one_message_id_for_each_person_and_medium(uploads, nats):
    await uploads.add(request("key-1"))
    await uploads.add(request("key-1"))
    await uploads.add(request("key-2"))
    await uploads.replace(UUID(int=7), request("key-1"))
    await uploads.add(request("key-1", "bob"))
    assert nats.message_ids[0] == nats.message_ids[1]
    assert len(set(nats.message_ids)) == 4


async def test_two_uploads_never_share_an_event_id(uploads, nats):
    ids = []
    publish = nats.publish_envelope

    async def remember(envelope, **options):
        ids.append(envelope.id)
        return await publish(envelope, **options)

    nats.publish_envelope = remember
    await uploads.add(request("key-1"))
    uploads.keys.bound.clear()  # its window passed
    await uploads.add(request("key-1"))
    assert len(set(ids)) == 2
