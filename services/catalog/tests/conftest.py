"""What the catalog's tests share: events with everything filled in that does not matter, and the catalog running."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from infoscreen.catalog.api import Dependencies, create_app
from infoscreen.catalog.database import Database
from infoscreen.catalog.freshness import Freshness
from infoscreen.catalog.migrate import migrate
from infoscreen.catalog.models import PROJECTED_TABLES
from infoscreen.catalog.notifications import ChangeListener
from infoscreen.catalog.projector import Projector
from infoscreen.catalog.settings import DatabaseSettings
from infoscreen.cli.ports import PortBook
from infoscreen.common.auth import TokenFile
from infoscreen.common.clock import utc_now
from infoscreen.common.errors import FailureReason, UnavailableError
from infoscreen.common.events import (
    ConversionFailed,
    ConversionRequested,
    ConversionStarted,
    ConversionSucceeded,
    Envelope,
    Event,
    MediaDeleted,
    MediaUploaded,
    Priority,
    RequestReason,
    conversion_id,
    new_media_id,
    to_body,
    to_headers,
)
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.dead_letter import DeadLetters
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader
from infoscreen.common.process import run_service
from infoscreen.common.settings import NatsSettings

GATEWAY_PASSWORD = "gateway"
TOKENS = {"operator": "operator-token", "uploader": "uploader-token", "player": "player-token"}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def sha256_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


class Events:
    """Builds events about media."""

    def uploaded(self, media_id: UUID | None = None, content: str = "deck", **changes: Any) -> MediaUploaded:
        media_id = media_id or new_media_id()
        facts = {
            "media_id": media_id,
            "filename": "deck.pptx",
            "media_type": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "extension": "pptx",
            "size_bytes": 1000,
            "sha256": sha256_of(content),
            "object_key": f"originals/{media_id}/{uuid4()}.pptx",
            "uploaded_by": "someone",
        }
        return MediaUploaded.model_validate(facts | changes)

    def deleted(self, upload: MediaUploaded) -> MediaDeleted:
        return MediaDeleted(media_id=upload.media_id, deleted_by="someone")

    def requested(
        self,
        upload: MediaUploaded,
        generation: int,
        reason: RequestReason = RequestReason.ENSURE,
        priority: Priority = Priority.NORMAL,
    ) -> ConversionRequested:
        return ConversionRequested(media_id=upload.media_id, generation=generation, reason=reason, priority=priority)

    def started(self, upload: MediaUploaded, generation: int, **changes: Any) -> ConversionStarted:
        return ConversionStarted.model_validate(self._conversion(upload, generation) | changes)

    def succeeded(self, upload: MediaUploaded, generation: int, **changes: Any) -> ConversionSucceeded:
        result = {
            "pdf_key": f"converted/{upload.sha256}/{upload.media_id}.pdf",
            "pdf_sha256": sha256_of("pdf"),
            "pdf_size_bytes": 2000,
            "pages": 3,
            "thumbnail_key": f"converted/{upload.sha256}/{upload.media_id}.webp",
            "duration_seconds": 2.0,
            "cached": False,
        }
        return ConversionSucceeded.model_validate(self._conversion(upload, generation) | result | changes)

    def failed(
        self, upload: MediaUploaded, generation: int, reason: FailureReason = FailureReason.CORRUPT, **changes: Any
    ) -> ConversionFailed:
        trouble = {"reason": reason, "message": reason.sentence, "retryable": reason.retryable, "attempts": 1}
        return ConversionFailed.model_validate(self._conversion(upload, generation) | trouble | changes)

    def _conversion(self, upload: MediaUploaded, generation: int) -> dict[str, Any]:
        return {
            "conversion_id": conversion_id(upload.media_id, "pdf", upload.sha256),
            "media_id": upload.media_id,
            "generation": generation,
            "target_format": "pdf",
            "file_hash": upload.sha256,
            "attempt": 1,
            "worker": "converter-1",
            "engine": "libreoffice",
        }


@pytest.fixture
def events() -> Events:
    return Events()


@dataclass
class MessageLog:
    """A stream in memory: what `StreamReader` would read, for tests that need many messages or odd ones."""

    messages: list[StoredMessage] = field(default_factory=list)

    def append(self, event: Event, event_id: str | None = None) -> int:
        """Store an event; returns its sequence."""
        envelope = Envelope(event_id or str(uuid4()), "test", NOON, event)
        return self.append_raw(topology.subject_of(event), to_body(event), to_headers(envelope))

    def append_raw(self, subject: str, data: bytes, headers: dict[str, str]) -> int:
        sequence = len(self.messages) + 1
        stored_at = NOON + timedelta(seconds=sequence)
        self.messages.append(StoredMessage(sequence, subject, data, headers, stored_at))
        return sequence

    async def read_batch(self, first_sequence: int, limit: int) -> list[StoredMessage]:
        return self.messages[first_sequence - 1 : first_sequence - 1 + limit]

    async def last_sequence(self) -> int:
        return len(self.messages)


@pytest.fixture
def log() -> MessageLog:
    return MessageLog()


@pytest.fixture(scope="module")
def migrated_url(postgres_url: str) -> str:
    settings = DatabaseSettings.model_validate(
        {"database_url": postgres_url, "gateway_database_password": GATEWAY_PASSWORD}
    )
    asyncio.run(migrate(settings))
    asyncio.run(_commit_without_waiting(postgres_url))
    return postgres_url


async def _commit_without_waiting(url: str) -> None:
    """No test cuts the power, so commits need not wait for the disk."""
    connection = await asyncpg.connect(url)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    await connection.close()


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """The catalog's database, migrated and empty."""
    database = Database(migrated_url)
    async with database.connection() as connection:
        tables = ", ".join(table.name for table in PROJECTED_TABLES if table.name != "projection_offset")
        await connection.execute(f"TRUNCATE {tables}, players, player_media")
        await connection.execute("UPDATE projection_offset SET sequence = 0")
    yield database
    await database.close()


