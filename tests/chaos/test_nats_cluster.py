"""Three NATS servers with the production configuration: uploads go on, and stay, while any one of them is killed.

The servers run deploy/nats/cluster.conf, the file that Compose and Helm deploy. What an upload rests on is the
publisher's promise, so that is what is under load here: every event whose storage was confirmed must be in the stream,
once, at the sequence that was confirmed, whichever server died in between.
"""

import asyncio
import contextlib
import hashlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import nats_nodes
import pytest
from nats_nodes import NODES
from pydantic import SecretStr
from support.nats_users import PASSWORDS
from uuid_utils.compat import uuid7

from infoscreen.cli.background import running
from infoscreen.cli.ports import PortBook
from infoscreen.cli.probes import http_ok
from infoscreen.common.events import MediaDeleted, MediaUploaded, event_id
from infoscreen.common.events.publishing import OutdatedError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.permissions import OPERATOR
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.settings import NatsSettings

PUBLISHERS = 4
EVENTS_PER_STEP = 20


class Cluster:
    """Three servers, each of which can be killed and started again."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ports = PortBook()
        self._running = ExitStack()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def settings(self) -> NatsSettings:
        """As a service has them: every server in one setting, each stream on all of them."""
        url = SecretStr(nats_nodes.servers(self._ports, OPERATOR, PASSWORDS[OPERATOR]))
        return NatsSettings(url=url, stream_replicas=3, stream_max_bytes=512 * 1024**2)

    def start(self, *nodes: str) -> None:
        """Start servers without waiting for them: one alone never gets ready, two make a quorum."""
        for node in nodes:
            spec = replace(nats_nodes.spec(self._directory, self._ports, PASSWORDS, node), probe=lambda: None)
            self._processes[node] = self._running.enter_context(running(spec, self._directory / f"{node}.log"))

    def kill(self, node: str) -> None:
        """End a server without warning."""
        self._processes[node].kill()
        self._processes[node].wait()

    def is_healthy(self, node: str) -> bool:
        """True once it has its streams and is as far as their leaders."""
        return http_ok(f"{nats_nodes.monitor(self._ports, node)}/healthz")() is None

    def stop(self) -> None:
        self._running.close()

    def jetstream_options(self, node: str) -> dict:
        """What the server says it made of its configuration."""
        return httpx.get(f"{nats_nodes.monitor(self._ports, node)}/jsz").json()["config"]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    servers = Cluster(tmp_path)
    try:
        servers.start(*NODES)
        yield servers
    finally:
        servers.stop()


@pytest.fixture
async def connection(cluster: Cluster) -> AsyncIterator[Connection]:
    """A connection to the cluster, its topology applied."""
    await until(lambda: all(map(cluster.is_healthy, NODES)), "three healthy servers")
    opened = Connection()
    await opened.open(cluster.settings, "test")
    await topology.apply(opened.js, cluster.settings)
    yield opened
    await opened.close()


async def until(condition, what: str, seconds: float = 40) -> None:
    """Wait for something to become true."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(condition):
                await asyncio.sleep(0.05)
            return
    pytest.fail(f"{what}: not within {seconds:g} s")


def an_upload() -> MediaUploaded:
    media_id = uuid7()
    return MediaUploaded(
        media_id=media_id,
        filename="deck.pptx",
        media_type="application/vnd.openxmlformats-officedocument.presentationml.presentation",
        extension=".pptx",
        size_bytes=1,
        sha256=hashlib.sha256(media_id.bytes).hexdigest(),
        object_key=f"originals/{media_id}/1.pptx",
        uploaded_by="test",
    )


class Uploaders:
    """Publishes uploads without a pause and remembers what was confirmed, and as which sequence."""

    def __init__(self, connection: Connection) -> None:
        self._publisher = Publisher(connection, "infoscreen/test")
        self.confirmed: dict[str, int] = {}

    async def run(self) -> None:
        while True:
            upload = an_upload()
            identity = event_id(upload.type, upload.media_id)
            self.confirmed[str(identity)] = await self._publisher.publish(upload, identity)

    async def advance(self, events: int = EVENTS_PER_STEP) -> None:
        """Return once so many more were confirmed."""
        goal = len(self.confirmed) + events
        await until(lambda: len(self.confirmed) >= goal, f"{events} more confirmed uploads")


async def test_no_confirmed_upload_is_lost_while_each_server_is_killed_in_turn(cluster, connection):
    uploaders = Uploaders(connection)
    async with asyncio.TaskGroup() as group:
        publishing = [group.create_task(uploaders.run()) for _ in range(PUBLISHERS)]
        for node in NODES:
            await uploaders.advance()
            cluster.kill(node)
            await uploaders.advance()
            cluster.start(node)
            await until(lambda node=node: cluster.is_healthy(node), f"{node} has caught up")
        for task in publishing:
            task.cancel()

    stored = await everything(connection)
    assert {identity: stored.get(identity) for identity in uploaders.confirmed} == {
        identity: [sequence] for identity, sequence in uploaders.confirmed.items()
    }


async def test_of_a_deletion_and_a_replacement_at_once_three_servers_store_one(connection):
    """Three servers also answer 10164, which is no conflict: another write is in flight."""
    publisher = Publisher(connection, "infoscreen/test")

    async def contest() -> None:
        first = an_upload()
        generation = await publisher.publish(first, event_id(first.type, first.media_id), after=0)
        facts = [
            MediaDeleted(media_id=first.media_id, deleted_by="ann", generation=generation),
            first.model_copy(update={"object_key": "originals/other"}),
        ]
        outcomes = await asyncio.gather(
            *(publisher.publish(fact, event_id(fact.type, first.media_id, 2), after=generation) for fact in facts),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes if not isinstance(outcome, int)] == [OutdatedError]

    for _ in range(25):
        await asyncio.gather(*(contest() for _ in range(4)))
    assert await StreamReader(connection).last_sequence() == 200


async def test_the_production_configuration_syncs_every_write_and_keeps_three_copies(cluster, connection):
    assert all(cluster.jetstream_options(node)["sync_always"] for node in NODES)
    for stream in await connection.js.streams_info():
        assert stream.config.num_replicas == 3, stream.config.name


async def everything(connection: Connection) -> dict[str, list[int]]:
    """The sequences at which the stream holds each event id."""
    reader, found, after = StreamReader(connection), {}, 0
    last = await reader.last_sequence()
    while after < last:
        # A replica that is a little behind may answer: what it lacks comes with the next batch.
        for message in await reader.read_batch(after + 1, 500):
            found.setdefault(message.headers["Nats-Msg-Id"], []).append(message.sequence)
            after = message.sequence
    return found
