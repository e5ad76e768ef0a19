"""A day of trying again, by a clock that the test turns, on a real database and a real webhook receiver."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infoscreen.common.client_address import parse_networks
from infoscreen.notifier.database import Database
from infoscreen.notifier.deliveries import Deliveries
from infoscreen.notifier.senders import WebhookSender, new_secret

DAY = timedelta(days=1)
BEGIN = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
MOST_ATTEMPTS = 100


class Story:
    """One message on its way to one webhook."""

    def __init__(self, database: Database, client: httpx.AsyncClient) -> None:
        self.now, self.database = BEGIN, database
        sender = WebhookSender(client, parse_networks("127.0.0.1/32"), self.clock)
        self.deliveries = Deliveries(database, {"webhook": sender}, self.clock, attempt_seconds=30, give_up=DAY)

    def clock(self) -> datetime:
        return self.now

    async def queue(self, url: str) -> None:
        async with self.database.transaction() as connection:
            await connection.execute("DELETE FROM channels")
            channel = await connection.fetchval(
                "INSERT INTO channels (id, name, kind, target, topics, secret, created_at)"
                " VALUES (gen_random_uuid(), 'us', 'webhook', $1, '{}', $2, $3) RETURNING id",
                url,
                new_secret(),
                BEGIN,
            )
            await connection.execute(
                "INSERT INTO deliveries (id, channel_id, body, created_at, next_attempt_at)"
                ' VALUES (gen_random_uuid(), $1, \'{"data": {"items": []}}\', $2, $2)',
                channel,
                BEGIN,
            )

    async def attempt(self):
        """Try what is due now; returns the delivery's row."""
        await self.deliveries._start_due()
        await asyncio.gather(*self.deliveries._in_hand.values())
        async with self.database.transaction() as connection:
            return await connection.fetchrow("SELECT attempts, next_attempt_at, ended_at, error FROM deliveries")

    async def pass_a_day(self) -> list[timedelta]:
        """Turn the clock to each next attempt until it is over; returns the pauses."""
        pauses: list[timedelta] = []
        while (row := await self.attempt())["ended_at"] is None:
            assert len(pauses) < MOST_ATTEMPTS
            pauses.append(row["next_attempt_at"] - self.now)
            self.now = row["next_attempt_at"]
        return pauses


@pytest.fixture
async def story(notifier_urls):
    database = Database(notifier_urls[1])
    await database.open()
    async with httpx.AsyncClient(trust_env=False) as client:
        yield Story(database, client)
    await database.close()


async def test_a_webhook_that_stays_away_is_tried_for_a_day_ever_less_often_under_one_id_and_then_given_up(
    story, receiver
):
    receiver.answer = lambda: "503 Service Unavailable"
    await story.queue(receiver.url)
    pauses = await story.pass_a_day()
    assert [pause.total_seconds() for pause in pauses[:11]] == [5 * 2**n for n in range(10)] + [3600]
    assert set(pauses[10:]) == {timedelta(hours=1)}
    assert DAY - timedelta(hours=1) < story.now - BEGIN <= DAY
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert len(receiver.requests) == len(pauses) + 1
    story.now += timedelta(days=30)
    row = await story.attempt()
    assert (row["attempts"], len(receiver.requests)) == (len(pauses) + 1, len(pauses) + 1)
    assert "503" in row["error"]


async def test_a_webhook_that_is_back_within_the_day_gets_the_message_once(story, receiver):
    receiver.answer = lambda: "204 No Content" if len(receiver.requests) > 20 else "503 Service Unavailable"
    await story.queue(receiver.url)
    await story.pass_a_day()
    assert len(receiver.requests) == 21
    assert story.now - BEGIN < DAY
    assert (await story.attempt())["error"] is None
