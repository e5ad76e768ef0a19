"""The API's answers while its servers are away, and its recovery with them."""

import asyncio
import signal
from contextlib import AsyncExitStack
from secrets import token_hex

import structlog

from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.migrate import migrate
from infoscreen.catalog.settings import DatabaseSettings
from infoscreen.cli import postgres
from infoscreen.cli.background import running
from infoscreen.cli.ports import PortBook


async def test_the_api_answers_503_while_postgres_is_away_and_recovers_with_it(
    tmp_path, connection, tokens_file, stream, start
):
    ports, password = PortBook(), token_hex()
    spec = postgres.postgres(tmp_path / "pg", ports, superuser_password=token_hex(), owner_password=password)
    url = postgres.database_url(ports, password)
    database = Database(url)
    with running(spec, tmp_path / "pg.log") as server:
        await migrate(DatabaseSettings.model_validate({"database_url": url}))
        async with (
            start(url, database, connection, tokens_file) as catalog,
            catalog.client() as operator,
            AsyncExitStack() as outage,
        ):
            logs = outage.enter_context(structlog.testing.capture_logs())
            deck = await stream.upload()
            assert (await operator.get(f"/api/media/{deck.id}")).status_code == 200
            listening = await outage.enter_async_context(operator.stream("GET", "/api/events"))
            server.send_signal(signal.SIGKILL)
            server.wait()
            for path in ("/api/media", f"/api/media/{deck.id}", "/api/players", "/api/events"):
                answer = await operator.get(path)
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
                assert "Retry-After" in answer.headers
            with running(spec, tmp_path / "pg.log"):
                later = await stream.upload()
                await catalog.projected_in_the_end(later.generation)
                assert (await operator.get(f"/api/media/{later.id}")).status_code == 200
                async with asyncio.timeout(60):  # a stream that was open stays open, and hears what it missed
                    async for line in listening.aiter_lines():
                        if line == f"id: {later.generation}":
                            break
    assert [line for line in logs if "exc_info" in line or line["log_level"] == "error"] == []
    await database.close()
