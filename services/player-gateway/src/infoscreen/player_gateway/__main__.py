"""Composition root of the player gateway: settings, adapters, run. The only place that wires.

`python -m infoscreen.player_gateway` serves; `… openapi` prints the API's document.
"""

import argparse
import asyncio
import sys
from functools import partial

from infoscreen.common.auth import TokenFile
from infoscreen.common.client_address import parse_networks
from infoscreen.common.clock import utc_now
from infoscreen.common.health import create_ops_app
from infoscreen.common.messaging.access import Access, authenticator
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.object_store import Presigner
from infoscreen.common.observability import configure_logging
from infoscreen.common.open_limit import OpenLimit
from infoscreen.common.openapi import document
from infoscreen.common.process import run_main, run_service
from infoscreen.common.rate_limit import RateLimit, parse_limit
from infoscreen.common.settings import AuthSettings, LogSettings, NatsSettings, S3Settings
from infoscreen.common.version import VERSION
from infoscreen.player_gateway.api import Dependencies, create_app
from infoscreen.player_gateway.cache import Cache
from infoscreen.player_gateway.database import CatalogDatabase
from infoscreen.player_gateway.display import Display
from infoscreen.player_gateway.estimates import Estimates
from infoscreen.player_gateway.hints import PlayerHints
from infoscreen.player_gateway.links import Links
from infoscreen.player_gateway.manifest import Manifests
from infoscreen.player_gateway.media_changes import MediaChangeListener
from infoscreen.player_gateway.notifications import CatalogListener
from infoscreen.player_gateway.players import Players
from infoscreen.player_gateway.settings import GatewaySettings
from infoscreen.player_gateway.snapshots import Snapshots
from infoscreen.player_gateway.upload_lookup import StreamUploadLookup

SOURCE = "infoscreen/player-gateway"
_SCREENS_FRESH_SECONDS = 300.0


async def run() -> None:
    """Run the gateway until told to stop."""
    settings, stop = GatewaySettings(), asyncio.Event()
    configure_logging("player-gateway", LogSettings())
    url = settings.database_url.get_secret_value()
    database = CatalogDatabase(url)
    await database.open()
    media = Cache(database.media, settings.held_media)
    # Thousands of screens wait all day: what did not change is read again rarely.
    directory = Cache(database.player, settings.held_players, _SCREENS_FRESH_SECONDS)
    programmes = Cache(database.programme, settings.held_players, _SCREENS_FRESH_SECONDS)
    hints = PlayerHints(database.hints)
    listener = CatalogListener(url, media, directory, programmes, hints)
    nats, connection = NatsSettings(), Connection()
    uploads, publisher = StreamUploadLookup(MediaLog(StreamReader(connection))), Publisher(connection, SOURCE)
    display = Display(media, uploads, publisher, settings.catch_up_seconds)
    guesses = RateLimit(parse_limit(settings.guess_limit), "For wrong codes, your address")
    access = Access(connection)
    people = authenticator(TokenFile(AuthSettings().tokens_file), access)
    players = Players(people, directory, programmes, hints=hints, directory=database, guesses=guesses)
    api = create_app(
        Dependencies(
            display=display,
            owners=database,
            links=Links(Presigner(S3Settings())),
            estimates=Estimates(database.workload, utc_now),
            manifests=Manifests(
                display,
                media,
                directory,
                programmes,
                newest=database,
                everything_limit=settings.manifest_media,
                clock=utc_now,
            ),
            players=players,
            snapshots=Snapshots(database, utc_now),
            rate_limit=RateLimit(parse_limit(settings.rate_limit)),
            report_limit=RateLimit(parse_limit(settings.report_limit), "For reports, your token"),
            snapshot_limit=RateLimit(parse_limit(settings.snapshot_limit), "For pictures, your token"),
            long_polls=OpenLimit("long polls", settings.long_polls_per_token, settings.long_polls),
            proxies=parse_networks(settings.trusted_proxies),
        )
    )
    # After its first contact the gateway answers from its cache, so a server that is away does not make it unready.
    ops = create_ops_app(
        {},
        {"first_contact": database.check_first_contact},
        reported={"nats": connection.check, "database": database.check},
    )
    try:
        await run_service(
            host=settings.host,
            apps=[(api, settings.http_port), (ops, settings.ops_port)],
            background=[
                listener.run,
                MediaChangeListener(connection, display).run,
                players.keep_seen,
                access.run,
                partial(connection.keep, nats, "player-gateway"),
            ],
            grace_seconds=settings.shutdown_grace_seconds,
            stop=stop,
        )
    finally:
        await connection.close()
        await database.close()


async def print_openapi() -> None:
    """Print the API's document."""
    sys.stdout.write(document(create_app))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infoscreen.player_gateway", description=__doc__)
    parser.add_argument("--version", action="version", version=VERSION)
    parser.add_argument("command", nargs="?", choices=["openapi"])
    run_main("player-gateway", print_openapi if parser.parse_args().command else run)


if __name__ == "__main__":
    main()
