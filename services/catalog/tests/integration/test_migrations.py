"""Migrations: upgrade, downgrade with data, agreement with the models, and the rights of the gateway's role."""

import asyncio
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from infoscreen.catalog.database import asyncpg_url
from infoscreen.catalog.maintenance.migrate import MIGRATIONS, migrate
from infoscreen.catalog.migrations import versions
from infoscreen.catalog.models import PROJECTED_TABLES
from infoscreen.catalog.programme import own_lists
from infoscreen.catalog.programme.audit import Author
from infoscreen.catalog.projection.store import apply_batch, read_offset
from infoscreen.catalog.screens import players
from infoscreen.catalog.settings import DatabaseSettings
from infoscreen.common.clock import utc_now
from infoscreen.common.read_model import GATEWAY_ROLE

REVISIONS = sorted(path.stem[:4] for path in Path(versions.__file__).parent.glob("0*.py"))


@pytest.fixture
def settings(migrated_url):
    return DatabaseSettings.model_validate({"database_url": migrated_url, "gateway_database_password": "gateway"})


@pytest.fixture
async def gateway(migrated_url, database):
    """A connection with the gateway's role."""
    host_and_database = migrated_url.split("@", 1)[1]
    connection = await asyncpg.connect(f"postgresql://{GATEWAY_ROLE}:gateway@{host_and_database}")
    yield connection
    await connection.close()


async def test_the_last_revision_matches_the_models(migrated_url):
    engine = create_async_engine(asyncpg_url(migrated_url))
    async with engine.connect() as connection:
        await connection.run_sync(lambda synchronous: command.check(MIGRATIONS.alembic_config(synchronous)))
    await engine.dispose()


async def test_columns_have_the_order_in_which_a_rebuild_creates_them(database):
    query = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1"
    async with database.connection() as connection:
        for table in PROJECTED_TABLES:
            columns = await connection.fetch(f"{query} ORDER BY ordinal_position", table.name)
            assert [column for (column,) in columns] == table.columns.keys()


async def test_data_survives_a_downgrade_to_the_first_revision_and_an_upgrade(settings, database, log, events):
    deck = events.uploaded()
    log.append(events.succeeded(deck, log.append(deck)))
    async with database.connection() as connection:
        await apply_batch(connection, log.messages[:1])
    for revision in [*reversed(REVISIONS), *REVISIONS]:
        await migrate(settings, revision)
        async with database.connection() as connection:
            [row] = await connection.fetch("SELECT media_id, status FROM player_view")
            assert tuple(row) == (deck.media_id, "pending")
    async with database.connection() as connection:
        assert await apply_batch(connection, log.messages[1:]) == 2


async def test_assignments_of_the_version_before_become_the_own_lists_of_the_screens(settings, database):
    player, media = uuid4(), [uuid4() for _ in range(3)]
    await migrate(settings, "0004")
    async with database.connection() as connection:
        insert = "INSERT INTO players (id, name, created_at, token_sha256) VALUES ($1, 'Foyer', now(), 'x')"
        await connection.execute(insert, player)
        for position, media_id in enumerate(media):
            await connection.execute("INSERT INTO player_media VALUES ($1, $2, $3)", player, media_id, position)
    await migrate(settings)
    async with database.read() as session:
        assert (await players.get(session, player)).own.media_ids == media
    author = Author("operator", utc_now())
    async with database.write() as session:
        await own_lists.mirror(session, await own_lists.locked(session, player))
    async with database.connection() as connection:  # the version before still creates players, and reads assignments
        await connection.execute(insert.replace("'x'", "'y'"), uuid4())
        assert await connection.fetchval("SELECT count(*) FROM playlists WHERE owner_player_id IS NOT NULL") == 2
    async with database.write() as session:
        assert (await players.rename(session, player, "Hall", author)).own.media_ids == media
    await migrate(settings, "0004")
    async with database.connection() as connection:
        kept = await connection.fetch(
            "SELECT media_id FROM player_media WHERE player_id = $1 ORDER BY position", player
        )
        assert [media_id for (media_id,) in kept] == media
        await connection.execute("TRUNCATE players CASCADE")
    await migrate(settings)


async def test_a_running_projector_continues_after_a_migration(settings, catalog, stream, operator):
    before = await stream.upload()
    await catalog.projected(before.generation)
    await migrate(settings, "0001")
    during = await stream.upload()  # the tables lack columns that this projector writes: it waits for them
    await migrate(settings)
    await catalog.projected(during.generation)
    after = await stream.upload()
    await catalog.projected(after.generation)
    assert (await operator.get(f"/api/media/{before.id}")).status_code == 200


async def test_the_schema_can_be_removed_and_created_again(settings, database):
    await migrate(settings, "base")
    async with database.connection() as connection:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        assert await connection.fetchval(tables) == 0
    await migrate(settings)
    async with database.connection() as connection:
        assert await read_offset(connection) == 0


async def test_migrations_that_start_together_run_one_after_the_other(settings):
    await asyncio.gather(*(migrate(settings) for _ in range(3)))


async def test_the_gateway_reads_the_view_and_calls_its_functions(gateway):
    assert await gateway.fetch("SELECT * FROM player_view") == []
    assert await gateway.fetch("SELECT * FROM player_find('x')") == []
    assert await gateway.fetch("SELECT * FROM player_enrol('x', 'y')") == []
    assert await gateway.fetch("SELECT * FROM player_hints()") == []
    assert await gateway.fetch("SELECT * FROM player_screen('x')") == []
    assert "entries" in await gateway.fetchval("SELECT player_programme(NULL)")
    assert await gateway.fetch("SELECT * FROM player_snapshot_get(gen_random_uuid())") == []
    await gateway.execute("SELECT player_snapshot_put(gen_random_uuid(), 'image/webp', 'x')")
    await gateway.execute("SELECT player_snapshot_want(gen_random_uuid(), now())")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM media_files",
        "SELECT * FROM players",
        "SELECT * FROM projection_offset",
        "CREATE OR REPLACE VIEW player_view AS SELECT 1",
        "DELETE FROM conversions",
        "UPDATE players SET name = ''",
        "INSERT INTO player_media VALUES (gen_random_uuid(), gen_random_uuid(), 1)",
        "SELECT * FROM playlist_items",
        "SELECT programme_playlists(ARRAY[gen_random_uuid()])",
        "SELECT * FROM player_snapshots",
        "UPDATE player_commands SET done_at = now()",
        "INSERT INTO audit SELECT",
        "CREATE TABLE mine (x int)",
        "CREATE ROLE another",
    ],
)
async def test_the_gateway_role_is_denied_every_other_statement(gateway, statement):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await gateway.execute(statement)
