"""Invites and links for passwords: operators make and withdraw them, and who has the link uses it."""

from uuid import UUID

from fastapi import APIRouter, Response

from infoscreen.accounts.api import schemas
from infoscreen.accounts.api.dependencies import Browser, Dependencies, Person, guard
from infoscreen.accounts.api.schemas import InviteAcceptance, PasswordReset, SessionInfo
from infoscreen.accounts.api.session import OWN_SITE, set_cookie
from infoscreen.common.http_api import api_router
from infoscreen.common.openapi import PUBLIC
from infoscreen.common.problem import BODY, problems
from infoscreen.common.roles import Role


def routers(deps: Dependencies) -> tuple[APIRouter, ...]:
    """The routes of invites."""
    return _of_operators(deps), _public(deps)


def _of_operators(deps: Dependencies) -> APIRouter:
    routes = api_router(guard(deps, Role.OPERATOR))

    @routes.get("/invites", responses=problems())
    async def list_invites() -> schemas.InviteList:
        """The invites that can be accepted."""
        invites = await deps.invites.list()
        return schemas.InviteList(items=[schemas.InviteInfo.model_validate(invite) for invite in invites])

    @routes.post("/invites", status_code=201, responses=problems(*BODY))
    async def invite(body: schemas.InviteRequest, person: Person) -> schemas.NewInvite:
        """Make an invite. Its link is good for one account, for three days, and shown this once."""
        made, secret = await deps.invites.add(body.name, body.role, person.name)
        return schemas.NewInvite.with_secret(made, secret, f"{deps.public_url}/#invite={secret}")

    @routes.post("/people/{account_id}/password-link", status_code=201, responses=problems(404, 422))
    async def make_password_link(account_id: UUID, person: Person) -> schemas.NewInvite:
        """Make a link that sets another password of an account, once, in three days; an earlier one is worthless."""
        made, secret = await deps.invites.add_for(account_id, person.name)
        return schemas.NewInvite.with_secret(made, secret, f"{deps.public_url}/#password={secret}")

    @routes.delete("/invites/{invite_id}", status_code=204, responses=problems(404, 422))
    async def withdraw_invite(invite_id: UUID) -> None:
        """Make an invite worthless."""
        await deps.invites.withdraw(invite_id)

    return routes


def _public(deps: Dependencies) -> APIRouter:
    routes = api_router()

    @routes.post(
        "/people",
        status_code=201,
        dependencies=OWN_SITE,
        responses=problems(*BODY, 409),
        openapi_extra=PUBLIC,
        response_model_exclude_none=True,
    )
    async def accept_invite(body: InviteAcceptance, response: Response, browser: Browser) -> SessionInfo:
        """Make the account of an invite, once, and sign the browser in with it."""
        account, secret = await deps.invites.accept(**body.model_dump(), browser=browser)
        set_cookie(deps, response, secret)
        return SessionInfo.of(account)

    @routes.post(
        "/session/password",
        dependencies=OWN_SITE,
        responses=problems(*BODY),
        openapi_extra=PUBLIC,
        response_model_exclude_none=True,
    )
    async def reset_password(body: PasswordReset, response: Response, browser: Browser) -> SessionInfo:
        """Set the password of a link's account, once, and sign the browser in; every other session of it ends."""
        account, secret = await deps.invites.reset_password(body.invite, password=body.password, browser=browser)
        set_cookie(deps, response, secret)
        return SessionInfo.of(account)

    return routes
