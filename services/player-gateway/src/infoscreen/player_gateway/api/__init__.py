"""The gateway's HTTP API: what everybody may look at, and what is for players alone."""

from infoscreen.player_gateway.api.app import create_app
from infoscreen.player_gateway.api.dependencies import Dependencies

__all__ = ["Dependencies", "create_app"]
