"""The trash: what people deleted and may have back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from infoscreen.catalog.api.dependencies import Dependencies, Limit, guard
from infoscreen.catalog.api.schemas.media import TrashedItem, TrashPage
from infoscreen.catalog.media import queries as media_queries
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems
from infoscreen.common.roles import PEOPLE

Cursor = Annotated[UUID | None, Query(description="`next_cursor` of the page before")]


def router(deps: Dependencies) -> APIRouter:
    """The route of the trash."""
    routes = api_router(guard(deps, *PEOPLE))

    @routes.get("/trash", responses=problems(422))
    async def list_trash(*, cursor: Cursor = None, limit: Limit = 50) -> TrashPage:
        """What is in the trash, a page at a time: what came last first."""
        async with deps.database.read() as session:
            found = await media_queries.list_trash(session, cursor, limit + 1)
        page, now = found[:limit], deps.clock()
        more = str(page[-1].media.id) if len(found) > limit else None
        items = [TrashedItem.of_trash(item.media, item.conversion, deps.trash_time, now) for item in page]
        return TrashPage(items=items, next_cursor=more)

    return routes
