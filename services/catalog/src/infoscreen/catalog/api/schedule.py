"""The schedule: which playlist is shown when, and where."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from infoscreen.catalog.api.dependencies import Dependencies, Person, author_of, guard
from infoscreen.catalog.api.schemas.schedule import EntryChanges, EntryDetail, EntrySettings, Schedule
from infoscreen.catalog.programme import schedule
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import EDITORS

EntryId = Annotated[UUID, Path(description="The entry")]
OfGroup = Annotated[UUID | None, Query(description="Only entries for this group")]
OfPlayer = Annotated[UUID | None, Query(description="Only entries for this player")]


def router(deps: Dependencies) -> APIRouter:
    """The routes of the schedule."""
    routes, author = api_router(guard(deps, *EDITORS)), author_of(deps)

    @routes.post("/schedule", status_code=201, responses=problems(409, *BODY))
    async def create_entry(body: EntrySettings, person: Person) -> EntryDetail:
        """Add an entry."""
        async with deps.database.write() as session:
            return EntryDetail.of(await schedule.create(session, body.model_dump(), author(person)))

    @routes.get("/schedule", responses=problems(422))
    async def list_schedule(group_id: OfGroup = None, player_id: OfPlayer = None) -> Schedule:
        """Every entry, in the order in which they win."""
        async with deps.database.read() as session:
            entries = await schedule.list_all(session, group_id, player_id)
        return Schedule(items=[EntryDetail.of(entry) for entry in entries])

    @routes.get("/schedule/{entry_id}", responses=problems(404, 422))
    async def get_entry(entry_id: EntryId) -> EntryDetail:
        """One entry."""
        async with deps.database.read() as session:
            return EntryDetail.of(await schedule.get(session, entry_id))

    @routes.patch("/schedule/{entry_id}", responses=problems(404, 409, *BODY))
    async def change_entry(entry_id: EntryId, body: EntryChanges, person: Person) -> EntryDetail:
        """Change what is given of an entry. A new group or player replaces whom it was for."""
        async with deps.database.write() as session:
            entry = await schedule.get(session, entry_id, lock=True)
            try:
                settings = body.applied_to(entry)
            except ValidationError as error:
                raise RequestValidationError(error.errors()) from error
            await schedule.change(session, entry, settings, author(person))
        return EntryDetail.of(entry)

    @routes.delete("/schedule/{entry_id}", status_code=204, responses=problems(404, 422))
    async def delete_entry(entry_id: EntryId, person: Person) -> None:
        """Take an entry out of the schedule."""
        async with deps.database.write() as session:
            await schedule.delete(session, entry_id, author(person))

    return routes
