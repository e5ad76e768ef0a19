"""What the routes need, and what they have in common."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from infoscreen.catalog.api.change_feed import LiveEvents
from infoscreen.catalog.api.sign_outs import SignOuts
from infoscreen.catalog.database import Database
from infoscreen.catalog.projection.catch_up import Freshness
from infoscreen.catalog.publishing import EventPublisher
from infoscreen.common.auth import Authenticator, Guard, Role, require
from infoscreen.common.clock import Clock
from infoscreen.common.messaging.dead_letter import DeadLetters
from infoscreen.common.open_limit import OpenLimit
from infoscreen.common.rate_limit import RateLimit, limited

PEOPLE = (Role.UPLOADER, Role.OPERATOR)
NO_NUL = r"^[^\x00]*$"  # Postgres has no such character


Limit = Annotated[int, Query(ge=1, le=200, description="How many at most")]


@dataclass(frozen=True)
class Dependencies:
    """What the routes need.

    Attributes:
        live: changes for event streams.
        streams: how many of those may be open.
        rate_limit: of all requests of a token.
        stop: set when the process is told to stop, so that open event streams end.
        secure_cookies: True where the edge is reached over https.
    """

    database: Database
    freshness: Freshness
    publisher: EventPublisher
    authenticate: Authenticator
    live: LiveEvents
    streams: OpenLimit
    sign_outs: SignOuts
    rate_limit: RateLimit
    dead_letters: DeadLetters
    clock: Clock
    stop: asyncio.Event
    secure_cookies: bool
    publish_deadline_seconds: float = 5.0


def allow(deps: Dependencies, *roles: Role) -> Guard:
    """Lets these roles in; for asking again, while something stays open."""
    return require(deps.authenticate, *roles)


def guard(deps: Dependencies, *roles: Role) -> Guard:
    """As ``allow``, for a router or a route: counts each request."""
    return limited(allow(deps, *roles), deps.rate_limit)
