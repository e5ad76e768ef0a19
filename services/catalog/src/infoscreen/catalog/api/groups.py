"""Groups of screens."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from infoscreen.catalog.api.dependencies import Dependencies, Person, author_of, guard
from infoscreen.catalog.api.schemas.groups import GroupChanges, GroupDetail, Groups, GroupSettings
from infoscreen.catalog.programme import groups
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import EDITORS

GroupId = Annotated[UUID, Path(description="The group")]


def router(deps: Dependencies) -> APIRouter:
    """The routes of groups."""
    routes, author = api_router(guard(deps, *EDITORS)), author_of(deps)

    @routes.post("/groups", status_code=201, responses=problems(409, *BODY))
    async def create_group(body: GroupSettings, person: Person) -> GroupDetail:
        """Create a group without screens."""
        async with deps.database.write() as session:
            return GroupDetail.of(await groups.create(session, body.model_dump(), author(person)))

    @routes.get("/groups", responses=problems())
    async def list_groups() -> Groups:
        """Every group by name."""
        async with deps.database.read() as session:
            return Groups(items=[GroupDetail.of(listed) for listed in await groups.list_all(session)])

    @routes.get("/groups/{group_id}", responses=problems(404, 422))
    async def get_group(group_id: GroupId) -> GroupDetail:
        """One group."""
        async with deps.database.read() as session:
            return GroupDetail.of(await groups.get(session, group_id))

    @routes.patch("/groups/{group_id}", responses=problems(404, 409, *BODY))
    async def change_group(group_id: GroupId, body: GroupChanges, person: Person) -> GroupDetail:
        """Change what is given of a group."""
        async with deps.database.write() as session:
            return GroupDetail.of(await groups.change(session, group_id, body.changes(), author(person)))

    @routes.delete("/groups/{group_id}", status_code=204, responses=problems(404, 409, 422))
    async def delete_group(group_id: GroupId, person: Person) -> None:
        """Delete a group without screens and without entries; a 409 says what it has."""
        async with deps.database.write() as session:
            await groups.delete(session, group_id, author(person))

    return routes
