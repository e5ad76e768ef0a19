"""Alembic's entry: migrations run on the connection that the migration job holds its lock on."""

from alembic import context

from infoscreen.catalog.models import metadata_of_catalog
from infoscreen.catalog.programme import models as _of_programme  # noqa: F401 - its tables are in the metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata_of_catalog, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
