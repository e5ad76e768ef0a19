"""The routes for players: enrolment, manifest and report."""

from functools import lru_cache
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel

from infoscreen.common.auth import Principal, Right, while_allowed
from infoscreen.common.client_address import client_address
from infoscreen.common.http_api import api_router, principal
from infoscreen.common.lean_route import LeanRoute
from infoscreen.common.openapi import PUBLIC
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import Role
from infoscreen.player_gateway.api.dependencies import NO_STORE, Dependencies, Wait, allow, described, guard
from infoscreen.player_gateway.links import Link
from infoscreen.player_gateway.manifest import Manifest
from infoscreen.player_gateway.media_state import MediaState
from infoscreen.player_gateway.players import PlayerPrincipal
from infoscreen.player_gateway.schemas import (
    Enrolled,
    Enrolment,
    ManifestDocument,
    ManifestFile,
    ManifestItem,
    ProgrammeDocument,
    Report,
)

Player = Annotated[Principal, Depends(principal)]
Schema = Annotated[
    int, Query(ge=1, le=2, description="2 for players that decide by rules; 1 for those that show a list in order")
]
IfNoneMatch = Annotated[str | None, Header(max_length=200, description="The etag that the player knows")]
_RULES = 2
_Item = TypeVar("_Item", bound=ManifestItem)


def routers(deps: Dependencies) -> tuple[APIRouter, ...]:
    """The routes of players: for those that enrol, and for those that are enrolled."""
    return _of_newcomers(deps), _of_waiting_players(deps), _of_players(deps)


def _of_newcomers(deps: Dependencies) -> APIRouter:
    routes = api_router()

    @routes.post("/player/enrol", status_code=201, responses=problems(*BODY), openapi_extra=PUBLIC)
    async def enrol_player(body: Enrolment, request: Request) -> Enrolled:
        """Exchange a one-time code for the player's token."""
        name, token = await deps.players.enrol(body.code, client_address(request, deps.proxies))
        return Enrolled(player=name, token=token)

    return routes


def _of_waiting_players(deps: Dependencies) -> APIRouter:
    routes, allowed = api_router(guard(deps, Role.PLAYER), route_class=LeanRoute), allow(deps, Role.PLAYER)

    async def next_manifest(
        request: Request, player: Principal, known: str | None, wait: float, *, decides: bool
    ) -> Manifest:
        if not wait:
            return await deps.manifests.of(player, known, 0, decides=decides)
        with deps.long_polls.one_more(player):
            made = deps.manifests.of(player, known, wait, decides=decides)
            if isinstance(player, PlayerPrincipal):  # it is told of its revocation as of every other change
                return await made
            return await while_allowed(Right(player, lambda: allowed(request)), made)

    @routes.get(
        "/player/manifest",
        response_model=ProgrammeDocument | ManifestDocument,
        responses={304: {"description": "Nothing changed"}, **problems(422)},
    )
    async def get_manifest(
        request: Request, wait: Wait = 0, schema: Schema = 1, if_none_match: IfNoneMatch = None
    ) -> Response:
        """What this player should show. With `wait` and `If-None-Match`, answers when that changes."""
        known = if_none_match.strip().removeprefix("W/").strip('"') if if_none_match else None
        current = await next_manifest(request, principal(request), known, wait, decides=schema == _RULES)
        headers = {"ETag": f'"{current.etag}"', **NO_STORE}
        if current.etag == known:
            return Response(status_code=304, headers=headers)
        return described(await _document(current), headers=headers)

    async def _document(current: Manifest) -> BaseModel:
        if current.rules is None:
            media = [await _item(ManifestItem, state) for state in current.media]
            return ManifestDocument(player=current.player, etag=current.etag, media=media)
        files = [await _item(ManifestFile, state) for state in current.media]
        return ProgrammeDocument(player=current.player, etag=current.etag, files=files, **dict(current.rules))

    async def _item(kind: type[_Item], state: MediaState) -> _Item:
        link = deps.links.shown(state) if state.status in ("ready", "not_needed") else None
        return kind.of(state, link, await deps.estimates.of(state)) if state.under_way else _settled(kind, state, link)

    return routes


@lru_cache(maxsize=4096)
def _settled(kind: type[_Item], state: MediaState, link: Link | None) -> _Item:
    """A medium that nothing is estimated of: one for all screens that show it, for as long as its URL is reused."""
    return kind.of(state, link, None)


def _of_players(deps: Dependencies) -> APIRouter:
    routes = api_router(guard(deps, Role.PLAYER))

    @routes.post("/player/report", status_code=204, responses=problems(*BODY))
    async def report_state(body: Report, player: Player) -> None:
        """Say what the screen shows, and how the player is. The embedded player's word is not kept."""
        deps.report_limit.count(player)
        if isinstance(player, PlayerPrincipal):
            await deps.players.report(player.player.player_id, body.model_dump_json())

    return routes
