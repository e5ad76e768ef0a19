"""The HTTP services as processes of their own on real servers, with something in them to ask for."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from support.facts import Stream
from support.nats_users import as_user

from infoscreen.accounts.database import ROLE as ACCOUNTS_ROLE
from infoscreen.accounts.migrate import migrate as migrate_accounts
from infoscreen.accounts.settings import MigrationSettings
from infoscreen.catalog.maintenance.migrate import migrate
from infoscreen.catalog.settings import DatabaseSettings
from infoscreen.cli.background import running
from infoscreen.cli.child import ChildSpec
from infoscreen.cli.ports import PortBook
from infoscreen.cli.probes import http_ok
from infoscreen.common.auth import token_digest
from infoscreen.common.events import MediaUploaded
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.dead_letter import publish_dead_letter
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.read_model import GATEWAY_ROLE
from infoscreen.common.settings import NatsSettings
from infoscreen.notifier.database import ROLE as NOTIFIER_ROLE
from infoscreen.notifier.migrate import migrate as migrate_notifier
from infoscreen.notifier.settings import MigrationSettings as NotifierMigration

ROLES = ("viewer", "uploader", "editor", "operator", "player")
"""The tokens are the roles' names."""

_SERVICES = {
    "accounts": "ACCOUNTS",
    "ingest": "INGEST",
    "catalog": "CATALOG",
    "player-gateway": "PLAYER_GATEWAY",
    "notifier": "NOTIFIER",
}
_GATEWAY_PASSWORD, _ACCOUNTS_PASSWORD, _NOTIFIER_PASSWORD = "gateway", "accounts", "notifier"


