"""The projector over real servers: one leads, takes over, and skips nothing when Postgres goes away."""

import asyncio
import signal
from contextlib import contextmanager
from functools import partial
from secrets import token_hex

import asyncpg
import pytest
from prometheus_client import REGISTRY
from support.until import until

from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.migrate import migrate
from infoscreen.catalog.maintenance.rebuild import rebuild
from infoscreen.catalog.projection.projector import PROJECTOR_LOCK, SESSION_TIMEOUTS, Projector
from infoscreen.catalog.projection.rules import Projection
from infoscreen.catalog.projection.store import apply_batch, read_offset
from infoscreen.catalog.settings import DatabaseSettings
from infoscreen.cli import postgres
from infoscreen.cli.background import running
from infoscreen.cli.errors import CliError
from infoscreen.cli.ports import PortBook
from infoscreen.cli.skip import skip_event
from infoscreen.common.clock import utc_now
from infoscreen.common.events import Envelope, NewerEventError, to_headers
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.settings import NatsSettings


@contextmanager
def projecting(database, connection, **options):
    """A projector in the background; yields its stop event and its task."""
    stop = asyncio.Event()
    task = asyncio.create_task(Projector(database, connection, StreamReader(connection), 50, **options).run(stop))
    try:
        yield stop, task
    finally:
        stop.set()


async def offset_of(database):
    async with database.connection() as connection:
        return await read_offset(connection)


async def test_a_standby_continues_at_the_offset_of_the_leader(database, connection, stream):
    async def reached(sequence):
        return await offset_of(database) >= sequence

    with projecting(database, connection) as (stop_first, first), projecting(database, connection) as (_, second):
        before = await stream.upload()
        await until(lambda: reached(before.generation), "the event before is projected")
        stop_first.set()
        await first
        after = await stream.upload()
        await until(lambda: reached(after.generation), "the event after is projected")
        assert not second.done()


async def test_only_one_projector_leads(database, connection, stream):
    with projecting(database, connection), projecting(database, connection):
        deck = await stream.upload()

        async def projected():
            return await offset_of(database) >= deck.generation

        await until(projected, "the events are projected")
        async with database.connection() as own:
            holders = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = $1"
            assert await own.fetchval(holders, PROJECTOR_LOCK >> 32) == 1


async def test_a_leader_that_loses_its_connection_leads_again_and_skips_no_event(database, connection, stream):
    with projecting(database, connection):
        for _ in range(3):
            deck = await stream.upload()
            async with database.connection() as own:
                await own.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                )

        async def projected():
            return await offset_of(database) == deck.generation

        await until(projected, "the events are projected")
    async with database.connection() as own:
        assert await own.fetchval("SELECT count(*) FROM media_files") == 3


async def test_a_silent_leader_loses_the_lead_to_a_standby(database, connection, stream):
    """As when its machine vanished: TCP would keep the connection for hours. It has no open transaction."""
    async with database.connection() as silent:
        assert await silent.fetchval("SELECT pg_try_advisory_lock($1)", PROJECTOR_LOCK)
        await silent.execute(SESSION_TIMEOUTS)
        with projecting(database, connection):
            deck = await stream.upload()

            async def projected():
                return await offset_of(database) >= deck.generation

            await until(projected, "the events are projected")
        assert silent.is_closed()


async def test_the_lag_is_exported_while_the_database_blocks_the_projection(database, connection, stream):
    with projecting(database, connection):
        before = await stream.upload()

        async def projected():
            return await offset_of(database) >= before.generation

        await until(projected, "the events are projected")
        async with database.connection() as blocker, blocker.transaction():
            await blocker.execute("SELECT sequence FROM projection_offset FOR UPDATE")
            for _ in range(3):
                await stream.upload()

            async def told():
                return REGISTRY.get_sample_value("infoscreen_projection_lag_events") == 3

            await until(told, "the projector tells of it")


async def test_two_processes_that_apply_the_same_batch_apply_it_once(database, log, events):
    deck = events.uploaded()
    log.append(events.started(deck, log.append(deck)))
    async with database.connection() as one, database.connection() as two:
        offsets = await asyncio.gather(apply_batch(one, log.messages), apply_batch(two, log.messages))
        assert offsets == [2, 2]
        assert await one.fetchval("SELECT count(*) FROM media_events") == 2


async def test_a_failed_batch_changes_no_row(database, log, events):
    log.append(events.uploaded())
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE media_events RENAME TO hidden")
        with pytest.raises(asyncpg.UndefinedTableError):
            await apply_batch(connection, log.messages)
        await connection.execute("ALTER TABLE hidden RENAME TO media_events")
        assert await read_offset(connection) == 0
        assert await connection.fetchval("SELECT count(*) FROM media_files") == 0
        assert await apply_batch(connection, log.messages) == 1


