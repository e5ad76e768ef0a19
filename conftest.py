"""Real servers for every member's integration tests: each starts once a session, and only when a test asks for it.

- `nats_url`: NATS with JetStream, emptied before each test: no streams, no buckets are left from the one before.
- `s3`: SeaweedFS's access data with a bucket of the test module's own.
- `each_s3`: the same of SeaweedFS and then of MinIO, whose program the environment variable MINIO_BIN names.
- `postgres_url`: a fresh database for each test module, owned by a role that may create roles.

All listen on loopback, on free ports. A test that changes server-wide state, kills a server or needs two of them
starts its own with `infoscreen.cli.background.running`.
"""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import nats
import pytest
from hypothesis import settings as hypothesis_settings
from minio import Minio
from support import nats_users
from support.minio_server import minio

from infoscreen.cli import postgres, servers
from infoscreen.cli.background import running
from infoscreen.cli.ports import PortBook
from infoscreen.cli.postgres_programs import binary
from infoscreen.cli.servers import S3Access

pytest_plugins = ("support.workers",)

# No test asserts timings, and a slow machine is no counterexample; nothing is kept between runs.
hypothesis_settings.register_profile("infoscreen", deadline=None, database=None)
hypothesis_settings.load_profile("infoscreen")


@dataclass(frozen=True)
class PostgresServer:
    """A running cluster; the superuser makes each module its own database."""

    ports: PortBook
    superuser_password: str
    owner_password: str

    def execute(self, statement: str) -> None:
        """Runs a statement as the superuser."""
        url = postgres.database_url(self.ports, self.superuser_password, user="postgres", database="postgres")
        subprocess.run([binary("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, url], check=True)


@pytest.fixture(scope="session")
def servers_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the session's servers keep their data and their logs (NAME.log)."""
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def session_nats_url(servers_directory: Path) -> Iterator[str]:
    """NATS for the whole session, not emptied; tests use `nats_url`."""
    ports = PortBook()
    with running(nats_users.nats(servers_directory / "nats", ports), servers_directory / "nats.log"):
        yield nats_users.url(ports)


@pytest.fixture
def nats_url(session_nats_url: str) -> str:
    """The URL of a NATS server whose JetStream is empty, for a client that may do everything.

    `nats_users.as_user` makes it the URL of a service, which may do as little as in production.
    """
    asyncio.run(_delete_all_streams(session_nats_url))
    return session_nats_url


async def _delete_all_streams(url: str) -> None:
    client = await nats.connect(url)
    try:
        jetstream = client.jetstream()
        for stream in await jetstream.streams_info():
            await jetstream.delete_stream(str(stream.config.name))
    finally:
        await client.close()


@pytest.fixture(scope="session")
def session_s3(servers_directory: Path) -> Iterator[S3Access]:
    """SeaweedFS for the whole session; tests use `s3`."""
    ports = PortBook()
    access = S3Access(f"http://127.0.0.1:{ports.port('s3')}", access_key=token_hex(8), secret_key=token_hex())
    with running(servers.s3(servers_directory / "s3", ports, access), servers_directory / "s3.log"):
        yield access


@pytest.fixture(scope="session")
def session_minio(servers_directory: Path) -> Iterator[S3Access]:
    """MinIO for the whole session; tests use `each_s3`."""
    if (program := os.environ.get("MINIO_BIN")) is None:
        pytest.skip("set MINIO_BIN to a minio program to run these tests on MinIO, too")
    ports = PortBook()
    access = S3Access(f"http://127.0.0.1:{ports.port('s3')}", access_key=token_hex(8), secret_key=token_hex())
    with running(minio(program, servers_directory / "minio", access), servers_directory / "minio.log"):
        yield access


@pytest.fixture(scope="module")
def s3(session_s3: S3Access) -> S3Access:
    """The object store (endpoint, access_key, secret_key, region, bucket) and a bucket of the module's own."""
    return _with_bucket(session_s3)


@pytest.fixture(scope="module", params=["session_s3", "session_minio"], ids=["SeaweedFS", "MinIO"])
def each_s3(request: pytest.FixtureRequest) -> S3Access:
    """As `s3`, for tests of what each store must do."""
    return _with_bucket(request.getfixturevalue(request.param))


def _with_bucket(store: S3Access) -> S3Access:
    access = replace(store, bucket=f"test-{token_hex(6)}")
    address = access.endpoint.removeprefix("http://")
    Minio(
        address, access_key=access.access_key, secret_key=access.secret_key, region=access.region, secure=False
    ).make_bucket(access.bucket)
    return access


@pytest.fixture(scope="session")
def session_postgres(servers_directory: Path) -> Iterator[PostgresServer]:
    """Postgres for the whole session; tests use `postgres_url`."""
    server = PostgresServer(PortBook(), superuser_password=token_hex(), owner_password=token_hex())
    spec = postgres.postgres(
        servers_directory / "postgres",
        server.ports,
        superuser_password=server.superuser_password,
        owner_password=server.owner_password,
    )
    # This server is never crashed and its data never outlives the session; `infoscreen up` syncs as it should.
    unsynced = replace(spec, argv=(*spec.argv, "-c", "fsync=off", "-c", "full_page_writes=off"))
    with running(unsynced, servers_directory / "postgres.log"):
        yield server


@pytest.fixture(scope="module")
def postgres_url(session_postgres: PostgresServer) -> Iterator[str]:
    """postgresql://… of a database that only this module has, dropped afterwards."""
    name = f"test_{token_hex(6)}"
    session_postgres.execute(f"CREATE DATABASE {name} OWNER {postgres.OWNER}")
    yield postgres.database_url(session_postgres.ports, session_postgres.owner_password, database=name)
    session_postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
