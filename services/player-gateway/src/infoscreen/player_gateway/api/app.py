"""The app: every resource's routes."""

from fastapi import FastAPI

from infoscreen.common.http_api import create_api
from infoscreen.player_gateway.api import media, player, snapshots
from infoscreen.player_gateway.api.dependencies import Dependencies
from infoscreen.player_gateway.snapshots import LARGEST_BYTES


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of the gateway."""
    routers = (*media.routers(deps), *player.routers(deps), *snapshots.routers(deps))
    return create_api("Infoscreen player gateway", *routers, max_body_bytes=LARGEST_BYTES)
