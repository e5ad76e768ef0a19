"""The app: every resource's routes."""

from fastapi import FastAPI

from infoscreen.catalog.api import (
    admin,
    audit,
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
    trash,
    versions,
)
from infoscreen.catalog.api.dependencies import Dependencies
from infoscreen.common.http_api import create_api
from infoscreen.common.request_bodies import SMALL_BODY_BYTES


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of the catalog."""
    programme = (playlists, groups, schedule, overrides, commands, plays, audit)
    resources = (media, versions, trash, reports, conversions, players, *programme, events, admin)
    routers = (*(resource.router(deps) for resource in resources), *screens.routers(deps))
    return create_api("Infoscreen catalog", *routers, max_body_bytes=SMALL_BODY_BYTES)
