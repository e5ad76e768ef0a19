"""What the gateway's tests share: the gateway running beside a projecting catalog, on real servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import httpx
import pytest
from support.catalog import *  # noqa: F403 - its fixtures
from support.catalog import GATEWAY_PASSWORD, TOKENS
from support.facts import Stream, Uploaded
from support.planner import Planner

from infoscreen.catalog.database import Database
from infoscreen.catalog.programme.audit import Author
from infoscreen.catalog.projection.projector import Projector
from infoscreen.catalog.screens import players as catalog_players
from infoscreen.cli.ports import PortBook
from infoscreen.common.auth import TokenFile
from infoscreen.common.client_address import parse_networks
from infoscreen.common.clock import utc_now
from infoscreen.common.messaging.access import Access, authenticator
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import Presigner
from infoscreen.common.open_limit import OpenLimit
from infoscreen.common.process import run_service
from infoscreen.common.rate_limit import RateLimit, parse_limit
from infoscreen.common.read_model import GATEWAY_ROLE
from infoscreen.common.settings import S3Settings
from infoscreen.player_gateway.api import Dependencies, create_app
from infoscreen.player_gateway.cache import Cache
from infoscreen.player_gateway.database import CatalogDatabase
from infoscreen.player_gateway.display import Display
from infoscreen.player_gateway.estimates import Estimates
from infoscreen.player_gateway.hints import PlayerHints
from infoscreen.player_gateway.links import Links
from infoscreen.player_gateway.manifest import Manifests
from infoscreen.player_gateway.media_changes import MediaChangeListener
from infoscreen.player_gateway.notifications import CatalogListener
from infoscreen.player_gateway.players import Players
from infoscreen.player_gateway.snapshots import Snapshots
from infoscreen.player_gateway.upload_lookup import StreamUploadLookup

PUBLIC_ENDPOINT = "http://edge.test:8080"


@pytest.fixture
def stream(connection: Connection) -> Stream:
    return Stream(Publisher(connection, "test"))


@dataclass
class Gateway:
    """A running gateway."""

    url: str
    display: Display
    database: CatalogDatabase
    most_guesses: ClassVar[int] = 10
    most_reports: ClassVar[int] = 20

    def client(self, token: str | None = TOKENS["operator"], **headers: str) -> httpx.AsyncClient:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        limits = httpx.Limits(max_connections=None)
        return httpx.AsyncClient(base_url=self.url, headers=bearer | headers, timeout=30, limits=limits)


@asynccontextmanager
async def running_gateway(
    catalog_url: str,
    connection: Connection,
    tokens_file: Path,
    rate_limit: str = "100000/minute",
    most_long_polls: int = 600,
) -> AsyncIterator[Gateway]:
    """The gateway on a free port, with the role that it has in production."""
    url = f"postgresql://{GATEWAY_ROLE}:{GATEWAY_PASSWORD}@{catalog_url.split('@', 1)[1]}"
    stop, port, database = asyncio.Event(), PortBook().port("gateway"), CatalogDatabase(url)
    await database.open()
    media, directory = Cache(database.media, 1000), Cache(database.player, 1000)
    programmes = Cache(database.programme, 1000)
    display = Display(
        media, StreamUploadLookup(MediaLog(StreamReader(connection))), Publisher(connection, "gateway"), 5
    )
    hints, guesses = (
        PlayerHints(database.hints),
        RateLimit(parse_limit(f"{Gateway.most_guesses}/minute"), "Your address"),
    )
    access = Access(connection)
    people = authenticator(TokenFile(tokens_file), access)
    players = Players(people, directory, programmes, hints=hints, directory=database, guesses=guesses)
    s3 = {"endpoint": PUBLIC_ENDPOINT, "public_endpoint": PUBLIC_ENDPOINT, "access_key": "a", "secret_key": "b"}
    deps = Dependencies(
        display=display,
        owners=database,
        links=Links(Presigner(S3Settings.model_validate(s3))),
        estimates=Estimates(database.workload, utc_now),
        manifests=Manifests(
            display, media, directory, programmes, newest=database, everything_limit=100, clock=utc_now
        ),
        players=players,
        snapshots=Snapshots(database, utc_now),
        rate_limit=RateLimit(parse_limit(rate_limit)),
        report_limit=RateLimit(parse_limit(f"{Gateway.most_reports}/minute")),
        snapshot_limit=RateLimit(parse_limit(f"{Gateway.most_reports}/minute")),
        long_polls=OpenLimit("long polls", most_long_polls, 1000),
        proxies=parse_networks("127.0.0.1"),
    )
    listener, media_changes = (
        CatalogListener(url, media, directory, programmes, hints),
        MediaChangeListener(connection, display),
    )
    running = asyncio.create_task(
        run_service(
            host="127.0.0.1",
            apps=[(create_app(deps), port)],
            background=[listener.run, media_changes.run, players.keep_seen, access.run],
            grace_seconds=5,
            stop=stop,
        )
    )
    try:
        yield Gateway(f"http://127.0.0.1:{port}", display, database)
    finally:
        stop.set()
        await running
        await database.close()


@pytest.fixture
def start_gateway(tokens_file: Path) -> Any:
    """Starts a gateway on other servers than the session's."""
    return partial(running_gateway, tokens_file=tokens_file)


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
    author: Author

    async def create_player(self, *media: Uploaded) -> EnrolledPlayer:
        async with self.database.write() as session:
            created, credentials = await catalog_players.create(session, "Foyer", Author("operator", utc_now()))
        if media:
            await self.assign(created.player.id, *media)
        return EnrolledPlayer(created.player.id, credentials.token, credentials.code)

    async def assign(self, player_id: UUID, *media: Uploaded) -> None:
        async with self.database.write() as session:
            await catalog_players.assign(session, player_id, [medium.id for medium in media], self.author)

    async def revoke(self, player_id: UUID) -> None:
        async with self.database.write() as session:
            await catalog_players.revoke(session, player_id, Author("operator", utc_now()))

    async def player(self, player_id: UUID) -> Any:
        async with self.database.read() as session:
            return (await catalog_players.get(session, player_id)).player


@pytest.fixture
def author() -> Author:
    return Author("operator", utc_now())


@pytest.fixture
def operators(database: Database, author: Author) -> Operators:
    return Operators(database, author)


@pytest.fixture
def planner(database: Database, author: Author) -> Planner:
    return Planner(database, author)


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
