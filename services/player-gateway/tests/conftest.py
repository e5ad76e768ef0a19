"""What the gateway's tests share: the gateway running beside a projecting catalog, on real servers."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from infoscreen.catalog import players as catalog_players
from infoscreen.catalog.database import Database
from infoscreen.catalog.migrate import GATEWAY_ROLE, migrate
from infoscreen.catalog.models import PROJECTED_TABLES
from infoscreen.catalog.projector import Projector
from infoscreen.catalog.settings import DatabaseSettings
from infoscreen.cli.ports import PortBook
from infoscreen.common.auth import TokenFile
from infoscreen.common.clock import utc_now
from infoscreen.common.errors import FailureReason
from infoscreen.common.events import (
    ConversionFailed,
    ConversionStarted,
    ConversionSucceeded,
    Event,
    MediaDeleted,
    MediaUploaded,
    conversion_id,
    new_media_id,
)
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import Presigner
from infoscreen.common.process import run_service
from infoscreen.common.settings import NatsSettings, S3Settings
from infoscreen.player_gateway.announcements import Announcements
from infoscreen.player_gateway.api import Dependencies, create_app
from infoscreen.player_gateway.database import CatalogDatabase
from infoscreen.player_gateway.display import Display
from infoscreen.player_gateway.estimates import Estimates
from infoscreen.player_gateway.holdings import Holdings
from infoscreen.player_gateway.links import Links
from infoscreen.player_gateway.manifest import Manifests
from infoscreen.player_gateway.notifications import ChangeListener
from infoscreen.player_gateway.players import Players
from infoscreen.player_gateway.uploads import StreamUploads

PASSWORD = "gateway"
TOKENS = {"operator": "operator-token", "uploader": "uploader-token", "player": "player-token"}
PUBLIC_ENDPOINT = "http://edge.test:8080"


def sha256_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


@dataclass
class Uploaded:
    event: MediaUploaded
    generation: int

    @property
    def id(self) -> UUID:
        return self.event.media_id

    @property
    def pdf_key(self) -> str:
        return f"converted/{self.event.sha256}/{self.event.media_id}.pdf"


@dataclass
class Stream:
    """Publishes what ingest and converters would."""

    publisher: Publisher

    async def publish(self, event: Event) -> int:
        return await self.publisher.publish(event, uuid4())

    async def upload(self, media_id: UUID | None = None, content: str = "deck", **changes: Any) -> Uploaded:
        media_id = media_id or new_media_id()
        facts = {
            "media_id": media_id,
            "filename": "deck.pptx",
            "media_type": "application/vnd.ms-powerpoint",
            "extension": "pptx",
            "size_bytes": 1000,
            "sha256": sha256_of(content),
            "object_key": f"originals/{media_id}/{uuid4()}.pptx",
            "uploaded_by": "someone",
        }
        event = MediaUploaded.model_validate(facts | changes)
        return Uploaded(event, await self.publish(event))

    async def start(self, upload: Uploaded) -> int:
        return await self.publish(ConversionStarted.model_validate(_conversion(upload)))

    async def succeed(self, upload: Uploaded, **changes: Any) -> int:
        result = {
            "pdf_key": upload.pdf_key,
            "pdf_sha256": sha256_of("pdf"),
            "pdf_size_bytes": 2000,
            "pages": 3,
            "thumbnail_key": upload.pdf_key.replace(".pdf", ".webp"),
            "duration_seconds": 2.0,
            "cached": False,
        }
        return await self.publish(ConversionSucceeded.model_validate(_conversion(upload) | result | changes))

    async def fail(self, upload: Uploaded, reason: FailureReason = FailureReason.CORRUPT) -> int:
        trouble = {"reason": reason, "message": reason.sentence, "retryable": reason.retryable, "attempts": 1}
        return await self.publish(ConversionFailed.model_validate(_conversion(upload) | trouble))

    async def delete(self, upload: Uploaded) -> int:
        return await self.publish(MediaDeleted(media_id=upload.id, deleted_by="someone"))


def _conversion(upload: Uploaded) -> dict[str, Any]:
    return {
        "conversion_id": conversion_id(upload.id, "pdf", upload.event.sha256),
        "media_id": upload.id,
        "generation": upload.generation,
        "target_format": "pdf",
        "file_hash": upload.event.sha256,
        "attempt": 1,
        "worker": "converter-1",
        "engine": "libreoffice",
    }


@pytest.fixture(scope="module")
def migrated_url(postgres_url: str) -> str:
    settings = {"database_url": postgres_url, "gateway_database_password": PASSWORD}
    asyncio.run(migrate(DatabaseSettings.model_validate(settings)))
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
    settings, connection = NatsSettings.model_validate({"url": nats_url}), Connection()
    await connection.open(settings, "test")
    await topology.apply(connection.js, settings)
    yield connection
    await connection.close()


@pytest.fixture
def stream(connection: Connection) -> Stream:
    return Stream(Publisher(connection, "test"))


@dataclass
class Gateway:
    """A running gateway."""

    url: str
    display: Display

    def client(self, token: str | None = TOKENS["operator"], **headers: str) -> httpx.AsyncClient:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        limits = httpx.Limits(max_connections=None)
        return httpx.AsyncClient(base_url=self.url, headers=bearer | headers, timeout=30, limits=limits)


@asynccontextmanager
async def running_gateway(catalog_url: str, connection: Connection, tokens_file: Path) -> AsyncIterator[Gateway]:
    """The gateway on a free port, with the role that it has in production."""
    url = f"postgresql://{GATEWAY_ROLE}:{PASSWORD}@{catalog_url.split('@', 1)[1]}"
    stop, port, database = asyncio.Event(), PortBook().port("gateway"), CatalogDatabase(url)
    await database.open()
    media, directory = Holdings(database.media, 1000), Holdings(database.player, 1000)
    display = Display(media, StreamUploads(StreamReader(connection)), Publisher(connection, "gateway"), 5)
    players = Players(TokenFile(tokens_file), directory, database)
    s3 = {"endpoint": PUBLIC_ENDPOINT, "public_endpoint": PUBLIC_ENDPOINT, "access_key": "a", "secret_key": "b"}
    deps = Dependencies(
        display=display,
        owners=database,
        links=Links(Presigner(S3Settings.model_validate(s3))),
        estimates=Estimates(database.workload, utc_now),
        manifests=Manifests(display, media, directory, database, 100),
        players=players,
    )
    listener, announcements = ChangeListener(url, media, directory), Announcements(connection, display)
    running = asyncio.create_task(
        run_service(
            host="127.0.0.1",
            apps=[(create_app(deps), port)],
            background=[listener.run, announcements.run, players.keep_seen],
            grace_seconds=5,
            stop=stop,
        )
    )
    try:
        yield Gateway(f"http://127.0.0.1:{port}", display)
    finally:
        stop.set()
        await running
        await database.close()


@pytest.fixture
def start_gateway(tokens_file: Path) -> Any:
    """Starts a gateway on other servers than the session's."""
    return partial(running_gateway, tokens_file=tokens_file)


