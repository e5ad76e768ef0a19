"""Personal tokens: for scripts that act for one person."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter

from infoscreen.accounts.api import schemas
from infoscreen.accounts.api.dependencies import Dependencies, Person, guard, with_account
from infoscreen.common.auth import Principal
from infoscreen.common.http_api import api_router
from infoscreen.common.messaging.access import AccountPrincipal
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import PEOPLE, Role


def routers(deps: Dependencies) -> tuple[APIRouter, ...]:
    """The routes of personal tokens."""
    routes = api_router(guard(deps, *PEOPLE), prefix="/tokens")

    @routes.get("", responses=problems())
    async def list_tokens(person: Person) -> schemas.TokenList:
        """One's own personal tokens; to an operator, those of all accounts."""
        if person.role is not Role.OPERATOR and not isinstance(person, AccountPrincipal):
            return schemas.TokenList(items=[])
        tokens = await deps.credentials.tokens(_owner(person))
        return schemas.TokenList(items=[schemas.TokenInfo.model_validate(token) for token in tokens])

    @routes.post("", status_code=201, responses=problems(*BODY, 409))
    async def create_token(body: schemas.TokenRequest, person: Person) -> schemas.NewToken:
        """Make a personal token; its secret is shown this once. 409 for a token of the token file: no account."""
        owner = with_account(person)
        role, lifetime = body.role or owner.role, timedelta(days=body.days)
        return schemas.NewToken.with_secret(*await deps.credentials.add_token(owner, body.name, role, lifetime))

    @routes.delete("/{token_id}", status_code=204, responses=problems(404, 409, 422))
    async def revoke_token(token_id: UUID, person: Person) -> None:
        """Revoke a personal token: one's own; an operator, any. What is open with it ends."""
        await deps.credentials.end_token(token_id, _owner(person))

    return (routes,)


def _owner(person: Principal) -> UUID | None:
    """Whose tokens a person may see and revoke: None stands for all."""
    return None if person.role is Role.OPERATOR else with_account(person).account_id
