"""The catalog's migration job: it also creates the gateway's role, whose rights the migrations grant."""

from pathlib import Path

from infoscreen.catalog.settings import DatabaseSettings
from infoscreen.common.migrations import Migrations
from infoscreen.common.read_model import GATEWAY_ROLE

MIGRATIONS = Migrations(Path(__file__).parents[1] / "migrations", GATEWAY_ROLE)


async def migrate(settings: DatabaseSettings, revision: str = "head") -> None:
    """Bring the catalog's schema to a revision, and the gateway's role up to date.

    Raises:
        OSError, asyncpg.PostgresError: Postgres is away or refuses.
    """
    await MIGRATIONS.run(settings.database_url, settings.gateway_database_password, revision)


async def migrate_as_configured(revision: str) -> None:
    """As ``migrate``, with the settings of the environment."""
    await migrate(DatabaseSettings(), revision)
