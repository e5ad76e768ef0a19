"""Accounts: their names, for all people, and everything else for operators."""

from uuid import UUID

from fastapi import APIRouter

from infoscreen.accounts.api import schemas
from infoscreen.accounts.api.dependencies import Dependencies, guard
from infoscreen.common.http_api import api_router
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import PEOPLE, Role


def routers(deps: Dependencies) -> tuple[APIRouter, ...]:
    """The routes of accounts."""
    return _of_operators(deps), _of_people(deps)


def _of_people(deps: Dependencies) -> APIRouter:
    routes = api_router(guard(deps, *PEOPLE), prefix="/people")

    @routes.get("/names", responses=problems())
    async def list_names() -> schemas.NameList:
        """The name of every account, disabled ones included: media and the audit have ids only."""
        return schemas.NameList(items=[schemas.PersonName.of(account) for account in await deps.people.list()])

    return routes


def _of_operators(deps: Dependencies) -> APIRouter:
    routes = api_router(guard(deps, Role.OPERATOR), prefix="/people")

    @routes.get("", responses=problems())
    async def list_people() -> schemas.PersonList:
        """Every account, with its role and when it was last seen."""
        return schemas.PersonList(items=[schemas.Person.of(account) for account in await deps.people.list()])

    @routes.patch("/{account_id}", responses=problems(*BODY, 404, 409))
    async def change_person(account_id: UUID, body: schemas.PersonChange) -> schemas.Person:
        """Change an account's name or role, or disable it; 409 for the last operator that can sign in."""
        return schemas.Person.of(await deps.people.change(account_id, **body.model_dump()))

    @routes.delete("/{account_id}/sessions", status_code=204, responses=problems(404, 422))
    async def end_sessions(account_id: UUID) -> None:
        """Sign an account out everywhere."""
        await deps.people.account(account_id)
        await deps.credentials.end_sessions(account_id)

    return routes
