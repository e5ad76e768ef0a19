"""Copies the tables of a service to files and back, as of one moment of the database.

The copy is generic: it takes every table of the schema, parents first, so a migration needs no change here. The
projected tables could be rebuilt from the stream; players, their tokens and their playlists could not.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg

from infoscreen.cli.errors import CliError

_Connection: TypeAlias = "asyncpg.Connection[Any]"
_REVISION_TABLE = "alembic_version"


@dataclass(frozen=True)
class Schema:
    """The schema of a service: its name in Postgres, and the service whose migrations make it."""

    name: str
    service: str


CATALOG, ACCOUNTS = Schema("public", "catalog"), Schema("accounts", "accounts")

_TABLES = f"""
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname <> '{_REVISION_TABLE}' ORDER BY c.relname
"""  # noqa: S608 - a constant of this module
_REFERENCES = """
    SELECT child.relname AS child, parent.relname AS parent
    FROM pg_constraint k JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
    WHERE k.contype = 'f' AND child.oid <> parent.oid
          AND k.connamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
"""


async def save(url: str, directory: Path, schema: Schema = CATALOG) -> str:
    """Writes every table to TABLE.copy, in one snapshot; returns the schema's revision."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for table in await _parents_first(connection, schema):
                with (directory / f"{table}.copy").open("wb") as file:
                    # With a header: the columns' order differs between a migrated schema and a rebuilt one.
                    await connection.copy_from_table(
                        table, schema_name=schema.name, output=file, format="csv", header=True
                    )
            return await _revision(connection, schema)
    finally:
        await connection.close()


async def load(url: str, directory: Path, revision: str, schema: Schema = CATALOG) -> None:
    """Loads the files that `save` wrote into the migrated schema, in one transaction.

    Raises:
        CliError: the schema has another revision.
    """
    connection = await asyncpg.connect(url)
    try:
        found = await _revision(connection, schema)
        if found != revision:
            raise CliError(
                f"The backup's {schema.service} schema is revision {revision}, the database's is {found}: "
                f"run `python -m infoscreen.{schema.service} migrate {revision}` on an empty database, restore, then "
                "migrate on."
            )
        async with connection.transaction():
            tables = await _parents_first(connection, schema)
            qualified = {table: f"{schema.name}.{_quoted(table)}" for table in tables}
            await connection.execute(f"TRUNCATE {', '.join(qualified.values())}")
            for table in tables:
                file = directory / f"{table}.copy"
                with file.open() as lines:
                    columns = lines.readline().rstrip("\n").split(",")
                # What triggers made of these rows is in the backup too.
                await connection.execute(f"ALTER TABLE {qualified[table]} DISABLE TRIGGER USER")
                await connection.copy_to_table(
                    table, schema_name=schema.name, source=file, columns=columns, format="csv", header=True
                )
                await connection.execute(f"ALTER TABLE {qualified[table]} ENABLE TRIGGER USER")
    finally:
        await connection.close()


async def _revision(connection: _Connection, schema: Schema) -> str:
    query = f"SELECT version_num FROM {schema.name}.{_REVISION_TABLE}"  # noqa: S608 - constants of this module
    return str(await connection.fetchval(query))


async def _parents_first(connection: _Connection, schema: Schema) -> list[str]:
    """All tables, each after those that its foreign keys refer to."""
    remaining = [str(row["relname"]) for row in await connection.fetch(_TABLES, schema.name)]
    parents: dict[str, set[str]] = {table: set() for table in remaining}
    for row in await connection.fetch(_REFERENCES, schema.name):
        parents[row["child"]].add(row["parent"])
    ordered: list[str] = []
    while remaining:
        free = [table for table in remaining if parents[table] <= set(ordered)]
        if not free:
            raise CliError(f"The tables {', '.join(remaining)} refer to each other: they cannot be copied one by one.")
        ordered += free
        remaining = [table for table in remaining if table not in free]
    return ordered


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
