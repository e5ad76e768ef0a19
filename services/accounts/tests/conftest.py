"""A running accounts on a real Postgres and NATS, and a copy of the access bucket as another service holds it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from support.catalog import *  # noqa: F403 - its fixtures
from support.catalog import TOKENS
from support.until import until

from infoscreen.accounts.api import Dependencies, create_app
from infoscreen.accounts.credentials import Credentials
from infoscreen.accounts.database import ROLE, SCHEMA, Database
from infoscreen.accounts.invites import Invites
from infoscreen.accounts.migrate import migrate
from infoscreen.accounts.passwords import Passwords
from infoscreen.accounts.people import People
from infoscreen.accounts.projection import Projection
from infoscreen.accounts.settings import MigrationSettings
from infoscreen.accounts.slowing import Slowing
from infoscreen.cli.ports import PortBook
from infoscreen.common.auth import TokenFile
from infoscreen.common.client_address import parse_networks
from infoscreen.common.clock import utc_now
from infoscreen.common.messaging.access import Access, AccessBucket, authenticator
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.process import run_service
from infoscreen.common.rate_limit import RateLimit, parse_limit

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def owner_url(postgres_url: str) -> str:
    settings = MigrationSettings.model_validate({"owner_database_url": postgres_url, "database_password": "accounts"})
    asyncio.run(migrate(settings))
    return postgres_url


@pytest.fixture
async def database_url(owner_url: str) -> str:
    """The database as the service's role reaches it, without any account."""
    owner = await asyncpg.connect(owner_url)
    await owner.execute(f"TRUNCATE {SCHEMA}.account, {SCHEMA}.invite CASCADE")
    await owner.close()
    return f"postgresql://{ROLE}:accounts@{owner_url.split('@', 1)[1]}"


@dataclass
class Now:
    """The service's clock, which tests put forward."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


@dataclass
class Accounts:
    """A running accounts, and another service's view of who its credentials are."""

    url: str
    access: Access
    projection: Projection
    clock: Now
    browsers: AsyncExitStack = field(default_factory=AsyncExitStack)
    _numbers: Any = field(default_factory=count)

    def client(self, token: str | None = None, **options: Any) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60, **options)

    def operator(self) -> httpx.AsyncClient:
        """The token file's operator."""
        return self.client(TOKENS["operator"])

    async def invite(self, role: str = "uploader") -> str:
        """The secret of a fresh invite."""
        async with self.operator() as operator:
            answer = await operator.post("/api/invites", json={"name": "for a test", "role": role})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["secret"])

    async def person(self, role: str = "uploader") -> "Person":
        """A new account, signed in."""
        email = f"person-{next(self._numbers)}@example.org"
        body = {"invite": await self.invite(role), "name": "Person", "email": email, "password": PASSWORD}
        browser = await self.browsers.enter_async_context(self.client())
        answer = await browser.post("/api/people", json=body)
        assert answer.status_code == 201, answer.text
        return Person(browser, str(answer.json()["account_id"]), email)

    async def known(self, secret: str) -> bool:
        """Whether another service takes a credential."""
        return await self.access.find(secret) is not None

    async def unknown_everywhere(self, secret: str) -> None:
        """Wait until another service refuses a credential."""

        async def refused() -> bool:
            return not await self.known(secret)

        await until(refused, "the credential is refused")


@dataclass
class Person:
    """An account and the browser that it is signed in with."""

    browser: httpx.AsyncClient
    account_id: str
    email: str

    @property
    def session(self) -> str:
        return str(self.browser.cookies["infoscreen_session"])


@asynccontextmanager
async def running_accounts(database_url: str, connection: Connection, tokens: Path) -> AsyncIterator[Accounts]:
    """Run the API, and the copies of the bucket."""
    stop, port, clock = asyncio.Event(), PortBook().port("accounts"), Now()
    database, passwords = Database(database_url), Passwords()
    await database.open()
    access, elsewhere, bucket = Access(connection), Access(connection), AccessBucket(connection)
    projection = Projection(database, bucket)
    credentials = Credentials(database, projection, timedelta(days=30), clock)
    shared = {"database": database, "projection": projection, "credentials": credentials, "passwords": passwords}
    people = People(**shared, slowing=Slowing(), clock=clock)
    deps = Dependencies(
        people=people,
        invites=Invites(**shared, people=people, lifetime=timedelta(hours=72), clock=clock),
        credentials=credentials,
        authenticate=authenticator(TokenFile(tokens), access),
        bucket=bucket,
        rate_limit=RateLimit(parse_limit("100000/minute")),
        proxies=parse_networks("127.0.0.1"),
        public_url="http://screens.example.org",
    )
    running = asyncio.create_task(
        run_service(
            host="127.0.0.1",
            apps=[(create_app(deps), port)],
            background=[access.run, elsewhere.run, partial(projection.run, 60)],
            grace_seconds=5,
            stop=stop,
        )
    )
    try:
        accounts = Accounts(f"http://127.0.0.1:{port}", elsewhere, projection, clock)
        async with accounts.browsers:
            yield accounts
    finally:
        stop.set()
        await running
        passwords.close()
        await database.close()


@pytest.fixture
async def accounts(database_url: str, connection: Connection, tokens_file: Path) -> AsyncIterator[Accounts]:
    async with running_accounts(database_url, connection, tokens_file) as accounts:
        yield accounts
