"""Batches of facts applied to the tables: one read of the affected rows, one write, one transaction.

The offset lies in the same transaction as the rows, and its row is locked first: whoever applies, applies from
where the tables are, so every fact has its effect exactly once.
"""

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from typing import Any

import structlog
from sqlalchemy import Table, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from infoscreen.catalog.database import blames_data
from infoscreen.catalog.models import Conversion, MediaEvent, MediaFile, PoisonEvent, ProjectionOffset, table_of
from infoscreen.catalog.observability import APPLIED, POISONED
from infoscreen.catalog.projection import ConversionRow, Fact, LoggedFact, MediaRow, Projection
from infoscreen.common.events import MalformedEventError, decode
from infoscreen.common.messaging.stream_reader import StoredMessage

CHANGES_CHANNEL = "player_view_changed"
_IDS_IN_NOTIFICATION = 200  # Postgres takes payloads below 8000 bytes

_log = structlog.get_logger(__name__)
_COLUMNS: dict[type, tuple[str, ...]] = {
    kind: tuple(column.name for column in fields(kind)) for kind in (MediaRow, ConversionRow, LoggedFact)
}
_MEDIA, _CONVERSIONS, _EVENTS = table_of(MediaFile), table_of(Conversion), table_of(MediaEvent)
_OFFSET, _POISON = table_of(ProjectionOffset), table_of(PoisonEvent)


async def read_offset(connection: AsyncConnection) -> int:
    """The stream sequence up to which the tables are."""
    return int((await connection.execute(select(_OFFSET.c.sequence))).scalar_one())


async def apply_batch(connection: AsyncConnection, messages: Sequence[StoredMessage], *, notify: bool = True) -> int:
    """Apply messages in a transaction of its own and return the new offset.

    A message that is no event is recorded as poison and passed. One that the database refuses fails its batch,
    which is then applied message by message to find it.
    """
    facts, poison = _decoded(messages)
    last = messages[-1].sequence
    try:
        async with connection.begin():
            await _apply(connection, facts, poison, last, notify=notify)
    except Exception as error:
        if not blames_data(error):
            raise
        if len(messages) > 1:
            for message in messages:
                await apply_batch(connection, [message], notify=notify)
            return last
        async with connection.begin():
            await _apply(connection, [], [(messages[0], f"refused by the database: {error}")], last, notify=False)
    APPLIED.inc(len(messages))
    return last


def _decoded(messages: Sequence[StoredMessage]) -> tuple[list[Fact], list[tuple[StoredMessage, str]]]:
    facts, poison = [], []
    for message in messages:
        try:
            envelope = decode(message.headers, message.data)
        except MalformedEventError as error:
            poison.append((message, str(error)))
        else:
            facts.append(Fact(message.sequence, envelope.id, message.stored_at or envelope.time, envelope.event))
    return facts, poison


async def _apply(
    connection: AsyncConnection,
    facts: Sequence[Fact],
    poison: Sequence[tuple[StoredMessage, str]],
    last: int,
    *,
    notify: bool,
) -> None:
    offset = int((await connection.execute(select(_OFFSET.c.sequence).with_for_update())).scalar_one())
    facts = [fact for fact in facts if fact.sequence > offset]
    poison = [(message, error) for message, error in poison if message.sequence > offset]
    if last <= offset:
        return
    projection = await _load(connection, facts)
    for fact in facts:
        projection.apply(fact)
    await _save(connection, projection)
    await _record_poison(connection, poison)
    await connection.execute(update(_OFFSET).values(sequence=last))
    if notify and projection.changed:
        await _notify(connection, sorted(map(str, projection.changed)))


async def _load(connection: AsyncConnection, facts: Sequence[Fact]) -> Projection:
    if not facts:
        return Projection()
    ids = list({fact.event.media_id for fact in facts})
    event_ids = [fact.event_id for fact in facts]
    media = await connection.execute(select(_MEDIA).where(_MEDIA.c.id == func.any(ids)))
    conversions = await connection.execute(select(_CONVERSIONS).where(_CONVERSIONS.c.source_file_id == func.any(ids)))
    known = await connection.execute(select(_EVENTS.c.event_id).where(_EVENTS.c.event_id == func.any(event_ids)))
    return Projection.of(
        (MediaRow(*row) for row in media), (ConversionRow(*row) for row in conversions), known.scalars()
    )


async def _save(connection: AsyncConnection, projection: Projection) -> None:
    media = [_values(projection.media[media_id]) for media_id in projection.changed]
    conversions = [_values(row) for media_id in projection.changed for row in projection.conversions[media_id].values()]
    if media:
        await connection.execute(_upsert(_MEDIA), media)
    if conversions:
        await connection.execute(_upsert(_CONVERSIONS), conversions)
    if projection.log:
        await connection.execute(insert(_EVENTS), [_values(fact) for fact in projection.log])


def _values(row: MediaRow | ConversionRow | LoggedFact) -> dict[str, Any]:
    """The columns of a row; `dataclasses.asdict` copies deeply, which took longer than the database."""
    return {name: getattr(row, name) for name in _COLUMNS[type(row)]}


@cache
def _upsert(table: Table) -> Insert:
    statement = insert(table)
    changed: dict[str, Any] = {c.name: statement.excluded[c.name] for c in table.columns if not c.primary_key}
    return statement.on_conflict_do_update(index_elements=[table.c.id], set_=changed)


async def _record_poison(connection: AsyncConnection, poison: Sequence[tuple[StoredMessage, str]]) -> None:
    for message, error in poison:
        POISONED.inc()
        _log.error("event_poisoned", sequence=message.sequence, subject=message.subject, error=error)
        row = {
            "sequence": message.sequence,
            "subject": message.subject,
            "headers": dict(message.headers),
            "data": message.data,
            "error": error,
            "stored_at": message.stored_at,
        }
        await connection.execute(insert(_POISON), [row])


async def _notify(connection: AsyncConnection, media_ids: Sequence[str]) -> None:
    for start in range(0, len(media_ids), _IDS_IN_NOTIFICATION):
        payload = ",".join(media_ids[start : start + _IDS_IN_NOTIFICATION])
        await connection.execute(select(func.pg_notify(CHANGES_CHANNEL, payload)))
