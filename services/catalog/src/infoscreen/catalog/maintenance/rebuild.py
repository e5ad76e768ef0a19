"""The rebuild: it fills new tables from the start of the stream, and swaps them for the live ones in one transaction.

Readers and the live projector continue while it runs. It applies batches as the projector does, on a connection whose
search path begins with another schema, so that there is only one way to apply a fact.
"""

import structlog
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from infoscreen.catalog.database import Database, DatabaseConnection
from infoscreen.catalog.models import PROJECTED_TABLES, ProjectionOffset, table_of
from infoscreen.catalog.projection.player_view import player_view
from infoscreen.catalog.projection.read_ahead import reading_ahead
from infoscreen.catalog.projection.store import apply_batch, pass_purged, read_offset
from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.read_model import ALL_MEDIA, MEDIA_CHANNEL, PLAYER_VIEW

REBUILD_LOCK = 0x696E666F_00000003
_SCHEMA, _RETIRED = "rebuild", "retired"
_TABLES = [table.name for table in PROJECTED_TABLES]
_OFFSET = table_of(ProjectionOffset).name
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]

_log = structlog.get_logger(__name__)


async def rebuild(database: Database, reader: StreamReader, batch_events: int) -> int:
    """Rebuild the projected tables and swap them in; return the sequence that they have applied.

    Raises:
        UnavailableError: Postgres or NATS went away. The live tables are unchanged; start the rebuild again.
    """
    async with database.connection(f"{_SCHEMA}, public") as connection:
        # One rebuild at a time: a second one waits, and then starts from a clean schema.
        await connection.fetchval("SELECT pg_advisory_lock($1)", REBUILD_LOCK)
        await _create_tables(connection)
        offset = await _catch_up(connection, reader, batch_events)
        await _create_indexes(connection)
        async with connection.transaction():
            await _lock_live_tables(connection)
            live = int(await connection.fetchval("SELECT sequence FROM public.projection_offset"))
            while offset < live:
                offset = await _apply_next(connection, reader, offset, batch_events)
            await _swap(connection)
        _log.info("rebuilt", offset=offset)
        return offset


async def _create_tables(connection: DatabaseConnection) -> None:
    async with connection.transaction():
        for schema in (_SCHEMA, _RETIRED):
            await connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        await connection.execute(f"CREATE SCHEMA {_SCHEMA}")
        for table in PROJECTED_TABLES:
            await connection.execute(str(CreateTable(table).compile(dialect=_DIALECT)))
        await connection.execute("INSERT INTO projection_offset (id, sequence) VALUES (1, 0)")


async def _create_indexes(connection: DatabaseConnection) -> None:
    """Create the indexes after most rows are inserted, which is quicker."""
    for table in PROJECTED_TABLES:
        for index in table.indexes:
            await connection.execute(str(CreateIndex(index).compile(dialect=_DIALECT)))


async def _catch_up(connection: DatabaseConnection, reader: StreamReader, batch_events: int) -> int:
    offset = await read_offset(connection)
    async with reading_ahead(reader, batch_events) as ahead:
        while messages := await ahead.batch(offset + 1):
            offset = await apply_batch(connection, messages, notify=False)
            _log.info("rebuilding", offset=offset)
    return offset


async def _apply_next(connection: DatabaseConnection, reader: StreamReader, offset: int, batch_events: int) -> int:
    """Apply what the live tables have beyond an offset, or pass it where it was purged."""
    if messages := await reader.read_batch(offset + 1, batch_events):
        return await apply_batch(connection, messages, notify=False)
    end = await reader.end_of_gap(offset)
    if end == offset:
        raise UnavailableError("A replica of the stream lags behind the tables. Start the rebuild again.")
    return await pass_purged(connection, end)


async def _lock_live_tables(connection: DatabaseConnection) -> None:
    """Lock as others do, so that no deadlock arises: the offset first, as the projector, then the view, as readers."""
    tables = ", ".join(f"public.{name}" for name in (_OFFSET, PLAYER_VIEW, *_TABLES))
    await connection.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")


async def _swap(connection: DatabaseConnection) -> None:
    await connection.execute(f"CREATE SCHEMA {_RETIRED}")
    for name in _TABLES:
        await connection.execute(f"ALTER TABLE public.{name} SET SCHEMA {_RETIRED}")
        await connection.execute(f"ALTER TABLE {_SCHEMA}.{name} SET SCHEMA public")
    await connection.execute("SET LOCAL search_path = public")
    await connection.execute(player_view())
    await connection.execute(f"DROP SCHEMA {_RETIRED} CASCADE")
    await connection.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")
    await connection.execute("SELECT pg_notify($1, $2)", MEDIA_CHANNEL, ALL_MEDIA)