@pytest.fixture
def tokens_file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.json"
    entries = [{"name": role, "role": role, "sha256": sha256_of(token)} for role, token in TOKENS.items()]
    path.write_text(json.dumps(entries))
    return path


@asynccontextmanager
async def projecting(database: Database, connection: Connection) -> AsyncIterator[None]:
    """A catalog that projects."""
    stop = asyncio.Event()
    task = asyncio.create_task(Projector(database, connection, StreamReader(connection), 100).run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


@pytest.fixture
def project() -> Any:
    """Starts projecting, for tests that say when."""
    return projecting


@pytest.fixture
async def projector(database: Database, connection: Connection) -> AsyncIterator[None]:
    async with projecting(database, connection):
        yield


@pytest.fixture
async def gateway(
    migrated_url: str, database: Database, connection: Connection, tokens_file: Path
) -> AsyncIterator[Gateway]:
    async with running_gateway(migrated_url, connection, tokens_file) as gateway:
        yield gateway


@pytest.fixture
async def operator(gateway: Gateway, projector: None) -> AsyncIterator[httpx.AsyncClient]:
    """An operator's browser, while the catalog projects."""
    async with gateway.client() as client:
        yield client


@dataclass
class EnrolledPlayer:
    id: UUID
    token: str
    code: str


@dataclass
class Operators:
    """What operators do in the catalog."""

    database: Database

    async def create_player(self, *media: Uploaded) -> EnrolledPlayer:
        async with self.database.write() as session:
            created, credentials = await catalog_players.create(session, "Foyer", utc_now())
        if media:
            await self.assign(created.player.id, *media)
        return EnrolledPlayer(created.player.id, credentials.token, credentials.code)

    async def assign(self, player_id: UUID, *media: Uploaded) -> None:
        async with self.database.write() as session:
            await catalog_players.assign(session, player_id, [medium.id for medium in media])

    async def revoke(self, player_id: UUID) -> None:
        async with self.database.write() as session:
            await catalog_players.revoke(session, player_id, utc_now())

    async def player(self, player_id: UUID) -> Any:
        async with self.database.read() as session:
            return (await catalog_players.get(session, player_id)).player


@pytest.fixture
def operators(database: Database) -> Operators:
    return Operators(database)


@pytest.fixture
def ready(stream: Stream, operator: httpx.AsyncClient) -> Any:
    """Uploads and converts a deck, and waits until it can be shown."""

    async def make(content: str = "deck", **changes: Any) -> Uploaded:
        deck = await stream.upload(content=content, **changes)
        await stream.succeed(deck)
        answer = await operator.get(f"/api/media/{deck.id}/display?wait=20")
        assert answer.status_code == 302
        return deck

    return make


@pytest.fixture
def stream_to() -> type[Stream]:
    """Publishes to another server than the session's."""
    return Stream
