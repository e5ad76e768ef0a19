"""The dashboard's session: the token itself in a cookie that scripts cannot read and other sites cannot send."""

import contextlib
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from infoscreen.catalog.api.dependencies import PEOPLE, Dependencies, guard
from infoscreen.catalog.api.schemas.session import SessionInfo, SessionRequest
from infoscreen.common.auth import SESSION_COOKIE, Principal, check_own_site, cookie_token
from infoscreen.common.errors import UnavailableError
from infoscreen.common.http_api import api_router
from infoscreen.common.openapi import PUBLIC
from infoscreen.common.problem import BODY, ProblemError, problems


def router(deps: Dependencies) -> APIRouter:
    """The routes of the session."""
    routes = api_router()
    Person = Annotated[Principal, Depends(guard(deps, *PEOPLE))]  # noqa: N806 - a type

    own_site = [Depends(check_own_site)]  # another site must neither sign a browser in nor out

    @routes.post("/session", dependencies=own_site, responses=problems(*BODY), openapi_extra=PUBLIC)
    async def sign_in(body: SessionRequest, response: Response) -> SessionInfo:
        """Exchange a token for the cookie."""
        principal = await deps.authenticate(body.token)
        if principal is None:
            raise ProblemError(401, "unauthenticated", "This token is not valid. Ask your operator for one.")
        if principal.role not in PEOPLE:
            raise ProblemError(403, "forbidden", "This token is a player's; the dashboard needs a person's.")
        response.set_cookie(
            SESSION_COOKIE, body.token, httponly=True, samesite="strict", path="/api", secure=deps.secure_cookies
        )
        return SessionInfo.of(principal)

    @routes.get("/session", responses=problems())
    async def who_am_i(person: Person) -> SessionInfo:
        """Who is signed in."""
        return SessionInfo.of(person)

    @routes.delete(
        "/session", status_code=204, dependencies=own_site, responses={403: problems()[403]}, openapi_extra=PUBLIC
    )
    async def sign_out(request: Request, response: Response) -> None:
        """Forget the cookie, and end the event streams that were opened with it. Signing out twice is fine."""
        token = cookie_token(request)
        if token and await deps.authenticate(token):
            with contextlib.suppress(UnavailableError):  # the other replicas' streams then end with the browser's page
                await deps.sign_outs.announce(token, deps.database)
        response.delete_cookie(
            SESSION_COOKIE, httponly=True, samesite="strict", path="/api", secure=deps.secure_cookies
        )

    return routes
