"""The routes for players: enrolment, manifest and report."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response

from infoscreen.common.auth import Principal, Role, while_allowed
from infoscreen.common.client_address import client_address
from infoscreen.common.http_api import api_router, principal
from infoscreen.common.openapi import PUBLIC
from infoscreen.common.problem import BODY, problems
from infoscreen.player_gateway.api.dependencies import NO_STORE, Dependencies, Wait, allow, described, guard
from infoscreen.player_gateway.manifest import Manifest
from infoscreen.player_gateway.players import PlayerPrincipal
from infoscreen.player_gateway.schemas import Enrolled, Enrolment, ManifestDocument, ManifestItem, Report

Player = Annotated[Principal, Depends(principal)]
IfNoneMatch = Annotated[str | None, Header(max_length=200, description="The etag that the player knows")]


def routers(deps: Dependencies) -> tuple[APIRouter, APIRouter]:
    """The routes of players: for those that enrol, and for those that are enrolled."""
    return _of_newcomers(deps), _of_players(deps)


def _of_newcomers(deps: Dependencies) -> APIRouter:
    routes = api_router()

    @routes.post("/player/enrol", status_code=201, responses=problems(*BODY), openapi_extra=PUBLIC)
    async def enrol_player(body: Enrolment, request: Request) -> Enrolled:
        """Exchange a one-time code for the player's token."""
        name, token = await deps.players.enrol(body.code, client_address(request, deps.proxies))
        return Enrolled(player=name, token=token)

    return routes


def _of_players(deps: Dependencies) -> APIRouter:
    routes, allowed = api_router(guard(deps, Role.PLAYER)), allow(deps, Role.PLAYER)

    async def next_manifest(request: Request, player: Principal, known: str | None, wait_seconds: float) -> Manifest:
        with deps.long_polls.one_more(player):
            return await while_allowed(lambda: allowed(request), deps.manifests.of(player, known, wait_seconds))

    @routes.get(
        "/player/manifest",
        response_model=ManifestDocument,
        responses={304: {"description": "Nothing changed"}, **problems(422)},
    )
    async def get_manifest(
        request: Request, player: Player, wait: Wait = 0, if_none_match: IfNoneMatch = None
    ) -> Response:
        """What this player should show. With `wait` and `If-None-Match`, answers when that changes."""
        known = if_none_match.strip().removeprefix("W/").strip('"') if if_none_match else None
        current = await (next_manifest(request, player, known, wait) if wait else deps.manifests.of(player, known, 0))
        headers = {"ETag": f'"{current.etag}"', **NO_STORE}
        if current.etag == known:
            return Response(status_code=304, headers=headers)
        return described(await _document(current), headers=headers)

    async def _document(current: Manifest) -> ManifestDocument:
        items = []
        for state in current.media:
            can_be_shown = state.status in ("ready", "not_needed")
            link = deps.links.shown(state) if can_be_shown else None
            items.append(ManifestItem.of(state, link, await deps.estimates.of(state) if state.under_way else None))
        return ManifestDocument(player=current.player, etag=current.etag, media=items)

    @routes.post("/player/report", status_code=204, responses=problems(*BODY))
    async def report_state(body: Report, player: Player) -> None:
        """Say what the screen shows, and how the player is. The embedded player's word is not kept."""
        deps.report_limit.count(player)
        if isinstance(player, PlayerPrincipal):
            await deps.players.report(player.player.player_id, body.model_dump_json())

    return routes
