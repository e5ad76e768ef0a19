"""The catalog as a process: its jobs, its probes, and its exit."""

import asyncio
import os
import signal
import sys

import httpx
import pytest
from support.nats_users import as_user
from support.until import until

from infoscreen.cli.ports import PortBook


@pytest.fixture
def environment(migrated_url, session_nats_url, tokens_file):
    ports = PortBook()
    return {
        **os.environ,
        "NATS_URL": as_user(session_nats_url, "catalog"),
        "S3_ENDPOINT": "http://127.0.0.1:1",
        "S3_PUBLIC_ENDPOINT": "http://127.0.0.1:1",
        "S3_ACCESS_KEY": "key",
        "S3_SECRET_KEY": "secret",
        "AUTH_TOKENS_FILE": str(tokens_file),
        "CATALOG_DATABASE_URL": migrated_url,
        "CATALOG_HTTP_PORT": str(ports.port("http")),
        "CATALOG_OPS_PORT": str(ports.port("ops")),
    }


async def run(environment, *arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infoscreen.catalog", *arguments, env=environment, stderr=asyncio.subprocess.PIPE
    )


async def ready(url):
    """The readiness report, once the process answers that it is ready."""
    async with httpx.AsyncClient() as client:

        async def report():
            answer = await client.get(url)
            return answer.json() if answer.status_code == 200 else None

        return await until(report, "the catalog is ready", ignoring=(httpx.TransportError,))


async def test_the_process_reports_its_dependencies_and_exits_with_0_on_sigterm(environment, connection):
    process = await run(environment)
    report = await ready(f"http://127.0.0.1:{environment['CATALOG_OPS_PORT']}/readyz")
    assert report["checks"] == {"database": "ok", "nats": "ok"}
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def test_a_missing_setting_is_reported_without_a_traceback(environment):
    process = await run({name: value for name, value in environment.items() if name != "CATALOG_DATABASE_URL"})
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"database_url" in errors
    assert b"Traceback" not in errors


async def test_a_migration_without_a_database_is_reported_without_a_traceback(environment):
    away = {"CATALOG_DATABASE_URL": "postgresql://absent:secret@127.0.0.1:1/nothing"}
    process = await run(environment | away, "migrate")
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert b"Traceback" not in errors
    assert b"secret" not in errors
