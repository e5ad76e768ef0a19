"""The dashboard's session: the token itself in a cookie that scripts cannot read and other sites cannot send."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from infoscreen.catalog.api.dependencies import Dependencies
from infoscreen.catalog.schemas import SessionInfo, SessionRequest
from infoscreen.common.auth import SESSION_COOKIE, Principal, Role, require
from infoscreen.common.http_api import api_router
from infoscreen.common.openapi import PUBLIC
from infoscreen.common.problem import BODY, ProblemError, problems

_PEOPLE = (Role.UPLOADER, Role.OPERATOR)


def router(deps: Dependencies) -> APIRouter:
    """The routes of the session."""
    routes = api_router()
    Person = Annotated[Principal, Depends(require(deps.authenticate, *_PEOPLE))]  # noqa: N806 - a type

    @routes.post("/session", responses=problems(*BODY), openapi_extra=PUBLIC)
    async def sign_in(body: SessionRequest, response: Response) -> SessionInfo:
        """Exchange a token for the cookie."""
        principal = await deps.authenticate(body.token)
        if principal is None:
            raise ProblemError(401, "unauthenticated", "This token is not valid. Ask your operator for one.")
        if principal.role not in _PEOPLE:
            raise ProblemError(403, "forbidden", "This token is a player's; the dashboard needs a person's.")
        response.set_cookie(
            SESSION_COOKIE, body.token, httponly=True, samesite="strict", path="/api", secure=deps.secure_cookies
        )
        return SessionInfo.of(principal)

    @routes.get("/session", responses=problems())
    async def who_am_i(person: Person) -> SessionInfo:
        """Who is signed in."""
        return SessionInfo.of(person)

    @routes.delete("/session", status_code=204, openapi_extra=PUBLIC)
    async def sign_out(response: Response) -> None:
        """Forget the cookie. Signing out twice is fine."""
        response.delete_cookie(
            SESSION_COOKIE, httponly=True, samesite="strict", path="/api", secure=deps.secure_cookies
        )

    return routes
