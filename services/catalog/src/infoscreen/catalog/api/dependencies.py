"""What the routes need, and what they have in common."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from infoscreen.catalog.bell import Bell
from infoscreen.catalog.database import Database
from infoscreen.catalog.ensure import EventPublisher
from infoscreen.catalog.freshness import Freshness
from infoscreen.common.auth import Authenticator
from infoscreen.common.clock import Clock
from infoscreen.common.messaging.dead_letter import DeadLetters

NO_NUL = r"^[^\x00]*$"  # Postgres has no such character


Limit = Annotated[int, Query(ge=1, le=200, description="How many at most")]


@dataclass(frozen=True)
class Dependencies:
    """What the routes need.

    Attributes:
        stop: set when the process is told to stop, so that open event streams end.
        secure_cookies: True where the edge is reached over https.
    """

    database: Database
    freshness: Freshness
    publisher: EventPublisher
    authenticate: Authenticator
    bell: Bell
    dead_letters: DeadLetters
    clock: Clock
    stop: asyncio.Event
    secure_cookies: bool
    publish_deadline_seconds: float = 5.0
