"""The migration job: it brings the schema to a revision, and creates the gateway's role with its password.

It runs before the services. One job runs at a time; a repetition changes nothing.
"""

from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from infoscreen.catalog.database import asyncpg_url
from infoscreen.catalog.settings import DatabaseSettings
from infoscreen.common.read_model import GATEWAY_ROLE

MIGRATION_LOCK = 0x696E666F_00000002

_log = structlog.get_logger(__name__)


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, without a file: the migrations are the package ``infoscreen.catalog.migrations``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.attributes["connection"] = connection
    return config


async def migrate(settings: DatabaseSettings, revision: str = "head") -> None:
    """Upgrade or downgrade the schema to a revision."""
    engine = create_async_engine(asyncpg_url(settings.database_url.get_secret_value()), poolclass=pool.NullPool)
    async with engine.connect() as connection:
        # The lock spans every transaction of the job, and ends with the connection.
        await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        await connection.commit()
        password = settings.gateway_database_password
        await _ensure_gateway_role(connection, password.get_secret_value() if password else None)
        await connection.run_sync(_run, revision)
        await connection.commit()
    await engine.dispose()
    _log.info("migrated", revision=revision)


def _run(connection: Connection, revision: str) -> None:
    config = alembic_config(connection)
    if revision == "head" or not _is_applied(connection, revision):
        command.upgrade(config, revision)
    else:
        command.downgrade(config, revision)


def _is_applied(connection: Connection, revision: str) -> bool:
    """Return True where the schema is at the revision or beyond it."""
    if revision == "base":
        return True
    current = MigrationContext.configure(connection).get_current_heads()
    script = ScriptDirectory.from_config(alembic_config())
    return any(step.revision == revision for head in current for step in script.iterate_revisions(head, "base"))


async def _ensure_gateway_role(connection: AsyncConnection, password: str | None) -> None:
    """Create the role that may use the view and the functions. Roles belong to the server, not to this database."""
    exists = "SELECT true FROM pg_roles WHERE rolname = :role"
    if not (await connection.execute(text(exists), {"role": GATEWAY_ROLE})).scalar():
        await connection.execute(text(f"CREATE ROLE {GATEWAY_ROLE} LOGIN"))
    if password is not None:
        statement = text("SELECT format('ALTER ROLE %I PASSWORD %L', CAST(:role AS text), CAST(:password AS text))")
        alter = (await connection.execute(statement, {"role": GATEWAY_ROLE, "password": password})).scalar_one()
        await connection.exec_driver_sql(alter)
    await connection.commit()
