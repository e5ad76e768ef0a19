"""Copies the catalog's tables to files and back, as of one moment of the database.

The copy is generic: it takes every table of the schema, parents first, so a migration needs no change here. The
projected tables could be rebuilt from the stream; players, their tokens and their playlists could not.
"""

from pathlib import Path
from typing import Any, TypeAlias

import asyncpg

from infoscreen.cli.errors import CliError

_Connection: TypeAlias = "asyncpg.Connection[Any]"
_REVISION_TABLE = "alembic_version"

_TABLES = f"""
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> '{_REVISION_TABLE}' ORDER BY c.relname
"""  # noqa: S608 - a constant of this module
_REFERENCES = """
    SELECT child.relname AS child, parent.relname AS parent
    FROM pg_constraint k JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
    WHERE k.contype = 'f' AND child.oid <> parent.oid
"""


async def save(url: str, directory: Path) -> str:
    """Writes every table to TABLE.copy, in one snapshot; returns the schema's revision."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            for table in await _parents_first(connection):
                with (directory / f"{table}.copy").open("wb") as file:
                    # With a header: the columns' order differs between a migrated schema and a rebuilt one.
                    await connection.copy_from_table(
                        table, schema_name="public", output=file, format="csv", header=True
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
            tables = await _parents_first(connection)
            await connection.execute(f"TRUNCATE {', '.join(map(_quoted, tables))}")
            for table in tables:
                file = directory / f"{table}.copy"
                with file.open() as lines:
                    columns = lines.readline().rstrip("\n").split(",")
                # What triggers made of these rows is in the backup too.
                await connection.execute(f"ALTER TABLE {_quoted(table)} DISABLE TRIGGER USER")
                await connection.copy_to_table(
                    table, schema_name="public", source=file, columns=columns, format="csv", header=True
                )
                await connection.execute(f"ALTER TABLE {_quoted(table)} ENABLE TRIGGER USER")
    finally:
        await connection.close()


async def _revision(connection: _Connection) -> str:
    return str(await connection.fetchval(f"SELECT version_num FROM {_REVISION_TABLE}"))  # noqa: S608 - a constant


async def _parents_first(connection: _Connection) -> list[str]:
    """All tables, each after those that its foreign keys refer to."""
    remaining = [str(row["relname"]) for row in await connection.fetch(_TABLES)]
    parents: dict[str, set[str]] = {table: set() for table in remaining}
    for row in await connection.fetch(_REFERENCES):
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
