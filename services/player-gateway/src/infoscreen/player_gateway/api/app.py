"""The app: every resource's routes."""

from fastapi import FastAPI

from infoscreen.common.http_api import create_api
from infoscreen.player_gateway.api import media, player
from infoscreen.player_gateway.api.dependencies import Dependencies

_MAX_BODY_BYTES = 16 * 1024  # the longest report there may be, with room to spare


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of the gateway."""
    routers = (*media.routers(deps), *player.routers(deps))
    return create_api("Infoscreen player gateway", *routers, max_body_bytes=_MAX_BODY_BYTES)
