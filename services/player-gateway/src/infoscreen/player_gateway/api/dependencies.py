"""The dependencies of the routes, and their common guards and answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Query, Response
from pydantic import BaseModel

from infoscreen.common.auth import Guard, require
from infoscreen.common.client_address import Network
from infoscreen.common.open_limit import OpenLimit
from infoscreen.common.rate_limit import RateLimit, limited
from infoscreen.common.roles import Role
from infoscreen.player_gateway.display import Display
from infoscreen.player_gateway.estimates import Estimates
from infoscreen.player_gateway.links import Links
from infoscreen.player_gateway.manifest import Manifests
from infoscreen.player_gateway.media_state import MediaState
from infoscreen.player_gateway.players import Players
from infoscreen.player_gateway.snapshots import Snapshots

NO_STORE = {"Cache-Control": "no-store"}

Wait = Annotated[float, Query(ge=0, le=60, description="Wait up to so many seconds for an answer worth giving")]


class ObjectOwners(Protocol):
    """Knows which media an object belongs to."""

    async def media_with(self, object_key: str) -> list[MediaState]:
        """The media whose current PDF or thumbnail is this object."""


@dataclass(frozen=True)
class Dependencies:
    """What the routes need.

    Attributes:
        rate_limit: of all requests of a token.
        report_limit: of the reports of a player.
        snapshot_limit: of its pictures.
        long_polls: how many may be open.
        proxies: where the edge is.
    """

    display: Display
    owners: ObjectOwners
    links: Links
    estimates: Estimates
    manifests: Manifests
    players: Players
    snapshots: Snapshots
    rate_limit: RateLimit
    report_limit: RateLimit
    snapshot_limit: RateLimit
    long_polls: OpenLimit
    proxies: Sequence[Network]


def allow(deps: Dependencies, *roles: Role) -> Guard:
    """A guard that admits these roles and counts no request, for repeated checks while a request stays open."""
    return require(deps.players.authenticate, *roles)


def guard(deps: Dependencies, *roles: Role) -> Guard:
    """As ``allow``, for a router or a route: counts each request."""
    return limited(allow(deps, *roles), deps.rate_limit)


def redirect(status: int, url: str) -> Response:
    """A redirect that no client may store: the URL expires."""
    return Response(status_code=status, headers={"Location": url, **NO_STORE})


def described(model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A description of the current state, which no client may store."""
    return Response(model.model_dump_json(), status, {**NO_STORE, **(headers or {})}, "application/json")
