"""The gateway's HTTP API: media for every role, and what only players may ask."""

from infoscreen.player_gateway.api.app import create_app
from infoscreen.player_gateway.api.dependencies import Dependencies

__all__ = ["Dependencies", "create_app"]
