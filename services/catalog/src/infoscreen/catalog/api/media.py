"""Media: the list and the detail."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from infoscreen.catalog.api.dependencies import NO_NUL, Dependencies, Limit, guard
from infoscreen.catalog.api.schemas.media import (
    ConversionItem,
    HistoryEntry,
    MediaDetail,
    MediaItem,
    MediaPage,
    MediaStatus,
)
from infoscreen.catalog.media import queries as media_queries
from infoscreen.catalog.media.queries import MediaFilter, MediaSort
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems
from infoscreen.common.roles import PEOPLE

Cursor = Annotated[UUID | None, Query(description="`next_cursor` of the page before")]
Statuses = Annotated[list[MediaStatus], Query(description="One or more; any, where there is none")]
Search = Annotated[
    str | None, Query(max_length=255, pattern=NO_NUL, description="Part of the title, of the filename or of a tag")
]
Tag = Annotated[str | None, Query(max_length=50, pattern=NO_NUL, description="Only what has this tag")]
WithFindings = Annotated[bool, Query(description="True: only what has a report with findings")]


def router(deps: Dependencies) -> APIRouter:
    """The routes of media."""
    routes = api_router(guard(deps, *PEOPLE))

    @routes.get("/media", responses=problems(422))
    async def list_media(
        *,
        cursor: Cursor = None,
        limit: Limit = 50,
        status: Statuses = [],  # noqa: B006 - FastAPI's default, never changed
        q: Search = None,
        tag: Tag = None,
        with_findings: WithFindings = False,
        sort: MediaSort = MediaSort.NEWEST,
    ) -> MediaPage:
        """Media, a page at a time; a cursor belongs to the order it was given in."""
        async with deps.database.read() as session:
            wanted = MediaFilter(cursor, status, q, tag, with_findings=with_findings, sort=sort)
            found = await media_queries.list_media(session, wanted, limit + 1)
        page = found[:limit]
        more = str(page[-1].media.id) if len(found) > limit else None
        return MediaPage(items=[MediaItem.of(item.media, item.conversion) for item in page], next_cursor=more)

    @routes.get("/media/{media_id}", responses=problems(404, 422))
    async def get_medium(media_id: UUID) -> MediaDetail:
        """A medium with its conversions and its history."""
        await deps.catch_up.to_media(media_id)
        async with deps.database.read() as session:
            current = await media_queries.get_media(session, media_id)
            conversions = await media_queries.conversions_of(session, media_id)
            history = await media_queries.history_of(session, media_id)
        return MediaDetail(
            **MediaItem.of(current.media, current.conversion).model_dump(),
            page_seconds=current.conversion and current.conversion.page_seconds,
            conversions=[ConversionItem.of(conversion) for conversion in conversions],
            history=[HistoryEntry.of(event) for event in history],
        )

    return routes
