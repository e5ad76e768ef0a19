"""The gateway goes on with what it holds while Postgres or NATS is away, and is whole again afterwards."""

import signal
from secrets import token_hex
from uuid import uuid4

from support import nats_users

from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.migrate import migrate
from infoscreen.catalog.settings import DatabaseSettings
from infoscreen.cli import postgres
from infoscreen.cli.background import running
from infoscreen.cli.ports import PortBook
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.settings import NatsSettings


async def test_a_cached_medium_is_shown_while_postgres_is_away(tmp_path, connection, stream, project, start_gateway):
    ports, password = PortBook(), token_hex()
    spec = postgres.postgres(tmp_path / "pg", ports, superuser_password=token_hex(), owner_password=password)
    url = postgres.database_url(ports, password)
    database, settings = Database(url), {"database_url": url, "gateway_database_password": "gateway"}
    with running(spec, tmp_path / "pg.log") as server:
        await migrate(DatabaseSettings.model_validate(settings))
        async with (
            project(database, connection),
            start_gateway(url, connection) as gateway,
            gateway.client() as client,
        ):
            known, unknown = await stream.upload(), await stream.upload(content="other")
            await stream.succeed(known)
            assert (await client.get(f"/api/media/{known.id}/display?wait=20")).status_code == 302
            server.send_signal(signal.SIGKILL)
            server.wait()
            assert (await client.get(f"/api/media/{known.id}/display")).status_code == 302
            assert (await client.get(f"/api/media/{known.id}/thumbnail")).status_code == 307
            answer = await client.get(f"/api/media/{unknown.id}/display")
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            with running(spec, tmp_path / "pg.log"):
                await stream.succeed(unknown)
                while (answer := await client.get(f"/api/media/{unknown.id}/display?wait=20")).status_code != 302:
                    assert answer.status_code in {202, 503}
    await database.close()


async def test_a_projected_medium_is_shown_while_nats_is_away(tmp_path, database, project, start_gateway, stream_to):
    ports = PortBook()
    spec = nats_users.nats(tmp_path / "nats", ports)
    settings, own = NatsSettings.model_validate({"url": nats_users.url(ports)}), Connection()
    with running(spec, tmp_path / "nats.log") as server:
        await own.open(settings, "test")
        await topology.apply(own.js, settings)
        async with start_gateway(database.url, own) as gateway, gateway.client() as client:
            async with project(database, own):
                stream = stream_to(Publisher(own, "test"))
                deck = await stream.upload()
                await stream.succeed(deck)
                assert (await client.get(f"/api/media/{deck.id}/display?wait=20")).status_code == 302
            server.send_signal(signal.SIGKILL)
            server.wait()
            assert (await client.get(f"/api/media/{deck.id}/display")).status_code == 302
            assert (await client.get(f"/api/media/{uuid4()}/display")).status_code == 503
            with running(spec, tmp_path / "nats.log"):
                await own.wait_connected()
                while (answer := await client.get(f"/api/media/{uuid4()}/display")).status_code != 404:
                    assert answer.status_code == 503
        await own.close()
