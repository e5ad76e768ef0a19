"""What many screens show: changes of their media at once, and the receipt of a medium."""

from uuid import UUID

from fastapi import APIRouter

from infoscreen.catalog.api.dependencies import Dependencies, IfMatch, Person, author_of, etags, guard, wait_for_media
from infoscreen.catalog.api.schemas.playlists import PlaylistDetail, Playlists
from infoscreen.catalog.api.schemas.screens import Receipt, ScreenItem, ScreenMediaChanges
from infoscreen.catalog.media.queries import conversions_of, get_media
from infoscreen.catalog.screens import assignments
from infoscreen.catalog.screens.showing import screens_with, versions_of
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import EDITORS, PEOPLE


def routers(deps: Dependencies) -> tuple[APIRouter, APIRouter]:
    """The routes for operators, and those for all people."""
    return _of_operators(deps), _of_people(deps)


def _of_operators(deps: Dependencies) -> APIRouter:
    routes, author = api_router(guard(deps, *EDITORS)), author_of(deps)

    @routes.patch("/screens/media", responses=problems(409, 412, *BODY))
    async def change_screens_media(body: ScreenMediaChanges, person: Person, if_match: IfMatch = None) -> Playlists:
        """Add media to lists of screens and groups, or take them out, all or none; `If-Match` takes every list's etag.

        Answers the lists that were changed.
        """
        await wait_for_media(deps, body.add)
        async with deps.database.write() as session:
            by = author(person)
            lists = await assignments.lists_of(session, body.screens, body.groups, by)
            changes = assignments.MediaChanges(body.add, body.remove)
            changed = await assignments.change(session, lists, changes, by, etags(if_match))
        return Playlists(items=[PlaylistDetail.of(listed) for listed in changed])

    return routes


def _of_people(deps: Dependencies) -> APIRouter:
    routes = api_router(guard(deps, *PEOPLE))

    @routes.get("/media/{media_id}/screens", responses=problems(404, 422))
    async def get_receipt(media_id: UUID) -> Receipt:
        """The screens that are to show a medium, and which version of it each has."""
        await deps.catch_up.to_media(media_id)
        async with deps.database.read() as session:
            current = await get_media(session, media_id)
            versions = versions_of(current.media, current.conversion, await conversions_of(session, media_id))
            screens = await screens_with(session, versions, deps.clock())
        items = [ScreenItem.of(screen) for screen in screens]
        return Receipt(on=sum(screen.has_current for screen in screens), of=len(screens), screens=items)

    return routes
