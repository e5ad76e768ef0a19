"""The routes of media: display, thumbnail, original, and converted files by their path."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from infoscreen.common.auth import Guard, Principal, Right, while_allowed
from infoscreen.common.errors import NotFoundError
from infoscreen.common.http_api import api_router, principal
from infoscreen.common.lean_route import LeanRoute
from infoscreen.common.problem import ProblemError, problems
from infoscreen.common.roles import PEOPLE, Role
from infoscreen.player_gateway.api.dependencies import Dependencies, Wait, allow, described, guard, redirect
from infoscreen.player_gateway.media_state import MediaState
from infoscreen.player_gateway.players import may_see
from infoscreen.player_gateway.schemas import Failed, Shown, UnderWay

_RETRY_AFTER_SECONDS = 2
_LONGEST_RETRY_AFTER_SECONDS = 30

ConvertedPath = Annotated[
    str, Path(pattern=r"^[0-9a-f]{64}/[0-9a-f-]{36}\.(pdf|webp)$", description="<sha256>/<uuid>.pdf or .webp")
]

SheetNumber = Annotated[int, Path(ge=0, le=1000, description="From 0; sheet n shows the pages from 24 n + 1 on")]


def routers(deps: Dependencies) -> tuple[APIRouter, APIRouter]:
    """The routes of media: for all viewers, and for people only."""
    return _of_viewers(deps), _of_people(deps)


def _of_viewers(deps: Dependencies) -> APIRouter:
    viewers = (Role.PLAYER, *PEOPLE)
    routes = api_router(guard(deps, *viewers), route_class=LeanRoute)
    once_settled = _settled_medium(deps, allow(deps, *viewers))

    @routes.get(
        "/media/{media_id}/display",
        response_model=Shown | Failed,
        responses={202: {"model": UnderWay}, 302: {"description": "To what to show"}, **problems(404, 422)},
    )
    async def display_medium(media_id: UUID, request: Request, wait: Wait = 0) -> Response:
        """What to show for a medium: a redirect to it, or for `Accept: application/json` a description."""
        _check_access(principal(request), media_id)
        state = await (once_settled(request, media_id, wait) if wait else deps.display.displayed(media_id))
        if state.under_way:
            eta = await deps.estimates.of(state)
            retry_after = min(max(_RETRY_AFTER_SECONDS, round(eta or 0)), _LONGEST_RETRY_AFTER_SECONDS)
            return described(UnderWay.of(state, eta), 202, {"Retry-After": str(retry_after)})
        if state.status == "failed":
            return described(Failed.of(state))
        link = deps.links.shown(state)
        if "application/json" not in request.headers.get("accept", ""):
            return redirect(302, link.url)
        return described(Shown.of(state, link))

    @routes.get("/media/{media_id}/thumbnail", status_code=307, response_class=Response, responses=problems(404, 422))
    async def get_thumbnail(media_id: UUID, request: Request) -> Response:
        """The picture of a medium's first page; an image is its own."""
        _check_access(principal(request), media_id)
        link = deps.links.picture(await deps.display.state(media_id))
        if link is None:
            raise NotFoundError(f"There is no thumbnail of medium {media_id} (yet).")
        return redirect(307, link.url)

    @routes.get("/files/converted/{path:path}", status_code=307, response_class=Response, responses=problems(404, 422))
    async def get_converted_file(path: ConvertedPath, request: Request) -> Response:
        """A converted file by its path, as long as it is the current one of some medium."""
        key, viewer = f"converted/{path}", principal(request)
        owners = [state for state in await deps.owners.media_with(key) if may_see(viewer, state.media_id)]
        if not owners:
            raise NotFoundError("There is no such converted file.")
        return redirect(307, deps.links.converted(key, owners[0]).url)

    return routes


def _settled_medium(deps: Dependencies, allowed: Guard) -> Callable[[Request, UUID, float], Awaitable[MediaState]]:
    """Waits for a medium that is under way, as one of a limited number, and only while the viewer may see it."""

    async def once_settled(request: Request, media_id: UUID, wait_seconds: float) -> MediaState:
        async def check() -> Principal:
            viewer = await allowed(request)
            _check_access(viewer, media_id)
            return viewer

        viewer = principal(request)
        with deps.long_polls.one_more(viewer):
            return await while_allowed(Right(viewer, check), deps.display.displayed(media_id, wait_seconds))

    return once_settled


def _of_people(deps: Dependencies) -> APIRouter:
    routes = api_router(guard(deps, *PEOPLE))

    @routes.get("/media/{media_id}/original", status_code=307, response_class=Response, responses=problems(404, 422))
    async def get_original(media_id: UUID) -> Response:
        """What was uploaded, as it was; screens have no use for it."""
        return redirect(307, deps.links.original(await deps.display.state(media_id)).url)

    @routes.get(
        "/media/{media_id}/sheets/{number}", status_code=307, response_class=Response, responses=problems(404, 422)
    )
    async def get_sheet(media_id: UUID, number: SheetNumber) -> Response:
        """A WebP picture of up to 24 pages, four in a row; S3 answers 404 until it is made, soon after the PDF."""
        link = deps.links.sheet(await deps.display.state(media_id), number)
        if link is None:
            raise NotFoundError(f"Medium {media_id} has no pages for sheet {number} (yet).")
        return redirect(307, link.url)

    return routes


def _check_access(viewer: Principal, media_id: UUID) -> None:
    """Refuse a medium that is not assigned to the player, with the same answer as for an unknown medium."""
    if not may_see(viewer, media_id):
        raise ProblemError(403, "forbidden", "This medium is not assigned to this player.")
