"""The doctor's verdict on the version of a real NATS server."""

import re

import pytest
from pydantic import SecretStr

from infoscreen.cli.doctor import server_checks
from infoscreen.cli.doctor.finding import Hop, Verdict
from infoscreen.cli.doctor.server_checks import ServerChecks
from infoscreen.cli.doctor.target import Target
from infoscreen.cli.servers_access import Access
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.settings import NatsSettings, S3Settings


@pytest.fixture
async def nats_finding(nats_url, s3, postgres_url):
    """Runs all server checks; returns the finding on the NATS server."""
    settings = NatsSettings(url=SecretStr(nats_url), stream_max_bytes=64 * 1024**2)
    s3_settings = S3Settings(
        endpoint=s3.endpoint, public_endpoint=s3.endpoint, bucket=s3.bucket,
        access_key=SecretStr(s3.access_key), secret_key=SecretStr(s3.secret_key),
    )  # fmt: skip
    connection, store = Connection(), ObjectStore(s3_settings)
    await connection.open(settings, "test")
    await topology.apply(connection.js, settings)
    target = Target(Access(settings, s3_settings, postgres_url), edge="", token="")

    async def find():
        findings = await ServerChecks(target, connection, store).run()
        return next(finding for finding in findings if (finding.hop, finding.what) == (Hop.NATS, "server"))

    yield find
    await connection.close()
    store.close()


async def test_the_version_of_nats_is_reported_by_its_numbers(nats_finding):
    found = await nats_finding()
    assert found.verdict is Verdict.FINE
    assert re.fullmatch(r"NATS \d+\.\d+\.\d+", found.seen)


async def test_a_nats_that_is_too_old_is_broken(nats_finding, monkeypatch):
    monkeypatch.setattr(server_checks, "OLDEST_NATS", (3, 0))
    found = await nats_finding()
    assert found.verdict is Verdict.BROKEN
    assert "is too old" in found.seen
