"""Replacements and deletions that meet: the stream puts them in order, and each caller is told what became of it."""

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from infoscreen.common.events import MediaTrashed, MediaUploaded
from infoscreen.common.events.medium_state import MediumState
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.renditions import RenditionRegistry
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.ownership import NotOwnerError, Person
from infoscreen.common.recognition.recogniser import Recogniser
from infoscreen.ingest.announcer import Announcer
from infoscreen.ingest.errors import ReplacedFirstError, UnknownMediumError
from infoscreen.ingest.library import Library
from infoscreen.ingest.outbox import ObjectOutbox
from infoscreen.ingest.upload import UploadedFile, UploadRequest, Uploads

ROUNDS = 40
ANN, BOB = Person("ann", edits_all=True), Person("bob", edits_all=False)


async def replace(client, path, content):
    return await client.put(path, params={"filename": "menu.pptx"}, content=content)


async def test_a_deletion_beside_a_replacement_is_one_story_for_both_callers(client, stream, bucket, make_deck):
    seen = set()
    for number in range(ROUNDS):
        made = await client.post("/api/media", params={"filename": "menu.pptx"}, content=make_deck(title="old"))
        path = made.json()["links"]["self"]
        replacing = replace(client, path, make_deck(title=f"new {number}"))
        replaced, deleted = await asyncio.gather(replacing, client.delete(path))
        media_id = UUID(made.json()["media_id"])
        state = await MediaLog(StreamReader(stream.connection)).state(media_id)
        events = [event for event in await stream.events("media.") if event.media_id == media_id]
        outcome = (replaced.status_code, deleted.status_code)
        seen.add(outcome)
        match outcome:
            case (200, 409):  # the replacement was first, and the deletion was not decided on it
                assert state.upload.sha256 == replaced.json()["sha256"]
                assert [type(event) for event in events] == [MediaUploaded, MediaUploaded]
            case (200, 204):  # the deletion was decided on the replacement
                assert not state.exists
                assert [type(event) for event in events] == [MediaUploaded, MediaUploaded, MediaTrashed]
            case (404, 204):  # the deletion was first
                assert not state.exists
                assert [type(event) for event in events] == [MediaUploaded, MediaTrashed]
            case _:
                pytest.fail(f"{outcome} is no story")
    assert seen


class InterruptedLog(MediaLog):
    """What the stream says, and what happens right after it was asked for the first time."""

    def __init__(self, reader: StreamReader) -> None:
        super().__init__(reader)
        self.interruption: Callable[[], Awaitable[object]] | None = None

    async def state(self, media_id: UUID) -> MediumState:
        answer = await super().state(media_id)
        if (interruption := self.interruption) is not None:
            self.interruption = None
            await interruption()
        return answer


@pytest.fixture
def log(stream):
    return InterruptedLog(StreamReader(stream.connection))


@pytest.fixture
def publisher(stream):
    return Publisher(stream.connection, "infoscreen/ingest")


@pytest.fixture
async def recogniser():
    recogniser = Recogniser()
    yield recogniser
    await recogniser.close()


@pytest.fixture
def uploads(bucket, stream, publisher, log, recogniser):
    """Ingest's use case, on real servers, in which something can happen between two steps."""
    announcer = Announcer(publisher, log, publish_deadline_seconds=5)
    return Uploads(
        store=bucket,
        publisher=publisher,
        media=log,
        announcer=announcer,
        renditions=RenditionRegistry(stream.connection),
        keys=None,
        recogniser=recogniser,
        outbox=ObjectOutbox(bucket, announcer),
        source="infoscreen/ingest",
        publish_deadline_seconds=5,
    )


@pytest.fixture
def library(uploads):
    """Its use case of the trash, on the same servers and with the same interruptions."""
    return Library(uploads.publisher, uploads.media, uploads.outbox, publish_deadline_seconds=5)


def request(content: bytes) -> UploadRequest:
    async def chunks():
        yield content

    return UploadRequest(UploadedFile("menu.pptx", chunks()), BOB)


