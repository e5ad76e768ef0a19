"""The routes of pictures of screens: for players, which send them, and for operators, who look."""

from email.utils import format_datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from infoscreen.common.auth import Principal
from infoscreen.common.http_api import api_router, principal
from infoscreen.common.problem import problems
from infoscreen.common.roles import EDITORS, Role
from infoscreen.player_gateway.api.dependencies import NO_STORE, Dependencies, guard
from infoscreen.player_gateway.players import PlayerPrincipal
from infoscreen.player_gateway.snapshots import Picture

Player = Annotated[Principal, Depends(principal)]
_TYPES = ("image/webp", "image/jpeg")
_PICTURE = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in _TYPES}


def routers(deps: Dependencies) -> tuple[APIRouter, APIRouter]:
    """The routes for players, and those for operators."""
    return _of_players(deps), _of_operators(deps)


def _of_players(deps: Dependencies) -> APIRouter:
    routes = api_router(guard(deps, Role.PLAYER))

    @routes.put(
        "/player/snapshot",
        status_code=204,
        responses=problems(400, 408, 413, 415, 422),
        openapi_extra={"requestBody": {"required": True, "content": _PICTURE}},
    )
    async def send_snapshot(request: Request, player: Player) -> None:
        """Send a picture of the screen: WebP or JPEG, 64 KiB at most. The embedded player's is not kept."""
        deps.snapshot_limit.count(player)
        picture = Picture.of(await request.body())
        if isinstance(player, PlayerPrincipal):
            await deps.snapshots.keep(player.player.player_id, picture)

    return routes


def _of_operators(deps: Dependencies) -> APIRouter:
    routes = api_router(guard(deps, *EDITORS))

    @routes.get(
        "/players/{player_id}/snapshot",
        response_class=Response,
        responses={200: {"description": "The last picture", "content": _PICTURE}, **problems(404, 422)},
    )
    async def get_snapshot(player_id: UUID) -> Response:
        """The last picture of a screen; `Last-Modified` says of when. Its player sends more while a person looks."""
        found = await deps.snapshots.looked_at(player_id)
        headers = {"Last-Modified": format_datetime(found.taken_at, usegmt=True), **NO_STORE}
        return Response(found.picture.content, media_type=found.picture.media_type, headers=headers)

    return routes
