"""Overrides: what takes screens at once, until it ends."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from infoscreen.catalog.api.dependencies import Dependencies, Person, author_of, guard, wait_for_media
from infoscreen.catalog.api.schemas.overrides import NewOverride, OverrideDetail, Overrides
from infoscreen.catalog.programme import overrides
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import EDITORS

OverrideId = Annotated[UUID, Path(description="The override")]


def router(deps: Dependencies) -> APIRouter:
    """The routes of overrides."""
    routes, author = api_router(guard(deps, *EDITORS)), author_of(deps)

    @routes.post("/overrides", status_code=201, responses=problems(409, *BODY))
    async def create_override(body: NewOverride, person: Person) -> OverrideDetail:
        """Put a medium or a text on every screen, or on those of a group, until an instant."""
        if body.media_id:
            await wait_for_media(deps, [body.media_id])
        async with deps.database.write() as session:
            return OverrideDetail.of(await overrides.create(session, author(person), **body.model_dump()))

    @routes.get("/overrides", responses=problems())
    async def list_overrides() -> Overrides:
        """The overrides that are on, newest first."""
        async with deps.database.read() as session:
            active = await overrides.list_active(session, deps.clock())
        return Overrides(items=[OverrideDetail.of(override) for override in active])

    @routes.get("/overrides/{override_id}", responses=problems(404, 422))
    async def get_override(override_id: OverrideId) -> OverrideDetail:
        """One override, be it over or not."""
        async with deps.database.read() as session:
            return OverrideDetail.of(await overrides.get(session, override_id))

    @routes.delete("/overrides/{override_id}", status_code=204, responses=problems(404, 422))
    async def end_override(override_id: OverrideId, person: Person) -> None:
        """End an override now. Ending it twice is fine."""
        async with deps.database.write() as session:
            await overrides.end(session, override_id, author(person))

    return routes
