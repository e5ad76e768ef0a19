"""Alembic's entry: migrations run on the connection that the migration job holds its lock on."""

from alembic import context

from infoscreen.catalog.models import EXPRESSION_INDEXES, metadata_of_catalog
from infoscreen.catalog.programme import models as _of_programme  # noqa: F401 - its tables are in the metadata

connection = context.config.attributes["connection"]


def _is_compared(_: object, name: str | None, *__: object) -> bool:
    """False for indexes of expressions: Postgres tells them in other words than they were made in."""
    return name not in EXPRESSION_INDEXES


context.configure(
    connection=connection,
    target_metadata=metadata_of_catalog,
    transaction_per_migration=True,
    include_object=_is_compared,
)
with context.begin_transaction():
    context.run_migrations()
