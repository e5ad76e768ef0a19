"""Shared fixtures of the catalog's tests: events with defaults, a stream in memory, and a running catalog."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
import pytest
from support.catalog import *  # noqa: F403 - its fixtures
from support.catalog import TOKENS
from support.facts import Events, Stream
from support.until import until

from infoscreen.catalog.api import Dependencies, create_app
from infoscreen.catalog.api.change_feed import ChangeFeed
from infoscreen.catalog.api.notification_listener import NotificationListener
from infoscreen.catalog.api.sign_outs import SignOuts
from infoscreen.catalog.database import Database
from infoscreen.catalog.media.versions import KeptVersions
from infoscreen.catalog.projection.catch_up import CatchUp
from infoscreen.catalog.projection.projector import Projector
from infoscreen.cli.ports import PortBook
from infoscreen.common.auth import TokenFile
from infoscreen.common.clock import utc_now
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import (
    Envelope,
    Event,
    subjects,
    to_body,
    to_headers,
)
from infoscreen.common.messaging.access import Access, authenticator
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.dead_letter import DeadLetters
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.open_limit import OpenLimit
from infoscreen.common.process import run_service
from infoscreen.common.rate_limit import RateLimit, parse_limit

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def events() -> Events:
    return Events()


@dataclass
class MessageLog:
    """A stream in memory with the interface of `StreamReader`, for tests with many or malformed messages."""

    messages: list[StoredMessage] = field(default_factory=list)

    def append(self, event: Event, event_id: str | None = None, message_id: str | None = None) -> int:
        """Store an event and return its sequence."""
        envelope = Envelope(event_id or str(uuid4()), "test", NOON, event)
        return self.append_raw(subjects.subject_of(event), to_body(event), to_headers(envelope, message_id))

    def append_raw(self, subject: str, data: bytes, headers: dict[str, str]) -> int:
        sequence = len(self.messages) + 1
        stored_at = NOON + timedelta(seconds=sequence)
        self.messages.append(StoredMessage(sequence, subject, data, headers, stored_at))
        return sequence

    async def read_batch(self, first_sequence: int, limit: int) -> list[StoredMessage]:
        return self.messages[first_sequence - 1 : first_sequence - 1 + limit]

    async def last_sequence(self) -> int:
        return len(self.messages)

    async def end_of_gap(self, offset: int) -> int:
        return offset


@pytest.fixture
def log() -> MessageLog:
    return MessageLog()


@pytest.fixture
def publisher(connection: Connection) -> Publisher:
    return Publisher(connection, "test")


@pytest.fixture
def stream(publisher: Publisher, events: Events) -> Stream:
    return Stream(publisher, events)


@dataclass
class Catalog:
    """A running catalog: its API, and a wait until it has projected a test's events."""

    url: str
    catch_up: CatchUp
    database: Database

    def client(self, role: str | None = "operator", **options: Any) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {TOKENS[role]}"} if role else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20, **options)

    async def projected(self, sequence: int) -> None:
        await self.catch_up.to_sequence(sequence)

    async def projected_in_the_end(self, sequence: int) -> None:
        """As `projected`, but outages of the database are retried."""

        async def projected() -> bool:
            await self.projected(sequence)
            return True

        await until(projected, f"event {sequence} is projected", ignoring=(UnavailableError,))


@asynccontextmanager
async def running_catalog(
    url: str,
    database: Database,
    connection: Connection,
    tokens: Path,
    *,
    rate_limit: str = "100000/minute",
    streams: tuple[int, int] = (100, 200),
    store: ObjectStore | None = None,
) -> AsyncIterator[Catalog]:
    """Run the projector, the listener, the feed and the API on a free port."""
    stop, port, reader = asyncio.Event(), PortBook().port("catalog"), StreamReader(connection)
    listener, publisher, sign_outs = NotificationListener(url), Publisher(connection, "catalog"), SignOuts()
    access = Access(connection, sign_outs.note)
    catch_up = CatchUp(database, reader, listener.changes, catch_up_seconds=20)
    feed = ChangeFeed(database, listener.changes)
    deps = Dependencies(
        database=database,
        catch_up=catch_up,
        publisher=publisher,
        authenticate=authenticator(TokenFile(tokens), access),
        feed=feed,
        edits=listener.edits,
        streams=OpenLimit("event streams", *streams),
        sign_outs=sign_outs,
        rate_limit=RateLimit(parse_limit(rate_limit)),
        dead_letters=DeadLetters(connection, publisher),
        store=store or cast("ObjectStore", None),  # what asks for no object needs no store
        clock=utc_now,
        media_log=MediaLog(reader),
        versions=KeptVersions(),
        trash_time=timedelta(days=30),
        stop=stop,
    )
    projector = Projector(database, connection, reader, batch_events=100)
    running = asyncio.create_task(
        run_service(
            host="127.0.0.1",
            apps=[(create_app(deps), port)],
            background=[projector.run, listener.run, feed.run, access.run],
            grace_seconds=5,
            stop=stop,
        )
    )
    try:
        await until(lambda: listener.edits.counts, "it listens")
        yield Catalog(f"http://127.0.0.1:{port}", catch_up, database)
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
    """Starts a catalog on servers of the test's own."""
    return running_catalog


@pytest.fixture
async def operator(catalog: Catalog) -> AsyncIterator[httpx.AsyncClient]:
    """A client with an operator's token."""
    async with catalog.client() as client:
        yield client
