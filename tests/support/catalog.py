"""Fixtures of whatever works with the catalog's database and the stream: migrated and empty, topology applied.

`from support.catalog import *` makes them a conftest's.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from support.facts import sha256_of

from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.migrate import migrate
from infoscreen.catalog.models import PROJECTED_TABLES
from infoscreen.catalog.settings import DatabaseSettings
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.settings import NatsSettings

__all__ = ["connection", "database", "migrated_url", "tokens_file"]

GATEWAY_PASSWORD = "gateway"
TOKENS = {role: f"{role}-token" for role in ("operator", "editor", "uploader", "player")}


@pytest.fixture(scope="module")
def migrated_url(postgres_url: str) -> str:
    settings = DatabaseSettings.model_validate(
        {"database_url": postgres_url, "gateway_database_password": GATEWAY_PASSWORD}
    )
    asyncio.run(migrate(settings))
    asyncio.run(_commit_without_waiting(postgres_url))
    return postgres_url


async def _commit_without_waiting(url: str) -> None:
    """No test cuts the power, so commits need not wait for the disk."""
    connection = await asyncpg.connect(url)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    await connection.close()


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """The catalog's database, migrated and empty."""
    database = Database(migrated_url)
    async with database.connection() as connection:
        programme = "playlists, screen_groups, schedule_entries, overrides, audit"
        tables = ", ".join(table.name for table in PROJECTED_TABLES if table.name != "projection_offset")
        await connection.execute("GRANT TRUNCATE ON audit TO CURRENT_USER")  # which the catalog has given up
        await connection.execute(f"TRUNCATE {tables}, players, {programme} CASCADE")
        await connection.execute("REVOKE TRUNCATE ON audit FROM CURRENT_USER")
        await connection.execute("UPDATE projection_offset SET sequence = 0")
    yield database
    await database.close()


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Connection]:
    """A connection to an empty NATS with the topology applied."""
    settings, connection = NatsSettings.model_validate({"url": nats_url}), Connection()
    await connection.open(settings, "test")
    await topology.apply(connection.js, settings)
    yield connection
    await connection.close()


@pytest.fixture
def tokens_file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.json"
    entries = [{"name": role, "role": role, "sha256": sha256_of(token)} for role, token in TOKENS.items()]
    path.write_text(json.dumps(entries))
    return path