async def test_no_event_is_lost_when_postgres_is_killed_under_load(tmp_path, connection, stream):
    ports, password = PortBook(), token_hex()
    spec = postgres.postgres(tmp_path / "pg", ports, superuser_password=token_hex(), owner_password=password)
    url = postgres.database_url(ports, password)
    database = Database(url)
    with projecting(database, connection) as (_, task):
        with running(spec, tmp_path / "pg.log") as server:
            await migrate(DatabaseSettings.model_validate({"database_url": url}))
            for number in range(100):
                deck = await stream.upload()
                if number == 50:
                    server.send_signal(signal.SIGKILL)
        assert not task.done()
        with running(spec, tmp_path / "pg.log"):

            async def projected():
                return await offset_of(database) == deck.generation

            await until(projected, "the events are projected")
            async with database.connection() as own:
                assert await own.fetchval("SELECT count(*) FROM media_files") == 100
            await database.close()


# Events of a newer release

NEWER = {"ce-type": "media.sung", "ce-dataschema": "urn:infoscreen:media.sung:v1"}


def tell_newer(log, events):
    """An event of a type that this release does not know."""
    event = events.uploaded()
    headers = to_headers(Envelope("newer", "infoscreen/ingest", utc_now(), event)) | NEWER
    return log.append_raw(f"media.sung.{event.media_id}", b"{}", headers)


async def test_a_batch_ends_before_an_event_of_a_newer_release(database, log, events):
    log.append(events.uploaded())
    newer = tell_newer(log, events)
    log.append(events.uploaded())
    async with database.connection() as connection:
        assert await apply_batch(connection, log.messages) == newer - 1
        with pytest.raises(NewerEventError, match=r"media\.sung"):
            await apply_batch(connection, log.messages[1:])
        assert await read_offset(connection) == newer - 1
        assert await connection.fetchval("SELECT count(*) FROM poison_events") == 0


async def test_unknown_values_of_an_event_are_projected_as_text(database, log, events):
    deck = events.uploaded(priority="whenever")
    log.append(events.failed(deck, log.append(deck)).model_copy(update={"reason": "struck_by_lightning"}))
    query = "SELECT m.priority, c.reason FROM media_files m JOIN conversions c ON c.source_file_id = m.id"
    async with database.connection() as connection:
        await apply_batch(connection, log.messages)
        assert tuple(await connection.fetchrow(query)) == ("normal", "struck_by_lightning")


async def test_a_projector_gives_up_the_lead_at_a_newer_event_and_passes_it_once_an_operator_skips_it(
    *, database, connection, stream, nats_url, migrated_url
):
    nats, client = NatsSettings.model_validate({"url": nats_url}), connection.client
    refused = partial(REGISTRY.get_sample_value, "infoscreen_projection_newer_events_total")
    tries = refused()
    headers = to_headers(Envelope("newer", "infoscreen/ingest", utc_now(), stream.events.uploaded())) | NEWER
    await client.jetstream().publish("media.sung.someone", b"{}", headers=headers)
    deck = await stream.upload()

    async def tried_twice():
        return refused() >= tries + 2

    async def projected():
        return await offset_of(database) == deck.generation

    async def led_by_another():
        async with database.connection() as own:
            return await own.fetchval("SELECT pg_try_advisory_lock($1)", PROJECTOR_LOCK)

    with projecting(database, connection, newer_event_seconds=0.2):
        await until(tried_twice, "the projector tries again")
        await until(led_by_another, "the lead is free")
        with pytest.raises(CliError, match="nothing to skip"):
            await skip_event(nats, migrated_url, deck.generation)
        await skip_event(nats, migrated_url, deck.generation - 1)
        await until(projected, "the events after it are projected")
    async with database.connection() as own:
        kept = await own.fetch("SELECT sequence, error FROM poison_events")
        await rebuild(database, StreamReader(connection), batch_events=50)
        assert await own.fetch("SELECT sequence, error FROM poison_events") == kept
    assert [row["sequence"] for row in kept] == [deck.generation - 1]


async def test_an_event_that_the_rules_fail_on_is_recorded_as_poison_and_skipped(database, log, events, monkeypatch):
    def stumble(projection, fact):
        if fact.sequence == 2:
            raise ZeroDivisionError
        original(projection, fact)

    original = Projection.apply
    monkeypatch.setattr(Projection, "apply", stumble)
    for _ in range(3):
        log.append(events.uploaded())
    async with database.connection() as connection:
        assert await apply_batch(connection, log.messages) == 3
        assert await connection.fetchval("SELECT count(*) FROM media_files") == 2
        [poison] = await connection.fetch("SELECT sequence, error FROM poison_events")
    assert tuple(poison) == (2, "refused: ZeroDivisionError()")
