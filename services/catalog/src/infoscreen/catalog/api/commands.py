"""Commands to players."""

from fastapi import APIRouter

from infoscreen.catalog.api.dependencies import Dependencies, Person, author_of, guard
from infoscreen.catalog.api.players import PlayerId
from infoscreen.catalog.api.schemas.commands import CommandDetail, Commands, NewCommand
from infoscreen.catalog.programme import commands
from infoscreen.catalog.screens import players
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import EDITORS


def router(deps: Dependencies) -> APIRouter:
    """The routes of commands."""
    routes, author = api_router(guard(deps, *EDITORS)), author_of(deps)

    @routes.post("/players/{player_id}/commands", status_code=201, responses=problems(404, 409, *BODY))
    async def send_command(player_id: PlayerId, body: NewCommand, person: Person) -> CommandDetail:
        """Tell a player to do something once, unless it hears of it too late."""
        async with deps.database.write() as session:
            await players.check_not_revoked(session, player_id)
            return CommandDetail.of(await commands.send(session, player_id, body.kind, body.lifetime, author(person)))

    @routes.get("/players/{player_id}/commands", responses=problems(404, 422))
    async def list_commands(player_id: PlayerId) -> Commands:
        """The newest commands of a player."""
        async with deps.database.read() as session:
            await players.get(session, player_id)
            return Commands(items=[CommandDetail.of(command) for command in await commands.newest(session, player_id)])

    return routes
