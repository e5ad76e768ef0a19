"""The event stream of the dashboard: every change of every medium, resumable on any replica."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlmodel import col, select

from infoscreen.catalog.api.dependencies import Dependencies
from infoscreen.catalog.bell import wait_for
from infoscreen.catalog.models import MediaEvent
from infoscreen.catalog.schemas import MediaChanged
from infoscreen.common.auth import Role, require
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems

_PAGE = 500
_LOOK_AGAIN_SECONDS = 5.0
_RECONNECT_MILLISECONDS = 2000

LastEventId = Annotated[int | None, Header(ge=0, le=2**63 - 1, description="Go on after this stream sequence")]


def router(deps: Dependencies) -> APIRouter:
    """The route of events."""
    routes = api_router(require(deps.authenticate, Role.UPLOADER, Role.OPERATOR))

    async def changes_after(sequence: int) -> Sequence[MediaEvent]:
        query = select(MediaEvent).where(MediaEvent.sequence > sequence, col(MediaEvent.status).is_not(None))
        async with deps.database.read() as session:
            return (await session.exec(query.order_by(col(MediaEvent.sequence)).limit(_PAGE))).all()

    async def starting_point(last_event_id: LastEventId = None) -> int:
        """Where to begin: resolved before the answer, so that a database that is away is a clear 503."""
        offset = await deps.freshness.offset()
        return offset if last_event_id is None else min(last_event_id, offset)

    @routes.get("/events", response_class=EventSourceResponse, responses=problems(422))
    async def stream_events(sequence: Annotated[int, Depends(starting_point)]) -> AsyncIterator[ServerSentEvent]:
        """Changes as they happen: `event` is the fact's type, `id` its stream sequence, `data` a MediaChanged.

        While there are none, `alive` every few seconds: who hears nothing at all has lost the connection.
        """
        yield ServerSentEvent(comment="connected", retry=_RECONNECT_MILLISECONDS)
        while not deps.stop.is_set():
            ticket = deps.bell.ticket()
            changes = await changes_after(sequence)
            for change in changes:
                sequence = change.sequence
                yield ServerSentEvent(data=MediaChanged.of(change), event=change.event_type, id=str(sequence))
            if len(changes) < _PAGE and not await wait_for(ticket, _LOOK_AGAIN_SECONDS):
                yield ServerSentEvent(data={}, event="alive")  # comments are invisible to a page

    return routes
