"""The metrics that alerts read say what the tables say, and nobody else says it as well."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from infoscreen.catalog.observability import PLAYERS
from infoscreen.catalog.operations.table_metrics import GONE_AFTER, Figures
from infoscreen.catalog.screens import players
from infoscreen.common.clock import utc_now


def value(metric, **labels):
    return REGISTRY.get_sample_value(f"infoscreen_{metric}", labels)


def figures(database, later=timedelta()):
    return Figures(database, lambda: utc_now() + later, interval_seconds=3600)


async def test_conversions_are_counted_by_status(catalog, stream, database):
    await stream.upload()
    done = await stream.upload()
    await catalog.projected(await stream.succeed(done))
    await figures(database).measure()
    assert [value("conversions", status=status) for status in ("pending", "processing", "ready", "failed")] == [
        1,
        0,
        1,
        0,
    ]


async def test_the_oldest_that_waits_is_told_and_none_is_no_age(catalog, stream, database):
    await figures(database).measure()
    assert value("conversions_oldest_pending_seconds") == 0
    deck = await stream.upload()
    await catalog.projected(deck.generation)
    await figures(database, timedelta(minutes=10)).measure()
    assert 600 <= value("conversions_oldest_pending_seconds") < 700


async def test_players_are_waiting_online_or_gone_and_revoked_ones_are_not_missed(database):
    now = utc_now()
    async with database.write() as session:
        made = [await players.create(session, name, now) for name in ("new", "here", "lost", "revoked")]
        for assigned, _ in made[1:]:
            assigned.player.last_seen_at = now
        made[2][0].player.last_seen_at = now - GONE_AFTER
        made[3][0].player.revoked_at = now
        made[3][0].player.last_seen_at = now - GONE_AFTER
    await figures(database).measure()
    assert [value("players", state=state) for state in ("waiting", "online", "gone")] == [1, 1, 1]


async def test_who_no_longer_leads_says_nothing(database):
    PLAYERS.clear()
    stop = asyncio.Event()
    measuring = asyncio.create_task(figures(database).run(stop))
    async with asyncio.timeout(30):
        while value("players", state="gone") is None:
            await asyncio.sleep(0.01)
    measuring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await measuring
    assert value("players", state="gone") is None
    assert value("conversions", status="pending") is None
