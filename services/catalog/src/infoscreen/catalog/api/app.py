"""The app: every resource's routes."""

from fastapi import FastAPI

from infoscreen.catalog.api import (
    admin,
    commands,
    conversions,
    events,
    groups,
    media,
    overrides,
    players,
    playlists,
    plays,
    reports,
    schedule,
    screens,
)
from infoscreen.catalog.api.dependencies import Dependencies
from infoscreen.common.http_api import create_api

_MAX_BODY_BYTES = 256 * 1024


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of the catalog."""
    programme = (playlists, groups, schedule, overrides, commands, plays)
    resources = (media, reports, conversions, players, *programme, events, admin)
    routers = (*(resource.router(deps) for resource in resources), *screens.routers(deps))
    return create_api("Infoscreen catalog", *routers, max_body_bytes=_MAX_BODY_BYTES)
