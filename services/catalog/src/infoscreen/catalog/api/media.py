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
from infoscreen.catalog.media.queries import MediaFilter, MediaKind, MediaSort
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems
from infoscreen.common.roles import PEOPLE

Cursor = Annotated[UUID | None, Query(description="`next_cursor` of the page before")]
Statuses = Annotated[list[MediaStatus], Query(description="One or more; any, where there is none")]
Search = Annotated[
    str | None, Query(max_length=255, pattern=NO_NUL, description="Part of the title, of the filename or of a tag")
]
Tag = Annotated[str | None, Query(max_length=50, pattern=NO_NUL, description="Only what has this tag")]
Kind = Annotated[
    MediaKind | None, Query(alias="type", description="Only what is of this kind; a document is neither of the others")
]
UploadedBy = Annotated[
    str | None,
    Query(max_length=255, pattern=NO_NUL, description="Only what has this person as its `uploaded_by`"),
]
OnScreen = Annotated[bool, Query(description="True: only what the programme of a screen names")]
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
        kind: Kind = None,
        uploaded_by: UploadedBy = None,
        on_screen: OnScreen = False,
        sort: MediaSort = MediaSort.NEWEST,
    ) -> MediaPage:
        """Media, a page at a time; a cursor belongs to the order it was given in."""
        async with deps.database.read() as session:
            wanted = MediaFilter(
                after=cursor,
                statuses=status,
                search=q,
                tag=tag,
                with_findings=with_findings,
                kind=kind,
                uploaded_by=uploaded_by,
                on_screens_at=deps.clock() if on_screen else None,
                sort=sort,
            )
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
