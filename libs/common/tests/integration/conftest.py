"""What the integration tests of `common` share: an open connection, and a NATS server of a test's own to break."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from support.breakable_nats import BreakableNats

from infoscreen.common.events import MediaUploaded, new_media_id
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.settings import NatsSettings, S3Settings


@pytest.fixture
def breakable_nats(tmp_path: Path) -> Iterator[BreakableNats]:
    """A NATS server of the test's own."""
    server = BreakableNats(tmp_path)
    yield server
    server.close()


@pytest.fixture
def nats_settings(nats_url: str) -> NatsSettings:
    """The session's server, emptied."""
    return NatsSettings(url=nats_url)


async def opened(settings: NatsSettings) -> Connection:
    connection = Connection()
    await connection.open(settings, "test")
    await topology.apply(connection.js, settings)
    return connection


@pytest.fixture
async def connection(nats_settings: NatsSettings) -> AsyncIterator[Connection]:
    """A connection to the session's server, with the declared topology."""
    connection = await opened(nats_settings)
    yield connection
    await connection.close()


@pytest.fixture
async def breakable_connection(breakable_nats: BreakableNats) -> AsyncIterator[Connection]:
    """A connection to the test's own server, with the declared topology."""
    connection = await opened(breakable_nats.settings)
    yield connection
    await connection.close()


@pytest.fixture
def s3_settings(s3) -> S3Settings:
    """The module's own bucket."""
    return S3Settings(
        endpoint=s3.endpoint,
        public_endpoint=s3.endpoint,
        access_key=s3.access_key,
        secret_key=s3.secret_key,
        region=s3.region,
        bucket=s3.bucket,
    )


@pytest.fixture
def upload():
    """Makes a media.uploaded event of a new medium."""

    def make(**changes) -> MediaUploaded:
        facts = {
            "media_id": new_media_id(),
            "filename": "menu.pptx",
            "media_type": "application/pdf",
            "extension": "pdf",
            "size_bytes": 1,
            "sha256": "0" * 64,
            "object_key": "originals/a/b.pdf",
            "uploaded_by": "ann",
        }
        return MediaUploaded(**facts | changes)

    return make