@pytest.fixture
async def medium(uploads, make_deck):
    """The id of a medium that is there."""
    return (await uploads.add(request(make_deck(title="old")))).uploaded.media_id


async def test_a_deletion_does_nothing_to_a_replacement_that_came_first(
    *, uploads, library, log, medium, stream, announce, uploaded
):
    log.interruption = lambda: uploads.announcer.announce(announce(uploaded(medium), replacement=True))
    with pytest.raises(ReplacedFirstError):
        await library.trash(medium, BOB)
    assert (await log.state(medium)).generation == 2
    assert await stream.events("media.trashed") == []


async def test_a_replacement_of_a_medium_deleted_first_is_refused_and_leaves_nothing(
    *, uploads, library, log, medium, stream, bucket, make_deck
):
    log.interruption = lambda: library.trash(medium, ANN)
    with pytest.raises(UnknownMediumError):
        await uploads.replace(medium, request(make_deck(title="new")))
    assert len(await stream.events("media.uploaded")) == 1
    assert len(await bucket.list("originals/")) == 1


async def test_of_two_replacements_the_later_one_is_the_newest(*, uploads, log, medium, stream, make_deck):
    log.interruption = lambda: uploads.replace(medium, request(make_deck(title="first")))
    last = await uploads.replace(medium, request(make_deck(title="last")))
    assert (await log.state(medium)).upload.object_key == last.uploaded.object_key
    assert len(await stream.events("media.uploaded")) == 3


async def test_two_deletions_of_one_generation_are_one_and_both_are_told_that_it_is_gone(library, log, medium, stream):
    log.interruption = lambda: library.trash(medium, ANN)
    await library.trash(medium, BOB)
    assert [event.trashed_by for event in await stream.events("media.trashed")] == ["ann"]


async def test_a_medium_that_is_renamed_beside_its_deletion_is_deleted(library, log, medium, stream):
    log.interruption = lambda: library.label(medium, "Menu", None, ANN)
    await library.trash(medium, BOB)
    assert not (await log.state(medium)).exists
    assert [event.title for event in await stream.events("media.renamed")] == ["Menu"]


async def test_tags_of_two_persons_at_once_are_those_of_the_later_one(library, log, medium):
    log.interruption = lambda: library.label(medium, None, frozenset({"ann"}), ANN)
    labelled = await library.label(medium, None, frozenset({"bob"}), BOB)
    assert labelled.labels.tags == ("bob",)
    assert (await log.labels(medium)).tags == ("bob",)


async def test_a_restoration_that_comes_after_the_end_of_the_trash_is_told_so(library, log, medium):
    await library.trash(medium, ANN)
    log.interruption = lambda: library.delete(medium, ANN)
    with pytest.raises(UnknownMediumError):
        await library.restore(medium, BOB)
    assert (await log.state(medium)).generation is None


async def test_a_deletion_for_good_beside_a_restoration_is_told_truly(library, log, medium):
    """A person decided on what is in the trash; the medium is what the later fact says, and both callers know."""
    await library.trash(medium, ANN)
    log.interruption = lambda: library.restore(medium, BOB)
    await library.delete(medium, ANN)
    assert (await log.state(medium)).generation is None


async def handed_over(library, medium):
    await library.hand_over(medium, "carol", ANN)


async def test_a_replacement_is_refused_and_leaves_nothing_once_the_medium_is_another_persons(
    *, uploads, library, log, medium, stream, bucket, make_deck
):
    log.interruption = lambda: handed_over(library, medium)
    with pytest.raises(NotOwnerError):
        await uploads.replace(medium, request(make_deck(title="new")))
    assert len(await stream.events("media.uploaded")) == 1
    assert len(await bucket.list("originals/")) == 1


async def test_a_change_is_refused_once_the_medium_is_another_persons(*, library, log, medium, stream):
    log.interruption = lambda: handed_over(library, medium)
    with pytest.raises(NotOwnerError):
        await library.label(medium, "Menu", None, BOB)
    assert await stream.events("media.renamed") == []
