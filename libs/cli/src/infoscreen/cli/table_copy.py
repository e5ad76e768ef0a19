"""Copies the tables of the catalog and the notifier to files and back, as of one moment of the database.

The copy is generic: it takes every table of a schema, parents first, so a migration needs no change here. The
projected tables could be rebuilt from the stream; players, their tokens and playlists, and channels could not.
"""

from pathlib import Path
from typing import Any, TypeAlias

import asyncpg

from infoscreen.cli.errors import CliError

_Connection: TypeAlias = "asyncpg.Connection[Any]"
_REVISION_TABLE = "alembic_version"

_SCHEMAS = {"public": "", "notifier": "notifier."}
"""Each schema, and what the names of its files begin with."""

_TABLES = f"""
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname <> '{_REVISION_TABLE}' ORDER BY c.relname
"""  # noqa: S608 - a constant of this module
_REFERENCES = """
    SELECT child.relname AS child, parent.relname AS parent
    FROM pg_constraint k JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
    JOIN pg_namespace n ON n.oid = child.relnamespace
    WHERE n.nspname = $1 AND k.contype = 'f' AND child.oid <> parent.oid
"""


async def save(url: str, directory: Path) -> str:
    """Writes every table to TABLE.copy, in one snapshot; returns the schema's revision."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for schema, prefix in _SCHEMAS.items():
                for table in await _parents_first(connection, schema):
                    with (directory / f"{prefix}{table}.copy").open("wb") as file:
                        # With a header: the columns' order differs between a migrated schema and a rebuilt one.
                        await connection.copy_from_table(
                            table, schema_name=schema, output=file, format="csv", header=True
                        )
            return await _revision(connection)
    finally:
        await connection.close()


async def load(url: str, directory: Path, revision: str) -> None:
    """Loads the files that `save` wrote into the migrated schema, in one transaction.

    Raises:
        CliError: the schema has another revision.
    """
    connection = await asyncpg.connect(url)
    try:
        found = await _revision(connection)
        if found != revision:
            raise CliError(
                f"The backup's schema is revision {revision}, the database's is {found}: "
                f"run `python -m infoscreen.catalog migrate {revision}` on an empty database, restore, then migrate on."
            )
        async with connection.transaction():
            for schema, prefix in _SCHEMAS.items():
                await _load_schema(connection, directory, schema, prefix)
    finally:
        await connection.close()


async def _load_schema(connection: _Connection, directory: Path, schema: str, prefix: str) -> None:
    tables = await _parents_first(connection, schema)
    if prefix and not any((directory / f"{prefix}{table}.copy").exists() for table in tables):
        return  # a backup of before there was this schema, or a database without it
    await connection.execute(f"TRUNCATE {', '.join(_quoted(schema, table) for table in tables)}")
    for table in tables:
        file, name = directory / f"{prefix}{table}.copy", _quoted(schema, table)
        with file.open() as lines:
            columns = lines.readline().rstrip("\n").split(",")
        # What triggers made of these rows is in the backup too.
        await connection.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        await connection.copy_to_table(
            table, schema_name=schema, source=file, columns=columns, format="csv", header=True
        )
        await connection.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")


async def _revision(connection: _Connection) -> str:
    return str(await connection.fetchval(f"SELECT version_num FROM public.{_REVISION_TABLE}"))  # noqa: S608 - a constant


async def _parents_first(connection: _Connection, schema: str) -> list[str]:
    """All tables of a schema, each after those that its foreign keys refer to."""
    remaining = [str(row["relname"]) for row in await connection.fetch(_TABLES, schema)]
    parents: dict[str, set[str]] = {table: set() for table in remaining}
    for row in await connection.fetch(_REFERENCES, schema):
        parents[row["child"]].add(row["parent"])
    ordered: list[str] = []
    while remaining:
        free = [table for table in remaining if parents[table] <= set(ordered)]
        if not free:
            raise CliError(f"The tables {', '.join(remaining)} refer to each other: they cannot be copied one by one.")
        ordered += free
        remaining = [table for table in remaining if table not in free]
    return ordered


def _quoted(*names: str) -> str:
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)
