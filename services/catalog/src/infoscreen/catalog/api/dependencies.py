"""The dependencies of the routes, and the checks that all routes share."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query

from infoscreen.catalog.api.change_feed import ChangeFeed
from infoscreen.catalog.api.programme_edits import ProgrammeEdits
from infoscreen.catalog.api.sign_outs import SignOuts
from infoscreen.catalog.database import Database
from infoscreen.catalog.media.versions import KeptVersions
from infoscreen.catalog.programme.audit import Author
from infoscreen.catalog.programme.playlists import unknown_media
from infoscreen.catalog.projection.catch_up import CatchUp
from infoscreen.common.auth import Authenticator, Guard, Principal, require
from infoscreen.common.clock import Clock
from infoscreen.common.events import EventPublisher
from infoscreen.common.http_api import principal
from infoscreen.common.messaging.dead_letter import DeadLetters
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.open_limit import OpenLimit
from infoscreen.common.rate_limit import RateLimit, limited
from infoscreen.common.roles import Role

NO_NUL = r"^[^\x00]*$"  # Postgres cannot store this character


IfMatch = Annotated[
    str | None,
    Header(max_length=20_000, pattern=NO_NUL, description="The list's etag as it was read; 412 if it changed"),
]
Person = Annotated[Principal, Depends(principal)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many at most")]


@dataclass(frozen=True)
class Dependencies:
    """The adapters and limits that the routes use.

    Attributes:
        feed: the changes of media that event streams send.
        edits: the changes of the programme that they send.
        streams: limits how many event streams may be open.
        sign_outs: of browsers, from every service.
        rate_limit: limits the requests of each token.
        versions: which versions of a medium are kept.
        trash_time: how long the trash keeps a medium.
        stop: set when the process shuts down, so that open event streams end.
    """

    database: Database
    catch_up: CatchUp
    publisher: EventPublisher
    authenticate: Authenticator
    feed: ChangeFeed
    edits: ProgrammeEdits
    streams: OpenLimit
    sign_outs: SignOuts
    rate_limit: RateLimit
    dead_letters: DeadLetters
    store: ObjectStore
    clock: Clock
    media_log: MediaLog
    versions: KeptVersions
    trash_time: timedelta
    stop: asyncio.Event
    publish_deadline_seconds: float = 5.0


def allow(deps: Dependencies, *roles: Role) -> Guard:
    """Return a check that admits these roles and counts nothing, to repeat while a stream stays open."""
    return require(deps.authenticate, *roles)


def guard(deps: Dependencies, *roles: Role) -> Guard:
    """Return a check for a router or a route: as ``allow``, and it counts each request against the rate limit."""
    return limited(allow(deps, *roles), deps.rate_limit)


def author_of(deps: Dependencies) -> Callable[[Principal], Author]:
    """Return what notes for the audit who changes something, and when."""
    return lambda person: Author(person.name, deps.clock())


def etags(if_match: str | None) -> list[str] | None:
    """The etags of ``If-Match``; None where the client sent none."""
    if if_match is None:
        return None
    return [tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")]


async def wait_for_media(deps: Dependencies, media_ids: Sequence[UUID]) -> None:
    """Wait until media that were perhaps uploaded a moment ago are projected."""
    async with deps.database.read() as session:
        unknown = await unknown_media(session, media_ids)
    for media_id in unknown:
        await deps.catch_up.to_media(media_id)
