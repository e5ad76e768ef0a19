"""How fast the catalog applies the stream to its tables: the running projector behind a backlog, and a rebuild.

    python tests/bench/bench_projection.py [--quick] [--json FILE]

The stream holds what becomes of media in production: most converted at once, some failed and asked for again, some
deleted. The projector is the real service, started with all that before it; its rate is that of the stream
offset in Postgres. The rebuild runs beside the idle service. Both share the machine with NATS and Postgres.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
from parts import Parts, running_parts
from pydantic import SecretStr
from report import Figure, main

from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.rebuild import rebuild
from infoscreen.catalog.settings import CatalogSettings
from infoscreen.common.errors import FailureReason
from infoscreen.common.events import (
    ConversionFailed,
    ConversionRequested,
    ConversionStarted,
    ConversionSucceeded,
    Envelope,
    Event,
    MediaDeleted,
    MediaUploaded,
    RequestReason,
    conversion_id,
    new_media_id,
    subjects,
    to_body,
    to_headers,
)
from infoscreen.common.messaging.connection import connect
from infoscreen.common.messaging.permissions import OPERATOR
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.observability import configure_logging
from infoscreen.common.settings import LogSettings, NatsSettings

BAR = 5000
_UNDER_WAY = 512  # publishes at a time
_MEDIA_UNDER_WAY = 50
_FAIL, _DELETED = 0.05, 0.1  # so many of all media
_LOOK_SECONDS = 0.02
_DEADLINE_SECONDS = 300


def measure(quick: bool) -> Iterator[Figure]:
    """Events a second of the projector and of a rebuild."""
    amount = 6_000 if quick else 60_000
    configure_logging("bench", LogSettings(level="WARNING"))
    with running_parts() as parts:
        stored = asyncio.run(_fill(parts.system.nats_url(OPERATOR), amount))
        projection = asyncio.run(_projected(parts, stored))
        yield Figure("projection", f"projector behind {stored:,} events", projection, "events/s", BAR)
        yield Figure("projection", f"rebuild from {stored:,} events", asyncio.run(_rebuilt(parts)), "events/s", BAR)


async def _fill(nats_url: str, amount: int) -> int:
    """Publish so many events; returns the last sequence. They are stored in order, one connection's publishes are."""
    connection = await connect(NatsSettings(url=SecretStr(nats_url)), "bench")
    events, stored = _history(amount), 0
    try:
        while batch := list(itertools.islice(events, _UNDER_WAY)):
            publishes = []
            for event in batch:
                envelope = Envelope(str(uuid4()), "bench", datetime.now(UTC), event)
                message = (subjects.subject_of(event), to_body(event))
                publishes.append(connection.js.publish(*message, headers=to_headers(envelope), timeout=60))
            stored = max(ack.seq for ack in await asyncio.gather(*publishes))
    finally:
        await connection.close()
    return stored


def _history(amount: int) -> Iterator[Event]:
    """What becomes of media: many at once, each in its order. Generations are the sequences that uploads will get."""
    chance, sequence = random.Random(1), 0
    under_way: list[Iterator[Event]] = []
    while sequence < amount:
        if len(under_way) < _MEDIA_UNDER_WAY:
            under_way.append(_medium(sequence + 1, chance))
            life = under_way[-1]
        else:
            life = chance.choice(under_way)
        event = next(life, None)
        if event is None:
            under_way.remove(life)
            continue
        sequence += 1
        yield event


def _medium(generation: int, chance: random.Random) -> Iterator[Event]:
    media_id, content = new_media_id(), f"{chance.getrandbits(256):064x}"
    yield MediaUploaded(
        media_id=media_id,
        filename=f"Quarterly figures {generation}.pptx",
        media_type="application/vnd.openxmlformats-officedocument.presentationml.presentation",
        extension="pptx",
        size_bytes=1_000_000,
        sha256=content,
        object_key=f"originals/{media_id}/{uuid4()}.pptx",
        uploaded_by="embedded-uploader",
    )
    about = {
        "conversion_id": conversion_id(media_id, "pdf", content),
        "media_id": media_id,
        "generation": generation,
        "target_format": "pdf",
        "file_hash": content,
        "worker": "converter-1",
        "engine": "libreoffice",
    }
    attempt = 1
    yield ConversionStarted.model_validate(about | {"attempt": attempt})
    if chance.random() < _FAIL:
        reason = FailureReason.TIMEOUT
        trouble = {"reason": reason, "message": reason.sentence, "retryable": True, "attempts": attempt}
        yield ConversionFailed.model_validate(about | trouble | {"attempt": attempt})
        yield ConversionRequested(media_id=media_id, generation=generation, reason=RequestReason.DISPLAY)
        attempt += 1
        yield ConversionStarted.model_validate(about | {"attempt": attempt})
    key = f"converted/{content}/{uuid4()}"
    pdf = {"pdf_key": f"{key}.pdf", "pdf_sha256": content, "pdf_size_bytes": 200_000, "pages": 12}
    result = {"thumbnail_key": f"{key}.webp", "duration_seconds": 1.25, "cached": False, "attempt": attempt}
    yield ConversionSucceeded.model_validate(about | pdf | result)
    if chance.random() < _DELETED:
        yield MediaDeleted(media_id=media_id, deleted_by="embedded-uploader")


async def _projected(parts: Parts, stored: int) -> float:
    """Start the catalog and watch its offset, from the first that it wrote to the last."""
    database = await asyncpg.connect(parts.system.database_url)
    starting = asyncio.create_task(asyncio.to_thread(parts.start_service, "catalog"))
    try:
        async with asyncio.timeout(_DEADLINE_SECONDS):
            while not (first := await _offset(database)):
                await asyncio.sleep(_LOOK_SECONDS)
            started = time.perf_counter()
            while await _offset(database) < stored:
                await asyncio.sleep(_LOOK_SECONDS)
        return (stored - first) / (time.perf_counter() - started)
    finally:
        await starting
        await database.close()


async def _offset(database: "asyncpg.Connection") -> int:
    return int(await database.fetchval("SELECT sequence FROM projection_offset"))


async def _rebuilt(parts: Parts) -> float:
    """The rebuild itself, without the start of a process for it."""
    database, batch_events = Database(parts.system.database_url), CatalogSettings.model_fields["batch_events"].default
    connection = await connect(NatsSettings(url=SecretStr(parts.system.nats_url(OPERATOR))), "bench")
    try:
        started = time.perf_counter()
        reached = await rebuild(database, StreamReader(connection), batch_events)
        return reached / (time.perf_counter() - started)
    finally:
        await connection.close()
        await database.close()


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
