"""A real ingest process on real servers, and what it leaves in the stream and in the bucket."""

import asyncio
import io
import json
import os
import sys
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from support.breakable_nats import BreakableNats
from support.nats_users import as_user
from support.until import second_after, until

from infoscreen.cli.background import running
from infoscreen.cli.child import ChildSpec
from infoscreen.cli.ports import PortBook
from infoscreen.cli.probes import http_answers
from infoscreen.common.auth import token_digest
from infoscreen.common.events import Envelope, MediaUploaded, decode, event_id, new_media_id
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.settings import NatsSettings, S3Settings
from infoscreen.ingest.announcement import Announcement
from infoscreen.ingest.announcer import Announcer
from infoscreen.ingest.outbox import ObjectOutbox

TOKENS = {"ann": "operator", "eve": "editor", "bob": "uploader", "carol": "uploader", "pi": "player"}
MAX_UPLOAD_BYTES = 8 * 1024**2
IDLE_SECONDS = 1


def bearer(name: str) -> dict[str, str]:
    """The header of one of the people above; their tokens are their names."""
    return {"Authorization": f"Bearer {name}"}


@dataclass
class Ingest:
    """A running ingest."""

    url: str
    ops_url: str
    spec: ChildSpec
    log: Path
    stack: ExitStack

    def start(self) -> None:
        self.process = self.stack.enter_context(running(self.spec, self.log))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    async def sees_nats(self) -> None:
        """Returns once it is connected."""
        async with httpx.AsyncClient(trust_env=False) as ops:

            async def seen() -> bool:
                return (await ops.get(f"{self.ops_url}/readyz")).json()["checks"]["nats"] == "ok"

            await until(seen, "ingest is connected to NATS")

    def client(self, name: str = "bob") -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers=bearer(name), trust_env=False, timeout=60)


@pytest.fixture(scope="module")
def start_ingest(tmp_path_factory) -> Iterator[Callable[..., Ingest]]:
    """Starts an ingest for the given servers, perhaps by another program; each is stopped in the end."""
    with ExitStack() as stack:

        def start(nats_url: str, s3, *, before: tuple[str, ...] = (), **settings: str) -> Ingest:
            directory, ports = tmp_path_factory.mktemp("ingest"), PortBook()
            tokens = [{"name": n, "role": role, "sha256": token_digest(n)} for n, role in TOKENS.items()]
            (directory / "tokens.json").write_text(json.dumps(tokens))
            env = {
                "PATH": os.environ["PATH"],
                "NATS_URL": as_user(nats_url, "ingest"),
                "S3_ENDPOINT": s3.endpoint,
                "S3_PUBLIC_ENDPOINT": s3.endpoint,
                "S3_ACCESS_KEY": s3.access_key,
                "S3_SECRET_KEY": s3.secret_key,
                "S3_BUCKET": s3.bucket,
                "AUTH_TOKENS_FILE": str(directory / "tokens.json"),
                "LOG_FORMAT": "console",
                "INGEST_HTTP_PORT": str(ports.port("http")),
                "INGEST_OPS_PORT": str(ports.port("ops")),
                "INGEST_MAX_UPLOAD_BYTES": str(MAX_UPLOAD_BYTES),
                "INGEST_BODY_IDLE_SECONDS": str(IDLE_SECONDS),
                "INGEST_PUBLISH_DEADLINE_SECONDS": "2",  # shorter than in production, long enough for a busy machine
                "INGEST_RELAY_INTERVAL_SECONDS": "0.1",
                **settings,
            }
            ops_url = f"http://127.0.0.1:{env['INGEST_OPS_PORT']}"
            spec = ChildSpec(
                name="ingest",
                argv=(*before, sys.executable, "-m", "infoscreen.ingest"),
                env=env,
                probe=http_answers(f"{ops_url}/livez"),
            )
            url = f"http://127.0.0.1:{env['INGEST_HTTP_PORT']}"
            ingest = Ingest(url, ops_url, spec, directory / "ingest.log", stack)
            ingest.start()
            return ingest

        yield start


@pytest.fixture(scope="module")
def ingest(start_ingest, session_nats_url, s3) -> Ingest:
    """The module's ingest."""
    return start_ingest(session_nats_url, s3)


@pytest.fixture
async def client(ingest, stream, bucket) -> AsyncIterator[httpx.AsyncClient]:
    """An uploader's HTTP client for the module's ingest, with an empty stream and an empty bucket behind it."""
    async with ingest.client() as client:
        yield client


