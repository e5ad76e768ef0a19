"""Applies batches of facts to the tables: one read of the affected rows, one write, one transaction.

The transaction locks the offset's row first and writes the offset with the rows, so that each fact takes effect exactly
once, also when two processes apply the same batch. Rows travel as arrays, one statement a table, which is several
times as fast as one statement a row.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter

import asyncpg
import structlog
from sqlalchemy.dialects import postgresql

from infoscreen.catalog.database import DatabaseConnection
from infoscreen.catalog.models import AuditEntry, CatalogTable, Conversion, MediaEvent, MediaFile, table_of
from infoscreen.catalog.observability import APPLIED, POISONED
from infoscreen.catalog.projection.rows import AuditedFact, ConversionRow, Fact, LoggedFact, MediaRow
from infoscreen.catalog.projection.rules import Projection
from infoscreen.common.errors import InfoscreenError
from infoscreen.common.events import Event, MalformedEventError, NewerEventError, decode
from infoscreen.common.messaging.stream_reader import StoredMessage
from infoscreen.common.read_model import MEDIA_CHANNEL, media_notifications

_log = structlog.get_logger(__name__)

Poison = tuple[StoredMessage, str]


class UnprojectableError(InfoscreenError):
    """The rules failed on a fact. That is a bug, which must not hold up the facts that follow."""


# Errors that a repetition does not cure, from Postgres, from the driver or from the rules.
_REFUSALS = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, UnprojectableError)


async def read_offset(connection: DatabaseConnection) -> int:
    """Return the stream sequence up to which the tables have applied the stream."""
    return int(await connection.fetchval("SELECT sequence FROM projection_offset"))


async def pass_purged(connection: DatabaseConnection, sequence: int) -> int:
    """Move the offset over messages that the stream no longer holds, and return it."""
    statement = "UPDATE projection_offset SET sequence = greatest(sequence, $1) RETURNING sequence"
    return int(await connection.fetchval(statement, sequence))


async def apply_batch(connection: DatabaseConnection, messages: Sequence[StoredMessage], *, notify: bool = True) -> int:
    """Apply messages in a transaction of its own and return the new offset.

    A message that is no event is recorded as poison and skipped. A message that the rules or Postgres refuse fails its
    batch, which is then applied message by message to find it. A batch ends before an event that only a newer release
    understands, unless an operator has skipped that.

    Raises:
        NewerEventError: the first message is such an event. Nothing was changed.
    """
    facts, poison = _decoded(messages, await _skipped(connection, messages))
    messages = messages[: len(facts) + len(poison)]
    last = messages[-1].sequence
    try:
        await _apply(connection, facts, poison, last, notify=notify)
    except _REFUSALS as error:
        if len(messages) > 1:
            for message in messages:
                await apply_batch(connection, [message], notify=notify)
            return last
        await _apply(connection, [], [(messages[0], f"refused: {error}")], last, notify=False)
    APPLIED.inc(len(messages))
    return last


async def _skipped(connection: DatabaseConnection, messages: Sequence[StoredMessage]) -> dict[int, str]:
    """What `infoscreen skip` recorded of these messages in the live table, which a rebuild passes as well."""
    skipped = await connection.fetch(
        "SELECT sequence, error FROM public.poison_events WHERE sequence BETWEEN $1 AND $2",
        messages[0].sequence,
        messages[-1].sequence,
    )
    return dict(map(tuple, skipped))


def _decoded(messages: Sequence[StoredMessage], skipped: Mapping[int, str]) -> tuple[list[Fact], list[Poison]]:
    """The facts and the poison of the messages, up to the first event of a newer release that is not skipped."""
    facts: list[Fact] = []
    poison: list[Poison] = []
    for message in messages:
        try:
            envelope = decode(message.headers, message.data)
        except MalformedEventError as error:
            if isinstance(error, NewerEventError) and message.sequence not in skipped:
                if message is messages[0]:
                    raise NewerEventError(f"event {message.sequence}: {error}") from error
                break
            poison.append((message, skipped.get(message.sequence, str(error))))
        else:
            if isinstance(envelope.event, Event):  # screens have no part in these tables
                at = message.stored_at or envelope.time
                facts.append(Fact(message.sequence, envelope.id, at, envelope.event))
    return facts, poison


async def _apply(
    connection: DatabaseConnection, facts: Sequence[Fact], poison: Sequence[Poison], last: int, *, notify: bool
) -> None:
    async with connection.transaction():
        offset = int(await connection.fetchval("SELECT sequence FROM projection_offset FOR UPDATE"))
        if last <= offset:
            return
        projection = await _load(connection, [fact for fact in facts if fact.sequence > offset])
        await _save(connection, projection)
        await _record_poison(connection, [item for item in poison if item[0].sequence > offset])
        await connection.execute("UPDATE projection_offset SET sequence = $1", last)
        if notify:
            await notify_changes(connection, sorted(map(str, projection.changed)))


async def _load(connection: DatabaseConnection, facts: Sequence[Fact]) -> Projection:
    """Load the affected rows and fold the facts in."""
    if not facts:
        return Projection()
    ids = list({fact.event.media_id for fact in facts})
    media = await connection.fetch(_select(MediaFile, MediaRow, "id"), ids)
    conversions = await connection.fetch(_select(Conversion, ConversionRow, "source_file_id"), ids)
    known = await connection.fetch(
        "SELECT event_id FROM media_events WHERE event_id = ANY($1)", [fact.event_id for fact in facts]
    )
    projection = Projection.of(
        (MediaRow(**row) for row in media), (ConversionRow(**row) for row in conversions), (row[0] for row in known)
    )
    for fact in facts:
        try:
            projection.apply(fact)
        except Exception as error:
            raise UnprojectableError(repr(error)) from error
    return projection


async def _save(connection: DatabaseConnection, projection: Projection) -> None:
    media = [projection.media[media_id] for media_id in projection.changed]
    conversions = [row for media_id in projection.changed for row in projection.conversions[media_id].values()]
    await _write(connection, _upsert(MediaFile, MediaRow), MediaRow, media)
    await _write(connection, _upsert(Conversion, ConversionRow), ConversionRow, conversions)
    await _write(connection, _insert(MediaEvent, LoggedFact), LoggedFact, projection.log)
    await _write(
        connection, f"{_insert(AuditEntry, AuditedFact)} ON CONFLICT (id) DO NOTHING", AuditedFact, projection.audit
    )


async def _write(connection: DatabaseConnection, statement: str, row_type: type, rows: Collection[object]) -> None:
    if rows:
        values = map(attrgetter(*_columns(row_type)), rows)
        await connection.execute(statement, *map(list, zip(*values, strict=True)))


@cache
def _columns(row_type: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row_type))


@cache
def _select(model: type[CatalogTable], row_type: type, key: str) -> str:
    return f"SELECT {', '.join(_columns(row_type))} FROM {table_of(model).name} WHERE {key} = ANY($1)"  # noqa: S608 - names of ours


@cache
def _insert(model: type[CatalogTable], row_type: type) -> str:
    """Return an insert of many rows whose parameters are one array a column."""
    table, names = table_of(model), _columns(row_type)
    types = [table.c[name].type.compile(dialect=postgresql.dialect()) for name in names]  # type: ignore[no-untyped-call]
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, 1))
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({arrays})"  # noqa: S608 - as above


@cache
def _upsert(model: type[CatalogTable], row_type: type) -> str:
    assignments = ", ".join(f"{name} = excluded.{name}" for name in _columns(row_type) if name != "id")
    return f"{_insert(model, row_type)} ON CONFLICT (id) DO UPDATE SET {assignments}"


async def _record_poison(connection: DatabaseConnection, poison: Sequence[Poison]) -> None:
    for message, error in poison:
        POISONED.inc()
        _log.error("event_poisoned", sequence=message.sequence, subject=message.subject, error=error)
        await connection.execute(
            "INSERT INTO poison_events (sequence, subject, headers, data, error, stored_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (sequence) DO NOTHING",
            message.sequence,
            message.subject,
            json.dumps(dict(message.headers)).replace("\\u0000", "\ufffd"),
            message.data,
            error.replace("\x00", "\ufffd"),
            message.stored_at,
        )


async def notify_changes(connection: DatabaseConnection, media_ids: Sequence[str]) -> None:
    """Notify the listeners which media changed, when the transaction commits."""
    for payload in media_notifications(media_ids):
        await connection.execute("SELECT pg_notify($1, $2)", MEDIA_CHANNEL, payload)