@dataclass(frozen=True)
class Services:
    """Where the running services are, and what they know of: media in every state, and players."""

    urls: dict[str, str]
    ops: dict[str, str]
    media_ids: list[UUID]
    player_ids: list[UUID]
    converted_paths: list[str]
    channel_ids: list[UUID]

    def client(self, service: str, role: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {role}"}
        return httpx.Client(base_url=self.urls[service], headers=headers, timeout=30, trust_env=False)


@pytest.fixture(scope="module")
def services(session_nats_url, s3, postgres_url, tmp_path_factory) -> Iterator[Services]:
    """Ingest, the catalog and the gateway, as they run in production, but for the rate limit."""
    directory, ports, nats = tmp_path_factory.mktemp("services"), PortBook(), NatsSettings(url=session_nats_url)
    database = DatabaseSettings(database_url=postgres_url, gateway_database_password=_GATEWAY_PASSWORD)
    asyncio.run(migrate(database))
    asyncio.run(migrate_accounts(_of_accounts(postgres_url)))
    of_notifier = NotifierMigration(owner_database_url=postgres_url, database_password=_NOTIFIER_PASSWORD)
    asyncio.run(migrate_notifier(of_notifier))
    env = _environment(directory, ports, session_nats_url, s3, postgres_url)
    media = asyncio.run(_seed(nats))
    with ExitStack() as stack:
        for name in _SERVICES:
            stack.enter_context(running(_spec(name, env, ports), directory / f"{name}.log"))
        urls = {name: f"http://127.0.0.1:{ports.port(name)}" for name in _SERVICES}
        ops = {name: f"http://127.0.0.1:{ports.port(f'{name}-ops')}" for name in _SERVICES}
        paths = [f"{media[0].sha256}/{media[0].media_id}.{kind}" for kind in ("pdf", "webp")]
        services = Services(urls, ops, [medium.media_id for medium in media], [], paths, [])
        services.player_ids.extend(_players(services))
        services.channel_ids.append(_channel(services))
        yield services


def _of_accounts(postgres_url: str) -> MigrationSettings:
    return MigrationSettings(owner_database_url=postgres_url, database_password=_ACCOUNTS_PASSWORD)


def _environment(directory: Path, ports: PortBook, nats_url: str, s3, postgres_url: str) -> dict[str, str]:
    tokens = [{"name": role, "role": role, "sha256": token_digest(role)} for role in ROLES]
    (directory / "tokens.json").write_text(json.dumps(tokens))
    return {
        "PATH": os.environ["PATH"],
        "NATS_URL": nats_url,
        "S3_ENDPOINT": s3.endpoint,
        "S3_PUBLIC_ENDPOINT": s3.endpoint,
        "S3_ACCESS_KEY": s3.access_key,
        "S3_SECRET_KEY": s3.secret_key,
        "S3_BUCKET": s3.bucket,
        "AUTH_TOKENS_FILE": str(directory / "tokens.json"),
        **{f"{prefix}_RATE_LIMIT": "1000000/minute" for prefix in _SERVICES.values()},
        "PLAYER_GATEWAY_REPORT_LIMIT": "1000000/minute",
        "ACCOUNTS_DATABASE_URL": f"postgresql://{ACCOUNTS_ROLE}:{_ACCOUNTS_PASSWORD}@{postgres_url.split('@')[1]}",
        "ACCOUNTS_PUBLIC_URL": "http://screens.example.org",
        "CATALOG_DATABASE_URL": postgres_url,
        "PLAYER_GATEWAY_DATABASE_URL": f"postgresql://{GATEWAY_ROLE}:{_GATEWAY_PASSWORD}@{postgres_url.split('@')[1]}",
        "NOTIFIER_DATABASE_URL": f"postgresql://{NOTIFIER_ROLE}:{_NOTIFIER_PASSWORD}@{postgres_url.split('@')[1]}",
        "NOTIFIER_SMTP_HOST": "127.0.0.1",
        "NOTIFIER_SMTP_PORT": "1",
        **{f"{prefix}_HTTP_PORT": str(ports.port(name)) for name, prefix in _SERVICES.items()},
        **{f"{prefix}_OPS_PORT": str(ports.port(f"{name}-ops")) for name, prefix in _SERVICES.items()},
    }


def _spec(name: str, env: dict[str, str], ports: PortBook) -> ChildSpec:
    ready = http_ok(f"http://127.0.0.1:{ports.port(f'{name}-ops')}/readyz")
    return ChildSpec(
        name=name,
        argv=(sys.executable, "-m", f"infoscreen.{name.replace('-', '_')}"),
        env={**env, "NATS_URL": as_user(env["NATS_URL"], name)},
        probe=ready,
    )


def _players(services: Services) -> Iterator[UUID]:
    """One that shows a medium, and one that was revoked."""
    with services.client("catalog", "operator") as operator:
        for name in ("Foyer", "Attic"):
            created = operator.post("/api/players", json={"name": name})
            yield UUID(created.raise_for_status().json()["player_id"])
        foyer, attic = [player["player_id"] for player in operator.get("/api/players").json()["items"]][-2:]
        shown = {"media_ids": [str(services.media_ids[0])]}
        operator.put(f"/api/players/{foyer}/media", json=shown).raise_for_status()
        operator.delete(f"/api/players/{attic}").raise_for_status()


def _channel(services: Services) -> UUID:
    """One whose mail server is away."""
    wanted = {"name": "Operators", "kind": "email", "target": "operators@example.org"}
    with services.client("notifier", "operator") as operator:
        created = operator.post("/api/channels", json=wanted).raise_for_status()
    return UUID(created.json()["channel_id"])


async def _seed(nats: NatsSettings) -> list[MediaUploaded]:
    """Media in every state, a dead letter, and a message that cannot be applied."""
    connection = Connection()
    await connection.open(nats, "seed")
    try:
        await topology.apply(connection.js, nats)
        stream = Stream(Publisher(connection, "seed"))
        uploads = [await stream.upload(content=content) for content in ("ready", "failed", "processing", "pending")]
        ready, failed, processing, _ = uploads
        uploads += [await stream.upload(content="picture", media_type="image/png", extension="png")]
        uploads += [await stream.upload(content="deleted")]
        await stream.succeed(ready)
        await stream.fail(failed)
        await stream.start(processing)
        await stream.delete(uploads[-1])
        await connection.js.publish("media.nonsense", b"not an event")
        await _bury(connection)
    finally:
        await connection.close()
    return [upload.event for upload in uploads]


async def _bury(connection: Connection) -> None:
    subscription = await connection.js.pull_subscribe_bind(consumer="converter", stream=topology.STREAM)
    for message in await subscription.fetch(3, timeout=5):
        await publish_dead_letter(connection, message, "handler_error", "it broke")
        await message.ack_sync()