@pytest.fixture
async def connection(nats_url: str) -> AsyncIterator[Connection]:
    """A connection to an empty NATS with the topology applied."""
    settings, connection = NatsSettings.model_validate({"url": nats_url}), Connection()
    await connection.open(settings, "test")
    await topology.apply(connection.js, settings)
    yield connection
    await connection.close()


@pytest.fixture
def publisher(connection: Connection) -> Publisher:
    return Publisher(connection, "test")


@dataclass
class Uploaded:
    event: MediaUploaded
    generation: int

    @property
    def id(self) -> UUID:
        return self.event.media_id


@dataclass
class Stream:
    """Publishes what ingest and converters would."""

    publisher: Publisher
    events: Events

    async def upload(self, media_id: UUID | None = None, content: str = "deck", **changes: Any) -> Uploaded:
        event = self.events.uploaded(media_id, content, **changes)
        return Uploaded(event, await self.publish(event))

    async def publish(self, event: Event) -> int:
        return await self.publisher.publish(event, uuid4())

    async def start(self, upload: Uploaded, **changes: Any) -> int:
        return await self.publish(self.events.started(upload.event, upload.generation, **changes))

    async def succeed(self, upload: Uploaded, **changes: Any) -> int:
        return await self.publish(self.events.succeeded(upload.event, upload.generation, **changes))

    async def fail(self, upload: Uploaded, reason: FailureReason = FailureReason.CORRUPT, **changes: Any) -> int:
        return await self.publish(self.events.failed(upload.event, upload.generation, reason, **changes))

    async def delete(self, upload: Uploaded) -> int:
        return await self.publish(self.events.deleted(upload.event))


@pytest.fixture
def stream(publisher: Publisher, events: Events) -> Stream:
    return Stream(publisher, events)


@pytest.fixture
def tokens_file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.json"
    entries = [{"name": role, "role": role, "sha256": sha256_of(token)} for role, token in TOKENS.items()]
    path.write_text(json.dumps(entries))
    return path


@dataclass
class Catalog:
    """A running catalog: its API, and how to wait until it has projected what a test published."""

    url: str
    freshness: Freshness
    database: Database

    def client(self, role: str | None = "operator", **options: Any) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {TOKENS[role]}"} if role else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20, **options)

    async def projected(self, sequence: int) -> None:
        await self.freshness.of_sequence(sequence)

    async def projected_in_the_end(self, sequence: int) -> None:
        """As `projected`, while the database comes back."""
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(UnavailableError):
                    return await self.projected(sequence)
                await asyncio.sleep(0.1)


@asynccontextmanager
async def running_catalog(url: str, database: Database, connection: Connection, tokens: Path) -> AsyncIterator[Catalog]:
    """The projector, the listener and the API on a free port."""
    stop, port, reader = asyncio.Event(), PortBook().port("catalog"), StreamReader(connection)
    listener, token_file, publisher = ChangeListener(url), TokenFile(tokens), Publisher(connection, "catalog")

    async def authenticate(token: str) -> Any:
        return token_file.find(token)

    freshness = Freshness(database, reader, listener.bell, catch_up_seconds=20)
    deps = Dependencies(
        database=database,
        freshness=freshness,
        publisher=publisher,
        authenticate=authenticate,
        bell=listener.bell,
        dead_letters=DeadLetters(connection, publisher),
        clock=utc_now,
        stop=stop,
        secure_cookies=False,
    )
    projector = Projector(database, connection, reader, batch_events=100)
    running = asyncio.create_task(
        run_service(
            host="127.0.0.1",
            apps=[(create_app(deps), port)],
            background=[projector.run, listener.run],
            grace_seconds=5,
            stop=stop,
        )
    )
    try:
        yield Catalog(f"http://127.0.0.1:{port}", freshness, database)
    finally:
        stop.set()
        await running


@pytest.fixture
async def catalog(
    migrated_url: str, database: Database, connection: Connection, tokens_file: Path
) -> AsyncIterator[Catalog]:
    async with running_catalog(migrated_url, database, connection, tokens_file) as catalog:
        yield catalog


@pytest.fixture
def start() -> Any:
    """Starts a catalog on other servers than the session's."""
    return running_catalog


@pytest.fixture
async def operator(catalog: Catalog) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody with an operator's token."""
    async with catalog.client() as client:
        yield client