class Stream:
    """What the stream holds."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._reader = StreamReader(connection)

    async def envelopes(self) -> list[Envelope]:
        await self.connection.wait_connected()
        return [decode(m.headers, m.data) for m in await self._reader.read_batch(1, 1000)]

    async def begun(self) -> None:
        """Returns once the store's clock is past the stream's beginning: no collector judges an older object."""
        await second_after(await self._reader.complete_since())

    async def events(self, kind: str = "") -> list:
        return [e.event for e in await self.envelopes() if e.event.type.startswith(kind)]


async def opened_stream(nats_url: str, **settings_of_the_stream: float) -> Stream:
    connection, settings = Connection(), NatsSettings(url=nats_url, **settings_of_the_stream)
    await connection.open(settings, "test")
    await topology.apply(connection.js, settings)
    return Stream(connection)


@pytest.fixture
async def stream(nats_url) -> AsyncIterator[Stream]:
    """The session's stream, empty."""
    stream = await opened_stream(nats_url)
    yield stream
    await stream.connection.close()


@pytest.fixture(scope="module")
def breakable_nats(tmp_path_factory) -> Iterator[BreakableNats]:
    """A NATS server of the module's own."""
    server = BreakableNats(tmp_path_factory.mktemp("nats"))
    yield server
    server.close()


@pytest.fixture
async def breakable_stream(breakable_nats, bucket) -> AsyncIterator[Stream]:
    """The stream of the module's own server, which is up again, and empty; nothing is parked any more."""
    breakable_nats.start()
    stream = await opened_stream(breakable_nats.url)
    for existing in await stream.connection.js.streams_info():
        await stream.connection.js.delete_stream(existing.config.name)
    await topology.apply(stream.connection.js, breakable_nats.settings)
    yield stream
    await stream.connection.close()


@pytest.fixture
async def bucket(s3) -> AsyncIterator[ObjectStore]:
    """The module's bucket, empty."""
    store = ObjectStore(
        S3Settings(
            endpoint=s3.endpoint,
            public_endpoint=s3.endpoint,
            access_key=s3.access_key,
            secret_key=s3.secret_key,
            bucket=s3.bucket,
        )
    )
    for stored in await store.list(""):
        await store.delete(stored.key)
    await store.abort_stale_uploads("", datetime.now(UTC) + timedelta(days=1))
    yield store
    store.close()


def presentation(*, padding_bytes: int = 0, title: str = "Menu") -> bytes:
    """The smallest package that says it is a PPTX; nothing in ingest opens its slides."""
    main = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    types = f'<Types><Override PartName="/ppt/presentation.xml" ContentType="{main}"/></Types>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("[Content_Types].xml", types)
        package.writestr("docProps/title", title)
        package.writestr("ppt/media/image1.bin", b"\0" * padding_bytes)
    return buffer.getvalue()


@pytest.fixture
def make_deck():
    """Makes small presentations."""
    return presentation


@pytest.fixture
def deck() -> bytes:
    """A small presentation."""
    return presentation()


@pytest.fixture
def unfinished(bucket: ObjectStore):
    """Waits until the bucket holds so many unfinished uploads."""

    async def wait_for(count: int) -> None:
        async def found() -> bool:
            listed = await asyncio.to_thread(bucket._client._list_multipart_uploads, bucket._bucket)
            return len(listed.uploads) == count

        await until(found, f"{count} unfinished uploads")

    return wait_for


@pytest.fixture
def deck_form(deck: bytes) -> dict:
    """The request body of an upload of it."""
    return {"files": {"file": ("menu.pptx", deck, "application/octet-stream")}}


@pytest.fixture
def outbox(bucket, stream) -> ObjectOutbox:
    """The outbox by itself, on the session's stream."""
    publisher, media = Publisher(stream.connection, "infoscreen/test"), MediaLog(StreamReader(stream.connection))
    return ObjectOutbox(bucket, Announcer(publisher, media, publish_deadline_seconds=1))


@pytest.fixture
def announce():
    """Makes the announcement of an upload."""

    def make(
        event: MediaUploaded, message_id: str = "", *, replacement: bool = False, owned_by=None, at=None
    ) -> Announcement:
        identity = str(event_id(event.type, event.media_id, event.object_key))
        envelope = Envelope(identity, "infoscreen/test", at or datetime.now(UTC), event)
        return Announcement(envelope, message_id or identity, replacement, owned_by)

    return make


@pytest.fixture
def uploaded():
    """Makes media.uploaded events of new media."""

    def make(media_id=None) -> MediaUploaded:
        media_id = media_id or new_media_id()
        return MediaUploaded(
            media_id=media_id,
            filename="menu.pptx",
            media_type="application/pdf",
            extension="pdf",
            size_bytes=1,
            sha256="0" * 64,
            object_key=f"originals/{media_id}/{uuid4()}.pdf",
            uploaded_by="ann",
        )

    return make
