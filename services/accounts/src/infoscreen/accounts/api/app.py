"""The app: every resource's routes."""

from fastapi import FastAPI

from infoscreen.accounts.api import invites, people, session, tokens
from infoscreen.accounts.api.dependencies import Dependencies
from infoscreen.common.http_api import create_api

_MAX_BODY_BYTES = 64 * 1024


def create_app(deps: Dependencies) -> FastAPI:
    """The public API of accounts."""
    resources = (session, people, invites, tokens)
    routers = [router for resource in resources for router in resource.routers(deps)]
    return create_api("Infoscreen accounts", *routers, max_body_bytes=_MAX_BODY_BYTES)
