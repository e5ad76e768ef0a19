"""The parts of a backup, each against the real server: streams, tables, objects."""

from dataclasses import replace

import asyncpg
import pytest
from pydantic import SecretStr

from infoscreen.cli import stream_snapshot, table_copy
from infoscreen.cli.errors import CliError
from infoscreen.cli.object_copy import ObjectCopy
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.settings import NatsSettings, S3Settings

SCHEMA = """
CREATE TABLE alembic_version (version_num text PRIMARY KEY);
INSERT INTO alembic_version VALUES ('0001');
CREATE TABLE a_child (parent_id uuid REFERENCES z_parent, note text, at timestamptz);
CREATE FUNCTION add_child() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO a_child VALUES (NEW.id, 'made by a trigger', now()); RETURN NEW; END $$;
CREATE TRIGGER add_child AFTER INSERT ON z_parent FOR EACH ROW EXECUTE FUNCTION add_child();
"""
PARENT = "CREATE TABLE z_parent (id uuid PRIMARY KEY, digest text, data bytea, report jsonb);"


@pytest.fixture
async def connection(nats_url):
    opened = Connection()
    settings = NatsSettings(url=SecretStr(nats_url), stream_max_bytes=64 * 1024**2)
    await opened.open(settings, "test")
    await topology.apply(opened.js, settings)
    yield opened
    await opened.close()


@pytest.fixture
def store(s3):
    opened = ObjectStore(
        S3Settings(
            endpoint=s3.endpoint,
            public_endpoint=s3.endpoint,
            access_key=SecretStr(s3.access_key),
            secret_key=SecretStr(s3.secret_key),
            bucket=s3.bucket,
        )
    )
    yield opened
    opened.close()


async def publish(connection: Connection, count: int) -> None:
    for number in range(count):
        headers = {"Nats-Msg-Id": f"event-{number}", "ce-type": "media.uploaded"}
        await connection.js.publish(f"media.uploaded.{number}", b"x" * 4000, headers=headers)


async def test_a_restored_stream_has_the_same_messages_under_the_same_sequences_and_times(connection, tmp_path):
    await publish(connection, 200)
    before = await StreamReader(connection).read_batch(1, 500)
    assert await stream_snapshot.save(connection, topology.STREAM, tmp_path) == 200
    await connection.js.delete_stream(topology.STREAM)
    await stream_snapshot.load(connection, topology.STREAM, tmp_path, replicas=1)
    assert await StreamReader(connection).read_batch(1, 500) == before


async def test_a_restored_stream_can_be_purged_also_if_it_was_made_by_the_first_release(connection, tmp_path):
    config = (await connection.js.stream_info(topology.STREAM)).config
    await connection.js.update_stream(replace(config, deny_purge=True))
    await publish(connection, 5)
    await stream_snapshot.save(connection, topology.STREAM, tmp_path)
    await connection.js.delete_stream(topology.STREAM)
    await stream_snapshot.load(connection, topology.STREAM, tmp_path, replicas=1)
    assert await connection.js.purge_stream(topology.STREAM, subject="media.uploaded.2")
    found = await StreamReader(connection).read_batch(1, 10)
    assert [message.sequence for message in found] == [1, 2, 4, 5]


async def test_a_restored_stream_keeps_the_progress_of_its_durables(connection, tmp_path):
    await publish(connection, 3)
    subscription = await connection.js.pull_subscribe_bind(consumer="converter", stream=topology.STREAM)
    [message] = await subscription.fetch(1, timeout=5)
    await message.ack_sync()
    await stream_snapshot.save(connection, topology.STREAM, tmp_path)
    await connection.js.delete_stream(topology.STREAM)
    await stream_snapshot.load(connection, topology.STREAM, tmp_path, replicas=1)
    assert (await connection.js.consumer_info(topology.STREAM, "converter")).num_pending == 2


async def test_empty_streams_are_deleted_and_those_with_messages_stay(connection):
    with_messages = (topology.DEAD_LETTERS, topology.STREAM)
    await publish(connection, 1)
    with pytest.raises(CliError, match="has messages already: restore into empty servers only"):
        await stream_snapshot.make_room(connection, with_messages)
    assert await topology.missing(connection.js) == []
    await stream_snapshot.make_room(connection, [topology.DEAD_LETTERS, "NEVER_THERE"])
    assert await topology.missing(connection.js) == [topology.DEAD_LETTERS]


async def test_restored_tables_have_the_same_rows_and_those_that_only_grow_still_do(postgres_url, tmp_path):
    database = await asyncpg.connect(postgres_url)
    await database.execute(PARENT + SCHEMA)
    await database.execute(
        """INSERT INTO z_parent VALUES (gen_random_uuid(), E'"quotes", commas\nand lines', '\\x00ff', '{"a": null}');
        INSERT INTO a_child SELECT id, NULL, now() FROM z_parent;
        INSERT INTO a_child SELECT id, '', now() FROM z_parent;
        REVOKE UPDATE, DELETE, TRUNCATE ON a_child FROM CURRENT_USER"""
    )
    everything = ("SELECT * FROM z_parent", "SELECT * FROM a_child")
    before = [await database.fetch(query) for query in everything]
    assert await table_copy.save(postgres_url, tmp_path) == "0001"
    await database.execute("INSERT INTO z_parent SELECT gen_random_uuid(), digest, data, report FROM z_parent")
    await table_copy.load(postgres_url, tmp_path, "0001")
    assert [await database.fetch(query) for query in everything] == before  # children were loaded after their parents
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await database.execute("TRUNCATE a_child")
    with pytest.raises(CliError, match="catalog schema is revision 0002, the database's is 0001"):
        await table_copy.load(postgres_url, tmp_path, "0002")
    await database.close()


async def test_objects_are_restored_and_a_second_backup_copies_only_new_ones(store, tmp_path):
    await store.put("originals/1/a.pptx", b"deck", "application/x")
    copy = ObjectCopy(store, tmp_path)
    assert copy.keep_only(await copy.fetch()) == 1
    first = (tmp_path / "objects/originals/1/a.pptx").stat().st_mtime_ns
    await store.put("converted/2/b.pdf", b"%PDF-", "application/pdf")
    copy = ObjectCopy(store, tmp_path)
    assert copy.keep_only(await copy.fetch()) == 2
    assert (tmp_path / "objects/originals/1/a.pptx").stat().st_mtime_ns == first
    for key in ("originals/1/a.pptx", "converted/2/b.pdf"):
        await store.delete(key)
    assert await ObjectCopy(store, tmp_path).store() == 2
    assert await store.get("converted/2/b.pdf") == b"%PDF-"


async def test_an_object_that_differs_from_the_backup_stops_the_restore(store, tmp_path):
    await store.put("converted/3/c.pdf", b"%PDF-", "application/pdf")
    copy = ObjectCopy(store, tmp_path)
    copy.keep_only(await copy.fetch())
    (tmp_path / "objects/converted/3/c.pdf").write_bytes(b"%PDX-")
    with pytest.raises(CliError, match="is not what was backed up"):
        await ObjectCopy(store, tmp_path).store()
