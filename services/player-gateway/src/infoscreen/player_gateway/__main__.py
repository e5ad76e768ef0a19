"""Composition root of the player gateway: settings, adapters, run. The only place that wires."""

import asyncio

import uvloop

from infoscreen.common.auth import Principal, TokenFile
from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging.connection import connect
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import Presigner
from infoscreen.common.observability import configure_logging
from infoscreen.common.process import run_service
from infoscreen.common.settings import AuthSettings, LogSettings, NatsSettings, S3Settings
from infoscreen.player_gateway.api import Dependencies, create_app
from infoscreen.player_gateway.database import PlayerView
from infoscreen.player_gateway.display import Display
from infoscreen.player_gateway.holdings import Holdings
from infoscreen.player_gateway.links import Links
from infoscreen.player_gateway.notifications import ChangeListener
from infoscreen.player_gateway.settings import GatewaySettings
from infoscreen.player_gateway.uploads import StreamUploads

SOURCE = "infoscreen/player-gateway"


async def run() -> None:
    """Run the gateway until told to stop."""
    settings, stop = GatewaySettings(), asyncio.Event()
    configure_logging("player-gateway", LogSettings())
    tokens = TokenFile(AuthSettings().tokens_file)
    url = settings.database_url.get_secret_value()
    view = PlayerView(url)
    await view.open()
    holdings = Holdings(view.media, settings.held_media)
    listener = ChangeListener(url, holdings)
    connection = await connect(NatsSettings(), "player-gateway")
    uploads = StreamUploads(StreamReader(connection))
    display = Display(holdings, uploads, Publisher(connection, SOURCE), settings.catch_up_seconds)

    async def authenticate(token: str) -> Principal | None:
        return tokens.find(token)

    api = create_app(Dependencies(display, view, Links(Presigner(S3Settings())), authenticate))
    ops = create_ops_app({}, {"nats": connection.check, "database": view.check})
    try:
        await run_service(
            host=settings.host,
            apps=[(api, settings.http_port), (ops, settings.ops_port)],
            background=[listener.run],
            grace_seconds=settings.shutdown_grace_seconds,
            stop=stop,
        )
    finally:
        await connection.close()
        await view.close()


if __name__ == "__main__":
    uvloop.run(run())
