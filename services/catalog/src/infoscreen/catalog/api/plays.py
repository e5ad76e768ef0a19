"""Proof of play, as CSV."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from infoscreen.catalog.api.csv_file import DESCRIBED, csv_file
from infoscreen.catalog.api.dependencies import Dependencies, guard
from infoscreen.catalog.screens.plays import COLUMNS, Period, plays
from infoscreen.common.errors import InvalidError
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems
from infoscreen.common.roles import EDITORS

_LONGEST = timedelta(days=366)

FirstDay = Annotated[date, Query(description="In the screens' own calendars")]
LastDay = Annotated[date, Query(description="Included")]
OfMedium = Annotated[UUID | None, Query(description="Only plays of this medium")]
OfPlayer = Annotated[UUID | None, Query(description="Only plays on this screen")]


def router(deps: Dependencies) -> APIRouter:
    """The route of plays."""
    routes = api_router(guard(deps, *EDITORS))

    @routes.get(
        "/plays",
        response_class=StreamingResponse,
        responses={
            200: {"description": "A row for each item, screen and day", "content": DESCRIBED},
            **problems(422),
        },
    )
    async def export_plays(
        first_day: FirstDay, last_day: LastDay, media_id: OfMedium = None, player_id: OfPlayer = None
    ) -> StreamingResponse:
        """How often, and for how many seconds, each screen showed each item on each day, by what players report."""
        if not timedelta() <= last_day - first_day <= _LONGEST:
            raise InvalidError("`last_day` is the first day or later, by a year at most. Ask for fewer days at a time.")
        pages = plays(deps.database, Period(first_day, last_day, media_id, player_id))
        return await csv_file(f"plays_{first_day}_{last_day}.csv", COLUMNS, pages)

    return routes
