"""What the leader states of screens: dark, back, overridden, each once, and nothing that an outage made up."""

from datetime import timedelta

import pytest
from sqlmodel import col, update

from infoscreen.catalog.models import Player
from infoscreen.catalog.programme import overrides
from infoscreen.catalog.programme.audit import Author
from infoscreen.catalog.screens import players
from infoscreen.catalog.screens.screen_watch import ScreenWatch
from infoscreen.common.clock import utc_now
from infoscreen.common.events import decode
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader

DARK_AFTER = timedelta(minutes=10)


class Watched:
    """A watch whose clock the test turns, and what it stated."""

    def __init__(self, database, connection):
        self.now = utc_now()
        self.database, self.reader = database, StreamReader(connection)
        publisher = Publisher(connection, "infoscreen/catalog")
        self.watch = ScreenWatch(database, self.reader, publisher, lambda: self.now, DARK_AFTER, 1)

    async def screen(self, *, enrolled=True):
        async with self.database.write() as session:
            created, _ = await players.create(session, "Foyer", Author("ann", self.now))
            if enrolled:
                created.player.enrolled_at = created.player.last_seen_at = self.now
        return created.player.id

    async def seen(self, player_id):
        async with self.database.write() as session:
            await session.exec(update(Player).where(col(Player.id) == player_id).values(last_seen_at=self.now))

    async def pass_time(self, time):
        self.now += time
        await self.watch.look()

    async def stated(self):
        return [decode(m.headers, m.data).event.type for m in await self.reader.read_batch(1, 100)]


@pytest.fixture
def watched(database, connection):
    return Watched(database, connection)


async def test_a_screen_that_is_silent_for_ten_minutes_is_dark_once_and_back_once(watched):
    screen = await watched.screen()
    await watched.watch.look()
    await watched.pass_time(timedelta(minutes=9))
    assert await watched.stated() == []
    for _ in range(3):
        await watched.pass_time(timedelta(minutes=2))
    assert await watched.stated() == ["screen.dark"]
    await watched.seen(screen)
    for _ in range(3):
        await watched.pass_time(timedelta(minutes=1))
    assert await watched.stated() == ["screen.dark", "screen.back"]


async def test_a_screen_that_was_never_enrolled_is_never_dark(watched):
    await watched.screen(enrolled=False)
    await watched.watch.look()
    await watched.pass_time(timedelta(days=1))
    assert await watched.stated() == []


async def test_an_outage_of_the_database_makes_no_screen_dark(watched, connection):
    screen = await watched.screen()
    await watched.watch.look()
    watched.now += timedelta(minutes=11)  # in which gateways could note nothing, and the watch could not look
    after = Watched(watched.database, connection)
    after.now = watched.now
    await after.watch.look()
    await after.seen(screen)
    await after.pass_time(timedelta(minutes=5))
    assert await after.stated() == []


async def test_a_new_leader_states_nothing_again(watched, connection):
    await watched.screen()
    await watched.watch.look()
    await watched.pass_time(timedelta(minutes=11))
    heir = Watched(watched.database, connection)
    heir.now = watched.now
    await heir.watch.look()
    await heir.pass_time(timedelta(minutes=11))
    assert await heir.stated() == ["screen.dark"]


async def test_an_override_is_stated_once(watched):
    async with watched.database.write() as session:
        until = watched.now + timedelta(hours=1)
        author = Author("Ada", watched.now)
        await overrides.create(session, author, until=until, group_id=None, media_id=None, text="Fire drill")
    for _ in range(2):
        await watched.watch.look()
    assert await watched.stated() == ["screen.overridden"]
