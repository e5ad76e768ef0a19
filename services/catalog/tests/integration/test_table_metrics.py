"""The metrics of the tables, which alerts read, and which only the leading process exports."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from support.until import until

from infoscreen.catalog.observability import DATABASE_BYTES, PLAYERS
from infoscreen.catalog.operations.table_metrics import GONE_AFTER, TableMetrics
from infoscreen.catalog.programme.audit import Author
from infoscreen.catalog.screens import players
from infoscreen.common.clock import utc_now


def value(metric, **labels):
    return REGISTRY.get_sample_value(f"infoscreen_{metric}", labels)


def table_metrics(database, later=timedelta()):
    return TableMetrics(database, lambda: utc_now() + later, interval_seconds=3600)


async def test_conversions_are_counted_by_status(catalog, stream, database):
    await stream.upload()
    done = await stream.upload()
    await catalog.projected(await stream.succeed(done))
    await table_metrics(database).measure()
    assert [value("conversions", status=status) for status in ("pending", "processing", "ready", "failed")] == [
        1,
        0,
        1,
        0,
    ]


async def test_the_age_of_the_oldest_pending_conversion_is_exported_and_0_without_one(catalog, stream, database):
    await table_metrics(database).measure()
    assert value("conversions_oldest_pending_seconds") == 0
    deck = await stream.upload()
    await catalog.projected(deck.generation)
    await table_metrics(database, timedelta(minutes=10)).measure()
    assert 600 <= value("conversions_oldest_pending_seconds") < 700


async def test_players_are_counted_as_waiting_online_or_gone_without_revoked_ones(database):
    now = utc_now()
    async with database.write() as session:
        made = [await players.create(session, name, Author("test", now)) for name in ("new", "here", "lost", "revoked")]
        for assigned, _ in made[1:]:
            assigned.player.last_seen_at = now
        made[2][0].player.last_seen_at = now - GONE_AFTER
        made[3][0].player.revoked_at = now
        made[3][0].player.last_seen_at = now - GONE_AFTER
    await table_metrics(database).measure()
    assert [value("players", state=state) for state in ("waiting", "online", "gone")] == [1, 1, 1]


async def test_the_size_of_the_database_is_exported(database):
    await table_metrics(database).measure()
    [[sample]] = [metric.samples for metric in DATABASE_BYTES.collect()]
    assert sample.labels["database"].startswith("test_")
    assert sample.value > 1024**2


async def test_a_process_that_no_longer_leads_exports_no_table_metrics(database):
    PLAYERS.clear()
    stop = asyncio.Event()
    measuring = asyncio.create_task(table_metrics(database).run(stop))
    await until(lambda: value("players", state="gone") is not None, "the players are counted")
    measuring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await measuring
    assert value("players", state="gone") is None
    assert value("conversions", status="pending") is None
