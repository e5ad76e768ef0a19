"""Proof of play, as CSV."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from infoscreen.catalog.api.dependencies import Dependencies, guard
from infoscreen.catalog.screens.plays import COLUMNS, Period, plays
from infoscreen.common.auth import EDITORS
from infoscreen.common.errors import InvalidError
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems

_LONGEST = timedelta(days=366)
_CSV = "text/csv; charset=utf-8"

Rows = list[tuple[Any, ...]]
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
            200: {"description": "A row for each item, screen and day", "content": {"text/csv": {}}},
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
        first = await anext(pages)  # an outage is answered as one, as long as nothing was sent
        name = f"plays_{first_day}_{last_day}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingResponse(_lines(first, pages), media_type=_CSV, headers=headers)

    return routes


async def _lines(first: Rows, pages: AsyncIterator[Rows]) -> AsyncIterator[str]:
    yield _text([COLUMNS, *first])
    async for page in pages:
        yield _text(page)


def _text(rows: Rows) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
