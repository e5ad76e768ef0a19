"""Alembic's entry: migrations run on the connection that the migration job holds its lock on."""

from alembic import context

from infoscreen.accounts.database import SCHEMA

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema=SCHEMA, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
