"""The notifier as it runs, on real servers, with a webhook receiver and a mail server as its peers."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

import asyncpg
import httpx
import pytest
from aiosmtpd.controller import Controller
from support.catalog import connection, tokens_file  # noqa: F401 - fixtures
from support.facts import Stream
from support.nats_users import as_user
from support.until import until

from infoscreen.cli.ports import PortBook
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.notifier import __main__ as notifier
from infoscreen.notifier.database import ROLE, SCHEMA
from infoscreen.notifier.migrate import migrate
from infoscreen.notifier.settings import MigrationSettings

PASSWORD = "notifier"


@dataclass
class Receiver:
    """A webhook's server: it keeps what comes, and answers as told."""

    port: int = 0
    requests: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    answer: Callable[[], str] = lambda: "204 No Content"
    hangs: asyncio.Event | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def items(self) -> list[dict[str, str]]:
        return [item for _, body in self.requests for item in body["data"]["items"]]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append((headers | {"raw": body.decode()}, json.loads(body)))
        if self.hangs:
            await self.hangs.wait()
        writer.write(f"HTTP/1.1 {self.answer()}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        if receiver.hangs:
            receiver.hangs.set()
        server.close()


@pytest.fixture
async def other_receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@dataclass
class Mailbox:
    """A mail server: it keeps what comes."""

    messages: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.messages.append(BytesParser(policy=default).parsebytes(envelope.content))
        return "250 kept"


@dataclass
class World:
    """A running notifier, and what its peers saw."""

    client: httpx.AsyncClient
    stream: Stream
    connection: Connection
    mailbox: Mailbox

    async def channel(self, target: str, kind: str = "webhook", **more: Any) -> dict[str, Any]:
        answer = await self.client.post("/api/channels", json={"name": "Us", "kind": kind, "target": target, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def notifier_urls(postgres_url: str) -> tuple[str, str]:
    """The database as its owner and as the notifier's role."""
    settings = MigrationSettings.model_validate({"owner_database_url": postgres_url, "database_password": PASSWORD})
    asyncio.run(migrate(settings))
    asyncio.run(migrate(settings))  # a repetition changes nothing
    return postgres_url, f"postgresql://{ROLE}:{PASSWORD}@{postgres_url.split('@')[1]}"


@pytest.fixture
async def world(
    notifier_urls,
    connection,  # noqa: F811 - the fixture
    nats_url,
    tokens_file,  # noqa: F811 - the fixture
    monkeypatch,
) -> AsyncIterator[World]:
    owner = await asyncpg.connect(notifier_urls[0])
    await owner.execute(f"TRUNCATE {SCHEMA}.channels, {SCHEMA}.conditions, {SCHEMA}.deliveries")
    await owner.close()
    ports, mailbox = PortBook(), Mailbox()
    async with AsyncExitStack() as stack:
        mail = Controller(mailbox, hostname="127.0.0.1", port=ports.port("mail"))
        mail.start()
        stack.callback(mail.stop)
        for name, value in {
            "NATS_URL": as_user(nats_url, "notifier"),
            "AUTH_TOKENS_FILE": str(tokens_file),
            "NOTIFIER_DATABASE_URL": notifier_urls[1],
            "NOTIFIER_HTTP_PORT": str(ports.port("http")),
            "NOTIFIER_OPS_PORT": str(ports.port("ops")),
            "NOTIFIER_SMTP_HOST": "127.0.0.1",
            "NOTIFIER_SMTP_PORT": str(ports.port("mail")),
            "NOTIFIER_SMTP_SECURITY": "none",
            "NOTIFIER_HOLD_SECONDS": "0",
            "NOTIFIER_SETTLE_SECONDS": "0",
            "NOTIFIER_ALLOWED_NETWORKS": "127.0.0.1/32",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("infoscreen.notifier.deliveries._FIRST_PAUSE_SECONDS", 0.1)
        stop = asyncio.Event()
        serving = asyncio.create_task(notifier.serve(stop))
        stack.push_async_callback(_ended, stop, serving)
        headers = {"Authorization": "Bearer operator-token"}
        url = f"http://127.0.0.1:{ports.port('http')}"
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=60)
        )
        await until(lambda: _answers(client), "the notifier answers", ignoring=(httpx.TransportError,))
        yield World(client, Stream(Publisher(connection, "infoscreen/test")), connection, mailbox)


async def _answers(client: httpx.AsyncClient) -> bool:
    return (await client.get("/api/channels")).status_code == 200


async def _ended(stop: asyncio.Event, serving: asyncio.Task[None]) -> None:
    stop.set()
    await serving
