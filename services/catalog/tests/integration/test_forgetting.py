"""Forgetting: nothing is left of media that were deleted long ago, and a rebuild gives the rows that are there."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nats.js import JetStreamContext
from support.until import until

from infoscreen.catalog.maintenance import forgetting
from infoscreen.catalog.maintenance.forgetting import Forgetting
from infoscreen.catalog.maintenance.rebuild import REBUILD_LOCK, rebuild
from infoscreen.catalog.models import PROJECTED_TABLES
from infoscreen.catalog.projection.projector import Projector
from infoscreen.catalog.projection.store import apply_batch, read_offset
from infoscreen.common.clock import utc_now
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.fact_purge import FactPurge
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import StoredObject

GRACE, LATER = timedelta(days=7), timedelta(days=8)
STEPS = 6  # one original, three purges, a look at the stream, the rows


class KilledError(Exception):
    """The process dies here."""


@dataclass
class Originals:
    """The part of an object store that forgetting uses."""

    keys: set[str] = field(default_factory=set)

    async def walk(self, prefix):
        for key in sorted(self.keys):
            if key.startswith(prefix):
                yield StoredObject(key, 1, None)

    async def delete(self, key):
        self.keys.discard(key)


@dataclass
class World:
    """Postgres and NATS, a projector that applies only when told to, and a forgetter that may die at any step."""

    database: object
    connection: object
    events: object
    store: Originals = field(default_factory=Originals)
    uploads: list = field(default_factory=list)
    steps_left: int | None = None

    def __post_init__(self):
        self.reader, self.publisher = StreamReader(self.connection), Publisher(self.connection, "test")

    def step(self):
        """A step of forgetting is about to happen."""
        if self.steps_left is not None:
            self.steps_left -= 1
            if self.steps_left < 0:
                raise KilledError

    async def publish(self, event):
        return await self.publisher.publish(event, uuid4())

    async def upload(self, media_id=None, content="deck", **changes):
        event = self.events.uploaded(media_id, content, **changes)
        self.store.keys.add(event.object_key)
        self.uploads.append((event, await self.publish(event)))
        return event

    async def project(self, limit):
        async with self.database.connection() as writer:
            if messages := await self.reader.read_batch(await read_offset(writer) + 1, limit):
                return await apply_batch(writer, messages)
        return None

    async def project_all(self):
        while await self.project(1000):
            pass

    async def forget(self, later=LATER, keep=frozenset(), *, die_at=None):
        self.steps_left = die_at
        forgetter = Forgetting(self.database, self.store, FactPurge(self.connection))
        with suppress(KilledError):
            return await forgetter.forget(utc_now() + later, GRACE, keep)

    async def rows(self):
        """The projected tables, but for the offset, which passes over what was purged at the end."""
        names = [table.name for table in PROJECTED_TABLES if table.name != "projection_offset"]
        queries = {name: f"SELECT * FROM {name} ORDER BY 1" for name in names}  # noqa: S608 - names of ours
        async with self.database.connection() as reader:
            return {name: [dict(row) for row in await reader.fetch(query)] for name, query in queries.items()}

    async def media(self):
        return {row["id"]: row["deleted_at"] is not None for row in (await self.rows())["media_files"]}

    async def facts_of(self, event):
        return [m.sequence for m in await self.reader.read_batch(1, 1000) if str(event.media_id) in m.subject]

    async def deleted_medium(self):
        event = await self.upload()
        generation = self.uploads[-1][1]
        await self.publish(self.events.requested(event, generation, priority="urgent"))
        await self.publish(self.events.succeeded(event, generation))
        await self.publish(self.events.deleted(event, generation))
        return event

    async def expect_a_rebuild_to_equal_the_rows(self):
        before = await self.rows()
        await rebuild(self.database, self.reader, batch_events=7)
        assert await self.rows() == before


@pytest.fixture
def world(database, connection, events, monkeypatch):
    world = World(database, connection, events)

    def dying(original):
        async def step(*arguments, **options):
            world.step()
            return await original(*arguments, **options)

        return step

    monkeypatch.setattr(JetStreamContext, "purge_stream", dying(JetStreamContext.purge_stream))
    monkeypatch.setattr(FactPurge, "has_facts", dying(FactPurge.has_facts))
    monkeypatch.setattr(Originals, "delete", dying(Originals.delete))
    monkeypatch.setattr(forgetting, "_delete_rows", dying(forgetting._delete_rows))
    return world


async def test_nothing_is_left_of_a_medium_that_was_deleted_before_the_grace(world):
    gone, kept = await world.deleted_medium(), await world.upload()
    await world.project_all()
    assert await world.forget(timedelta(days=6.9)) == 0
    assert await world.forget() == 1
    assert await world.facts_of(gone) == []
    assert await world.media() == {kept.media_id: False}
    assert str(gone.media_id) not in str(await world.rows())
    assert world.store.keys == {kept.object_key}
    await world.expect_a_rebuild_to_equal_the_rows()


@pytest.mark.parametrize("die_at", range(STEPS + 1))
@pytest.mark.parametrize("rebuilt", [False, True], ids=["", "and a rebuild"])
async def test_a_run_that_dies_between_two_steps_is_finished_by_the_next(world, die_at, rebuilt):
    gone, kept = await world.deleted_medium(), await world.upload()
    await world.project_all()
    assert await world.forget(die_at=die_at) == (1 if die_at == STEPS else None)
    if rebuilt:
        await rebuild(world.database, world.reader, batch_events=7)
    assert [media_id for media_id, deleted in (await world.media()).items() if not deleted] == [kept.media_id]
    await world.forget()
    assert await world.media() == {kept.media_id: False}
    await world.expect_a_rebuild_to_equal_the_rows()
    if not rebuilt:
        assert await world.facts_of(gone) == []


async def test_facts_that_the_tables_have_not_applied_are_not_purged(world):
    gone = await world.deleted_medium()
    await world.project_all()
    late = await world.publish(world.events.deleted(gone))
    assert await world.forget() == 0
    assert await world.facts_of(gone) == [late]
    await world.project_all()
    assert await world.forget() == 1
    await world.expect_a_rebuild_to_equal_the_rows()


async def test_a_projector_passes_what_was_purged_at_the_end_of_the_stream(world, database, connection):
    await world.deleted_medium()
    await world.project_all()
    await world.forget()
    async with database.connection() as own:
        await own.execute("UPDATE projection_offset SET sequence = 0")
        stop = asyncio.Event()
        projecting = asyncio.create_task(Projector(database, connection, world.reader, 50).run(stop))

        async def passed():
            return await read_offset(own) == 4

        await until(passed, "the offset is at the end of the stream")
        stop.set()
        await projecting


async def test_a_medium_with_a_parked_upload_is_not_forgotten(world):
    gone = await world.deleted_medium()
    await world.project_all()
    assert await world.forget(keep={gone.media_id}) == 0
    assert len(await world.facts_of(gone)) == 4


async def test_nothing_is_forgotten_beside_a_rebuild(world, database):
    gone = await world.deleted_medium()
    await world.project_all()
    async with database.connection() as rebuilding:
        await rebuilding.fetchval("SELECT pg_advisory_lock($1)", REBUILD_LOCK)
        assert await world.forget() == 0
    assert len(await world.facts_of(gone)) == 4


async def reconfigure(connection, **changes):
    config = (await connection.js.stream_info(topology.STREAM)).config
    await connection.js.update_stream(config.evolve(**changes))


async def test_nothing_is_forgotten_within_the_duplicate_window(world, connection):
    await reconfigure(connection, duplicate_window=30 * 24 * 3600.0)
    await world.deleted_medium()
    await world.project_all()
    assert await world.forget() == 0
    assert await world.forget(timedelta(days=31)) == 1


async def test_a_stream_that_denies_purges_is_left_alone(world, connection):
    await reconfigure(connection, deny_purge=True)
    gone = await world.deleted_medium()
    await world.project_all()
    assert await world.forget() == 0
    assert await world.media() == {gone.media_id: True}


CONTENT, WHICH = st.sampled_from("ab"), st.integers(0, 20)
ACTION = st.one_of(
    st.tuples(st.just("upload"), CONTENT),
    st.tuples(st.sampled_from(["replaced", "obsolete"]), WHICH, CONTENT),
    st.tuples(st.sampled_from(["deleted", "requested", "started", "succeeded", "failed"]), WHICH),
    st.tuples(st.sampled_from(["deleted", "trashed", "restored"]), WHICH),
    st.tuples(st.just("project"), st.integers(1, 10)),
    st.tuples(st.just("forget"), st.none() | st.integers(0, 12)),
)


async def perform(world, action):
    match action:
        case ("upload", content):
            await world.upload(content=content)
        case ("project", limit):
            await world.project(limit)
        case ("forget", die_at):
            await world.forget(die_at=die_at)
        case (kind, which, *content) if world.uploads:
            event, generation = world.uploads[which % len(world.uploads)]
            if content:  # as ingest does: a replacement of what was deleted is told as obsolete
                exists = (await MediaLog(world.reader).state(event.media_id)).exists
                await world.upload(event.media_id, content[0], obsolete=kind == "obsolete" or not exists)
            else:
                await world.publish(getattr(world.events, kind)(event, generation))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(actions=st.lists(ACTION, min_size=5, max_size=30))
async def test_a_rebuild_equals_the_rows_whatever_was_forgotten_when(world, actions):
    for action in actions:
        await perform(world, action)
    await world.project_all()
    await world.forget()
    await world.expect_a_rebuild_to_equal_the_rows()
