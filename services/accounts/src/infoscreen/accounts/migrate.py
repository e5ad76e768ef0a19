"""The migration job: it makes the schema ``accounts`` and the role that the service has, and keeps both up to date.

It runs before the service, as the owner of the database. One job runs at a time; a repetition changes nothing.
"""

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from infoscreen.accounts.database import ROLE, SCHEMA
from infoscreen.accounts.settings import MigrationSettings

MIGRATION_LOCK = 0x696E666F_00000003

_log = structlog.get_logger(__name__)


async def migrate_as_configured(revision: str) -> None:
    """Upgrade the schema of the database that the environment names to a revision."""
    await migrate(MigrationSettings(), revision)


async def migrate(settings: MigrationSettings, revision: str = "head") -> None:
    """Upgrade the schema to a revision."""
    url = "postgresql+asyncpg://" + settings.owner_database_url.get_secret_value().split("://", 1)[1]
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        # The lock spans every transaction of the job, and ends with the connection.
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        await connection.commit()
        password = settings.database_password
        await _ensure_role(connection, password.get_secret_value() if password else None)
        await connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        await connection.commit()
        await connection.run_sync(_upgrade, revision)
        await connection.commit()
    await engine.dispose()
    _log.info("migrated", revision=revision)


def _upgrade(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def _ensure_role(connection: AsyncConnection, password: str | None) -> None:
    """Create the service's role. Roles belong to the server, not to this database."""
    exists = "SELECT true FROM pg_roles WHERE rolname = :role"
    if not (await connection.execute(text(exists), {"role": ROLE})).scalar():
        await connection.exec_driver_sql(f"CREATE ROLE {ROLE} LOGIN")
    if password is not None:
        statement = text("SELECT format('ALTER ROLE %I PASSWORD %L', CAST(:role AS text), CAST(:password AS text))")
        alter = (await connection.execute(statement, {"role": ROLE, "password": password})).scalar_one()
        await connection.exec_driver_sql(alter)
