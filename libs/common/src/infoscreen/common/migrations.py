"""The migration job of a service: it creates a role, gives it its password, and brings a schema to a revision.

It runs before the service, as the owner of the database, and is the only part that loads Alembic. One job runs at a
time, whichever service it belongs to; a repetition changes nothing. For services that depend on
`infoscreen-common[migrations]`; no other module of `common` imports this one.
"""

from dataclasses import dataclass
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pydantic import SecretStr
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

_LOCK = 0x696E666F_00000002

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Migrations:
    """The migrations of one schema, and the role that they grant rights to.

    Attributes:
        folder: where Alembic's ``env.py`` and ``versions`` are.
        role: created where the server has none of this name. Roles belong to the server, not to one database.
        schema: created where the database has none of this name; also holds the number of the revision.
    """

    folder: Path
    role: str
    schema: str = "public"

    async def run(self, owner_url: SecretStr, password: SecretStr | None, revision: str = "head") -> None:
        """Upgrade or downgrade the schema.

        Args:
            owner_url: the database, as its owner: ``postgresql://…``.
            password: what the role signs in with; None leaves it as it is.
            revision: a number, ``head`` or ``base``.

        Raises:
            OSError, asyncpg.PostgresError: Postgres is away or refuses.
            alembic.util.CommandError: there is no such revision.
        """
        engine = create_async_engine(_asyncpg_url(owner_url), poolclass=pool.NullPool)
        async with engine.connect() as connection:
            # The lock spans every transaction of the job, and ends with the connection.
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            await connection.commit()
            await _ensure_role(connection, self.role, password)
            await connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")
            await connection.commit()
            await connection.run_sync(self._move_to, revision)
            await connection.commit()
        await engine.dispose()
        _log.info("migrated", schema=self.schema, revision=revision)

    def alembic_config(self, connection: Connection) -> Config:
        """Alembic's configuration without a file: its ``env.py`` finds the connection among the attributes."""
        config = Config()
        config.set_main_option("script_location", str(self.folder))
        config.attributes["connection"] = connection
        return config

    def _move_to(self, connection: Connection, revision: str) -> None:
        config = self.alembic_config(connection)
        if revision == "head" or not self._is_applied(connection, config, revision):
            command.upgrade(config, revision)
        else:
            command.downgrade(config, revision)

    def _is_applied(self, connection: Connection, config: Config, revision: str) -> bool:
        """Return True where the schema is at the revision or beyond it."""
        if revision == "base":
            return True
        context = MigrationContext.configure(connection, opts={"version_table_schema": self.schema})
        script = ScriptDirectory.from_config(config)
        applied = (step for head in context.get_current_heads() for step in script.iterate_revisions(head, "base"))
        return any(step.revision == revision for step in applied)


def _asyncpg_url(url: SecretStr) -> str:
    return "postgresql+asyncpg://" + url.get_secret_value().split("://", 1)[1]


async def _ensure_role(connection: AsyncConnection, role: str, password: SecretStr | None) -> None:
    exists = text("SELECT true FROM pg_roles WHERE rolname = :role")
    if not (await connection.execute(exists, {"role": role})).scalar():
        await connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN")
    if password is not None:
        statement = text("SELECT format('ALTER ROLE %I PASSWORD %L', CAST(:role AS text), CAST(:password AS text))")
        values = {"role": role, "password": password.get_secret_value()}
        await connection.exec_driver_sql((await connection.execute(statement, values)).scalar_one())
