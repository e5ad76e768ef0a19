"""Notifications of changes: which of them end a generation."""

import asyncio

import pytest
from nats.aio.msg import Msg

from infoscreen.common.events import new_media_id
from infoscreen.common.events.medium_state import MediumState
from infoscreen.converter.generation_watch import StreamGenerationWatch

MEDIA_ID = new_media_id()


class Log:
    """A medium whose generation 7 is current, and how often that was asked."""

    def __init__(self):
        self.asked, self.now = 0, MediumState(7, 7)

    async def state(self, media_id):
        self.asked += 1
        return self.now


def notification(event_id):
    """An upload as it is published: its message id comes of an Idempotency-Key, and is no event id."""
    return Msg(None, subject=f"media.uploaded.{MEDIA_ID}", headers={"ce-id": event_id, "Nats-Msg-Id": "key"})


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def log():
    return Log()


async def test_the_notification_of_the_upload_itself_is_no_change(log):
    generation_watch = StreamGenerationWatch(None, log, None)
    async with generation_watch.obsolete(MEDIA_ID, 7, "event-7") as obsolete:
        await generation_watch._on_change(notification("event-7"))
        await settle()
        assert (log.asked, obsolete.done()) == (0, False)


async def test_the_notification_of_another_upload_ends_the_generation_once_it_is_stored(log):
    generation_watch = StreamGenerationWatch(None, log, None)
    async with generation_watch.obsolete(MEDIA_ID, 7, "event-7") as obsolete:
        log.now = MediumState(8, 8)
        await generation_watch._on_change(notification("event-8"))
        await settle()
        assert obsolete.done()


async def test_the_sequence_of_the_last_change_is_known_for_the_current_generation_only(log):
    generation_watch = StreamGenerationWatch(None, log, None)
    assert await generation_watch.last_change(MEDIA_ID, 7) == 7
    assert await generation_watch.last_change(MEDIA_ID, 6) is None
    log.now = MediumState(9)
    assert await generation_watch.last_change(MEDIA_ID, 7) is None
