"""For operators: converters, dead letters, and messages that could not be applied."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from infoscreen.catalog.api.dependencies import Dependencies, Limit, guard
from infoscreen.catalog.api.schemas.admin import (
    ConverterItem,
    ConverterList,
    DeadLetterDetail,
    DeadLetterItem,
    DeadLetterPage,
    PoisonItem,
    PoisonPage,
)
from infoscreen.catalog.operations import converters, poison_events
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import problems
from infoscreen.common.roles import Role

_LARGEST_SEQUENCE = 2**63 - 1
Sequence = Annotated[int, Path(ge=1, le=_LARGEST_SEQUENCE, description="The letter's number")]
After = Annotated[int, Query(ge=0, le=_LARGEST_SEQUENCE, description="Only those that come after this one")]


def router(deps: Dependencies) -> APIRouter:
    """The routes of operators."""
    routes = api_router(guard(deps, Role.OPERATOR), prefix="/admin")

    @routes.get("/converters", responses=problems())
    async def list_converters() -> ConverterList:
        """What each converter does now; those that were heard of within a day."""
        async with deps.database.read() as session:
            found = await converters.list_converters(session, deps.clock())
        return ConverterList(items=[ConverterItem.of(converter) for converter in found])

    @routes.get("/dead-letters", responses=problems(422))
    async def list_dead_letters(after: After = 0, limit: Limit = 50) -> DeadLetterPage:
        """What no converter could handle, oldest first."""
        found = await deps.dead_letters.list(after, limit)
        return DeadLetterPage(items=[DeadLetterItem.of(letter) for letter in found])

    @routes.get("/dead-letters/{sequence}", responses=problems(404, 422))
    async def get_dead_letter(sequence: Sequence) -> DeadLetterDetail:
        """One dead letter, whole."""
        return DeadLetterDetail.of(await deps.dead_letters.get(sequence))

    @routes.post("/dead-letters/{sequence}/retry", status_code=204, responses=problems(404, 409, 422))
    async def retry_dead_letter(sequence: Sequence) -> None:
        """Give it back to the converters."""
        await deps.dead_letters.retry(sequence)

    @routes.delete("/dead-letters/{sequence}", status_code=204, responses=problems(404, 422))
    async def drop_dead_letter(sequence: Sequence) -> None:
        """Forget it."""
        await deps.dead_letters.drop(sequence)

    @routes.get("/poison-events", responses=problems(422))
    async def list_poison_events(after: After = 0, limit: Limit = 50) -> PoisonPage:
        """Messages of the stream that could not be applied and were passed, oldest first."""
        async with deps.database.read() as session:
            found = await poison_events.list_poison_events(session, after, limit)
        return PoisonPage(items=[PoisonItem.of(event) for event in found])

    return routes
