"""The app: every resource's routes."""

from fastapi import FastAPI

from infoscreen.catalog.api import admin, conversions, events, media, players, reports, session
from infoscreen.catalog.api.dependencies import Dependencies
from infoscreen.common.http_api import create_api

_MAX_BODY_BYTES = 256 * 1024


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of the catalog."""
    resources = (media, reports, conversions, players, events, admin, session)
    return create_api("Infoscreen catalog", *(r.router(deps) for r in resources), max_body_bytes=_MAX_BODY_BYTES)
