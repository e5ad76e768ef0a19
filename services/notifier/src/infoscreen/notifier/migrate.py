"""The migration job: it creates the notifier's role and schema, and brings the schema up to date.

It runs before the service, as the database's owner. One job runs at a time; a repetition changes nothing.
"""

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from infoscreen.notifier.database import SCHEMA
from infoscreen.notifier.settings import MigrationSettings

ROLE = "infoscreen_notifier"
_LOCK = 0x696E666F_00000003

_log = structlog.get_logger(__name__)


async def run() -> None:
    """As ``migrate``, with the settings of the environment."""
    await migrate(MigrationSettings())


async def migrate(settings: MigrationSettings) -> None:
    """Bring the role and the schema up to date."""
    url = "postgresql+asyncpg://" + settings.owner_database_url.get_secret_value().split("://", 1)[1]
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        # The lock spans every transaction of the job, and ends with the connection.
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        await _ensure_role(connection, settings)
        await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        await connection.commit()
        await connection.run_sync(_upgrade)
        await connection.commit()
    await engine.dispose()
    _log.info("migrated")


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def _ensure_role(connection: AsyncConnection, settings: MigrationSettings) -> None:
    """Create the role, which belongs to the server, not to this database, and give it its password."""
    exists = text("SELECT true FROM pg_roles WHERE rolname = :role")
    if not (await connection.execute(exists, {"role": ROLE})).scalar():
        await connection.execute(text(f"CREATE ROLE {ROLE} LOGIN"))
    if settings.database_password is not None:
        statement = text("SELECT format('ALTER ROLE %I PASSWORD %L', CAST(:role AS text), CAST(:password AS text))")
        values = {"role": ROLE, "password": settings.database_password.get_secret_value()}
        await connection.exec_driver_sql((await connection.execute(statement, values)).scalar_one())
