"""Players: enrolling, listing, revoking, and what they show."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from infoscreen.catalog.api.dependencies import (
    Dependencies,
    IfMatch,
    Person,
    author_of,
    etags,
    guard,
    wait_for_media,
)
from infoscreen.catalog.api.schemas.players import (
    AssignedMedia,
    EnrolmentCode,
    PlayerCreated,
    PlayerGroup,
    PlayerItem,
    PlayerList,
    PlayerName,
)
from infoscreen.catalog.screens import players
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import EDITORS

PlayerId = Annotated[UUID, Path(description="The player")]


def router(deps: Dependencies) -> APIRouter:
    """The routes of players."""
    routes, author = api_router(guard(deps, *EDITORS)), author_of(deps)

    @routes.post("/players", status_code=201, responses=problems(*BODY))
    async def create_player(body: PlayerName, person: Person) -> PlayerCreated:
        """Enrol a player. Its token and its one-time code are shown here and never again."""
        async with deps.database.write() as session:
            player, credentials = await players.create(session, body.name, author(person))
        return PlayerCreated(
            **PlayerItem.of(player).model_dump(exclude={"code_expires_at"}),
            token=credentials.token,
            code=credentials.code,
            code_expires_at=credentials.code_expires_at,
        )

    @routes.get("/players", responses=problems())
    async def list_players() -> PlayerList:
        """Every player, with what it last said it shows."""
        async with deps.database.read() as session:
            return PlayerList(items=[PlayerItem.of(player) for player in await players.list_all(session)])

    @routes.get("/players/{player_id}", responses=problems(404, 422))
    async def get_player(player_id: PlayerId) -> PlayerItem:
        """One player."""
        async with deps.database.read() as session:
            return PlayerItem.of(await players.get(session, player_id))

    @routes.post("/players/{player_id}/code", status_code=201, responses=problems(404, 409, 422))
    async def renew_player_code(player_id: PlayerId, person: Person) -> EnrolmentCode:
        """A new one-time code for a player that is set up anew; its token stays good until the code is used."""
        async with deps.database.write() as session:
            code, expires_at = await players.renew_code(session, player_id, author(person))
        return EnrolmentCode(code=code, code_expires_at=expires_at)

    @routes.patch("/players/{player_id}", responses=problems(404, *BODY))
    async def rename_player(player_id: PlayerId, body: PlayerName, person: Person) -> PlayerItem:
        """Give a player another name."""
        async with deps.database.write() as session:
            return PlayerItem.of(await players.rename(session, player_id, body.name, author(person)))

    @routes.put("/players/{player_id}/media", responses=problems(404, 409, 412, *BODY))
    async def assign_media(
        player_id: PlayerId, body: AssignedMedia, person: Person, if_match: IfMatch = None
    ) -> PlayerItem:
        """Set the player's own list: what it shows, in this order, when nothing else is scheduled."""
        await wait_for_media(deps, body.media_ids)
        async with deps.database.write() as session:
            return PlayerItem.of(
                await players.assign(session, player_id, body.media_ids, author(person), etags(if_match))
            )

    @routes.put("/players/{player_id}/group", responses=problems(404, 409, *BODY))
    async def place_player(player_id: PlayerId, body: PlayerGroup, person: Person) -> PlayerItem:
        """Put a player into a group, out of the one where it was."""
        async with deps.database.write() as session:
            return PlayerItem.of(await players.place(session, player_id, body.group_id, author(person)))

    @routes.delete("/players/{player_id}", status_code=204, responses=problems(404, 422))
    async def revoke_player(player_id: PlayerId, person: Person) -> None:
        """Revoke a player: its token is worthless from now on. Revoking twice is fine."""
        async with deps.database.write() as session:
            await players.revoke(session, player_id, author(person))

    return routes
