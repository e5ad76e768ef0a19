"""When people are told, by a clock that the test turns: holds, damping, grouping, and what never is told."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from infoscreen.common.client_address import parse_networks
from infoscreen.common.clock import utc_now
from infoscreen.notifier.conditions import Conditions
from infoscreen.notifier.database import SCHEMA, Database
from infoscreen.notifier.notices import Change, State, Topic
from infoscreen.notifier.room import RoomWatch
from infoscreen.notifier.senders import UndeliveredError, WebhookSender, webhook_client

HOLD, SETTLE = timedelta(seconds=60), timedelta(seconds=300)
DARK = Change(Topic.SCREEN_DARK, "foyer", State.TROUBLE, "Foyer")
BACK = Change(Topic.SCREEN_DARK, "foyer", State.OVER, "Foyer")
FAILED = Change(Topic.DECK_FAILED, "deck", State.TROUBLE, "deck.pptx: damaged")
REPLACED = Change(Topic.DECK_FAILED, "deck", State.GONE)
WELL = Change(Topic.DECK_FAILED, "deck", State.OVER, "deck.pptx")


class Story:
    """Conditions that a test changes, with a clock that it turns."""

    def __init__(self, database):
        self.now = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
        self.database = database
        self.conditions = Conditions(database, lambda: self.now, HOLD, SETTLE)
        self.sequence = 0

    async def happens(self, *changes, sequence=None):
        self.sequence += 1
        await self.conditions.note(changes, sequence or self.sequence)

    async def pass_time(self, time):
        self.now += time
        await self.conditions.tell()

    async def told(self):
        """The states that were told, message by message."""
        async with self.database.transaction() as connection:
            rows = await connection.fetch("SELECT body FROM deliveries ORDER BY created_at, id")
        return [[item["state"] for item in json.loads(row["body"])["data"]["items"]] for row in rows]


@pytest.fixture
async def story(notifier_urls):
    database = Database(notifier_urls[1])
    await database.open()
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM channels; DELETE FROM conditions")
        await connection.execute(
            "INSERT INTO channels (id, name, kind, target, topics, secret, created_at)"
            " VALUES (gen_random_uuid(), 'us', 'webhook', 'https://example.org/', $1, 's', now())",
            list(Topic),
        )
    yield Story(database)
    await database.close()


async def test_trouble_is_told_after_the_hold_and_its_end_after_the_settle_time(story):
    await story.happens(DARK)
    await story.pass_time(HOLD / 2)
    assert await story.told() == []
    await story.pass_time(HOLD)
    await story.pass_time(HOLD)
    assert await story.told() == [["trouble"]]
    await story.happens(BACK)
    await story.pass_time(SETTLE / 2)
    assert await story.told() == [["trouble"]]
    await story.pass_time(SETTLE)
    await story.pass_time(SETTLE)
    assert await story.told() == [["trouble"], ["over"]]


async def test_a_flapping_screen_is_one_message(story):
    await story.happens(DARK)
    await story.pass_time(HOLD)
    for _ in range(5):
        await story.happens(BACK)
        await story.pass_time(SETTLE / 2)
        await story.happens(DARK)
        await story.pass_time(SETTLE / 2)
    assert await story.told() == [["trouble"]]


async def test_a_deck_that_failed_and_was_replaced_within_the_hold_is_not_told(story):
    await story.happens(FAILED)
    await story.happens(REPLACED)
    await story.happens(WELL)
    await story.pass_time(SETTLE * 2)
    assert await story.told() == []


async def test_a_replacement_that_fails_as_well_is_told_again(story):
    await story.happens(FAILED)
    await story.pass_time(HOLD)
    await story.happens(REPLACED)
    await story.happens(FAILED)
    await story.pass_time(HOLD)
    assert await story.told() == [["trouble"], ["trouble"]]


async def test_what_is_due_at_once_is_one_message(story):
    for number in range(20):
        await story.happens(Change(Topic.SCREEN_DARK, f"screen-{number}", State.TROUBLE, "Foyer"))
    await story.pass_time(HOLD)
    assert await story.told() == [["trouble"] * 20]


async def test_a_message_that_is_delivered_again_changes_nothing(story):
    await story.happens(FAILED, sequence=1)
    await story.happens(REPLACED, sequence=2)
    await story.happens(FAILED, sequence=1)
    await story.pass_time(HOLD)
    assert await story.told() == []


async def test_a_full_disk_and_a_full_stream_are_told_and_their_room_too(story, connection, tmp_path):
    watch = RoomWatch(story.conditions, connection, [tmp_path], 1e-9)
    await connection.js.publish("media.nonsense", b"something")
    await watch.look()
    await story.pass_time(HOLD)
    assert await story.told() == [["trouble", "trouble"]]
    await RoomWatch(story.conditions, connection, [tmp_path], 1 - 1e-9).look()
    await story.pass_time(SETTLE)
    assert await story.told() == [["trouble", "trouble"], ["over", "over"]]


async def test_the_services_role_changes_rows_and_nothing_else(notifier_urls):
    role = await asyncpg.connect(notifier_urls[1])
    for statement in (f"CREATE TABLE {SCHEMA}.more (id int)", f"DROP TABLE {SCHEMA}.channels", "CREATE SCHEMA more"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await role.execute(statement)
    await role.close()


async def test_a_name_that_leads_to_a_private_address_is_refused_when_it_is_connected_to(receiver):
    async with webhook_client(10) as client:
        sender = WebhookSender(client, [], utc_now)
        with pytest.raises(UndeliveredError, match="NOTIFIER_ALLOWED_NETWORKS"):
            await sender.send("id", f"http://localhost:{receiver.port}/", "whsec_aaaa", {})
    assert receiver.requests == []


async def test_a_name_is_looked_up_once_so_that_it_cannot_lead_elsewhere_a_moment_later(receiver, monkeypatch):
    looked_up = []

    async def rebinding(host, port, **_):
        looked_up.append(host)
        address = "127.0.0.1" if len(looked_up) == 1 else "192.0.2.1"
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding)
    async with webhook_client(10) as client:
        sender = WebhookSender(client, parse_networks("127.0.0.1/32"), utc_now)
        await sender.send("id", f"http://rebinding.example:{receiver.port}/", "whsec_aaaa", {})
    assert looked_up == ["rebinding.example"]
    assert receiver.requests[0][0]["host"] == f"rebinding.example:{receiver.port}"
