"""Each user of NATS may do what its service needs and nothing else, as a server with that configuration has it."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import nats
import pytest
import structlog
from nats.aio.client import Client
from support.nats_users import as_user

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import MediaDeleted
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.fact_purge import FactPurge
from infoscreen.common.messaging.permissions import OPERATOR, USERS, configuration, inbox_prefix
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.settings import NatsSettings

COMMITTED = Path(__file__).parents[4] / "deploy" / "nats" / "users.conf"
ACCOUNTS, INGEST, CATALOG, CONVERTER, GATEWAY, NOTIFIER = USERS[:-1]
KNOWS_PEOPLE = {ACCOUNTS, INGEST, CATALOG, GATEWAY, NOTIFIER}
READS_FACTS = {INGEST, CATALOG, CONVERTER, GATEWAY, NOTIFIER}

MAY_PUBLISH = {
    "media.uploaded.1": {INGEST},
    "media.deleted.1": {INGEST, CATALOG},
    "media.trashed.1": {INGEST},
    "media.restored.1": {INGEST},
    "media.renamed.1": {INGEST},
    "media.tagged.1": {INGEST},
    "media.owned.1": {INGEST},
    "media.invented.1": set(),
    "conversion.requested.1": {INGEST, CATALOG, CONVERTER, GATEWAY},
    "conversion.requested.1.urgent": {INGEST, CATALOG, CONVERTER, GATEWAY},
    "conversion.started.1": {CONVERTER},
    "conversion.progressed.1": {CONVERTER},
    "conversion.succeeded.1": {CONVERTER},
    "conversion.failed.1": {CONVERTER, CATALOG},
    "screen.dark.1": {CATALOG},
    "screen.overridden.1": {CATALOG},
    "dead.converter": {CONVERTER},
    "dead.converter-bulk": {CONVERTER},
    "dead.notifier": {NOTIFIER},
    "$KV.access.digest": {ACCOUNTS},
    "$KV.renditions.key": {CONVERTER, CATALOG},
    "$JS.API.STREAM.PURGE.INFOSCREEN": {CATALOG},
    "$JS.API.STREAM.PURGE.KV_access": set(),
    "$JS.API.STREAM.MSG.DELETE.INFOSCREEN": set(),
    "$JS.API.STREAM.MSG.DELETE.DEAD_LETTERS": {CATALOG},
    "$JS.API.STREAM.DELETE.NOWHERE": set(),
    "$JS.API.STREAM.UPDATE.NOWHERE": set(),
    "$JS.API.STREAM.CREATE.NOWHERE": set(),
    "$JS.API.STREAM.SNAPSHOT.NOWHERE": set(),
    "$JS.API.STREAM.RESTORE.NOWHERE": set(),
    "$JS.API.CONSUMER.CREATE.INFOSCREEN.mine": set(),
    "$JS.API.CONSUMER.CREATE.KV_access.mine": set(),
    "$JS.API.CONSUMER.DURABLE.CREATE.INFOSCREEN.mine": set(),
    "$JS.API.CONSUMER.DELETE.INFOSCREEN.converter": set(),
    "$JS.API.CONSUMER.MSG.NEXT.INFOSCREEN.converter": {CONVERTER},
    "$JS.API.CONSUMER.MSG.NEXT.INFOSCREEN.notifier": {NOTIFIER},
    "$JS.API.CONSUMER.MSG.NEXT.DEAD_LETTERS.notifier": {NOTIFIER},
    "$JS.ACK.INFOSCREEN.converter.1.1.1.1.1": {CONVERTER},
    "$JS.ACK.INFOSCREEN.notifier.1.1.1.1.1": {NOTIFIER},
    "$JS.API.STREAM.INFO.INFOSCREEN": {*USERS},
    "$JS.API.STREAM.MSG.GET.INFOSCREEN": READS_FACTS,
    "$JS.API.DIRECT.GET.INFOSCREEN": READS_FACTS,
    "$JS.API.STREAM.MSG.GET.KV_access": KNOWS_PEOPLE,
    "$JS.API.DIRECT.GET.KV_access": KNOWS_PEOPLE,
    "$JS.API.STREAM.MSG.GET.DEAD_LETTERS": {CATALOG},
    "$JS.API.DIRECT.GET.KV_renditions": {INGEST, CATALOG, CONVERTER},
    "_INBOX.ingest.answer": set(),
}
MAY_HEAR = {
    ">": set(),
    "media.>": {CATALOG},
    "media.uploaded.*": {CATALOG, CONVERTER, GATEWAY, NOTIFIER},
    "conversion.>": {CATALOG},
    "conversion.requested.*": {CATALOG, CONVERTER},
    "screen.*.*": {CATALOG, NOTIFIER},
    "dead.>": {NOTIFIER},
    "$KV.access.>": KNOWS_PEOPLE,
    "$KV.renditions.>": set(),
    "$JS.API.>": set(),
    "$JS.EVENT.>": set(),
    **{f"_INBOX.{user}.>": {user} for user in USERS},
    "_INBOX.>": set(),
}
LAST_REQUEST = "$JS.API.STREAM.INFO.INFOSCREEN"
DELETED = MediaDeleted(media_id=uuid4(), deleted_by="test")
NOT_EVEN_THE_OPERATOR = {"$KV.access.digest", "$JS.API.STREAM.PURGE.INFOSCREEN"}


@asynccontextmanager
async def refusals(address: str, user: str, action: str) -> AsyncIterator[tuple[Client, list[str]]]:
    """A client, and all subjects that the server refuses it while the block runs, in the lower case of nats-py."""
    refused: list[str] = []

    async def note(error: Exception) -> None:
        assert f"permissions violation for {action} to" in str(error).lower(), error
        refused.append(str(error).split('"')[1].lower())

    url = as_user(address, user)
    client = await nats.connect(url, error_cb=note, allow_reconnect=False, inbox_prefix=inbox_prefix(user))
    try:
        yield client, refused
        await answered(client)
    finally:
        await client.close()


async def answered(client: Client) -> None:
    """Returns once the server dealt with all that was sent before. (A flush of nats-py may overtake it.)"""
    await client.request(LAST_REQUEST, timeout=60)


def expected(table: dict[str, set[str]], user: str) -> set[str]:
    if user == OPERATOR:
        return {subject.lower() for subject in table if subject in NOT_EVEN_THE_OPERATOR}
    return {subject.lower() for subject, users in table.items() if user not in users}


@pytest.mark.parametrize("user", USERS)
async def test_a_user_publishes_what_its_service_does_and_nothing_else(nats_url, user):
    async with refusals(nats_url, user, "publish") as (client, refused):
        for subject in MAY_PUBLISH:
            await client.publish(subject, b"")
    assert {*refused} == expected(MAY_PUBLISH, user)


@pytest.mark.parametrize("user", USERS)
async def test_a_user_hears_what_its_service_follows_and_its_own_answers(nats_url, user):
    async with refusals(nats_url, user, "subscription") as (client, refused):
        for subject in MAY_HEAR:
            await client.subscribe(subject)
    assert {*refused} == expected(MAY_HEAR, user)


@pytest.fixture
async def as_gateway(nats_url) -> AsyncIterator[Connection]:
    connection = Connection()
    await connection.open(NatsSettings(url=as_user(nats_url, GATEWAY)), "test")
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    "use",
    [
        lambda connection: Publisher(connection, "test").publish(DELETED, uuid4(), deadline_seconds=600),
        lambda connection: FactPurge(connection).purge(uuid4(), before=1),
    ],
    ids=["publish", "purge"],
)
async def test_what_is_refused_is_said_at_once_with_the_subject_and_the_mend(
    as_gateway: Connection, use: Callable[[Connection], Coroutine]
):
    with (
        structlog.testing.capture_logs() as logs,
        pytest.raises(UnavailableError, match=r"NATS refuses .* to \S+\.") as e,
    ):
        await use(as_gateway)
    assert "docs/runbook/nats-refuses.md" in str(e.value)
    [refused] = [line for line in logs if line["event"] == "nats_refused"]
    assert (refused["log_level"], refused["action"]) == ("error", "publish")


async def test_a_subscription_that_is_refused_is_logged_with_the_mend(as_gateway: Connection):
    with structlog.testing.capture_logs() as logs:
        await as_gateway.client.subscribe("dead.>")
        await answered(as_gateway.client)
    assert [(line["log_level"], line["action"], line["subject"]) for line in logs] == [
        ("error", "subscription", "dead.>")
    ]


def test_the_committed_configuration_is_up_to_date():
    made = "python -m infoscreen.common.messaging.permissions > deploy/nats/users.conf"
    assert COMMITTED.read_text() == configuration(), f"run: {made}"
