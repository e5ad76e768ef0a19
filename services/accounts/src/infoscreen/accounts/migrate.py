"""The migration job of accounts, with the settings that it needs."""

from pathlib import Path

from infoscreen.accounts.database import ROLE, SCHEMA
from infoscreen.accounts.settings import MigrationSettings
from infoscreen.common.migrations import Migrations

MIGRATIONS = Migrations(Path(__file__).parent / "migrations", ROLE, SCHEMA)


async def migrate(settings: MigrationSettings, revision: str = "head") -> None:
    """Bring the schema ``accounts`` to a revision, and the role ``infoscreen_accounts`` up to date.

    Raises:
        OSError, asyncpg.PostgresError: Postgres is away or refuses.
    """
    await MIGRATIONS.run(settings.owner_database_url, settings.database_password, revision)


async def migrate_as_configured(revision: str) -> None:
    """As ``migrate``, with the settings of the environment."""
    await migrate(MigrationSettings(), revision)
