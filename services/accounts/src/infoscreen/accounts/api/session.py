"""The dashboard's session: a cookie that scripts cannot read and other sites cannot send.

For an account it carries a session of its own, new at each sign-in. A token of the token file is carried itself, so
that it needs no other server.
"""

import contextlib
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from infoscreen.accounts.api.dependencies import Browser, Dependencies, Person, guard, with_account
from infoscreen.accounts.api.schemas import PasswordChange, PasswordSignIn, SessionInfo, SessionList, TokenSignIn
from infoscreen.common.auth import SESSION_COOKIE, Principal, check_own_site, cookie_token
from infoscreen.common.errors import UnavailableError
from infoscreen.common.http_api import api_router
from infoscreen.common.messaging.access import SESSION_PREFIX, AccountPrincipal
from infoscreen.common.openapi import PUBLIC
from infoscreen.common.problem import BODY, ProblemError, problems
from infoscreen.common.roles import PEOPLE

OWN_SITE = [Depends(check_own_site)]
"""Another site must neither sign a browser in nor out."""

_SIGN_OUT_ERRORS: dict[int | str, dict[str, Any]] = {status: problems(422)[status] for status in (403, 422, 503)}

SignIn = Annotated[TokenSignIn | PasswordSignIn, Body()]
Everywhere = Annotated[bool, Query(description="End every session of the account, not this one alone")]


def routers(deps: Dependencies) -> tuple[APIRouter, ...]:
    """The routes of the session."""
    return _public(deps), _own(deps)


def _public(deps: Dependencies) -> APIRouter:
    routes = api_router()

    @routes.post(
        "/session",
        dependencies=OWN_SITE,
        responses=problems(*BODY),
        response_model_exclude_none=True,
        openapi_extra=PUBLIC,
    )
    async def sign_in(body: SignIn, request: Request, response: Response, browser: Browser) -> SessionInfo:
        """Exchange an e-mail address and password, or a token, for the cookie."""
        if isinstance(body, TokenSignIn):
            principal, secret = await _token_holder(deps, body.token), body.token
            set_cookie(deps, response, secret)
            return await _described(deps, principal)
        address = deps.address(request)
        account, secret = await deps.people.sign_in(body.email, body.password, address=address, browser=browser)
        set_cookie(deps, response, secret)
        return SessionInfo.of(account)

    @routes.delete(
        "/session",
        status_code=204,
        dependencies=OWN_SITE,
        responses=_SIGN_OUT_ERRORS,
        openapi_extra=PUBLIC,
    )
    async def sign_out(request: Request, response: Response, *, everywhere: Everywhere = False) -> None:
        """End the session, and what was opened with it, and forget the cookie. Signing out twice is fine."""
        if token := cookie_token(request):
            await _end(deps, token, everywhere=everywhere)
        response.delete_cookie(
            SESSION_COOKIE, httponly=True, samesite="strict", path="/api", secure=deps.secure_cookies
        )

    return routes


def _own(deps: Dependencies) -> APIRouter:
    routes = api_router(guard(deps, *PEOPLE))

    @routes.get("/session", responses=problems(), response_model_exclude_none=True)
    async def who_am_i(person: Person) -> SessionInfo:
        """Who is signed in."""
        if isinstance(person, AccountPrincipal):
            await deps.credentials.seen(person)
        return await _described(deps, person)

    @routes.get("/sessions", responses=problems(409))
    async def list_sessions(person: Person) -> SessionList:
        """One's own open sessions; `DELETE /api/session?everywhere=true` ends them all."""
        return SessionList.of(await deps.credentials.sessions(with_account(person)))

    @routes.put("/session/password", status_code=204, responses=problems(*BODY, 409))
    async def change_password(body: PasswordChange, person: Person) -> None:
        """Change one's own password; every other session of the account ends."""
        await deps.people.change_password(with_account(person), body.current, body.new)

    return routes


def set_cookie(deps: Dependencies, response: Response, secret: str) -> None:
    """Give a browser its session. It lasts as long as the browser keeps it, and no longer than what it carries."""
    response.set_cookie(
        SESSION_COOKIE, secret, httponly=True, samesite="strict", path="/api", secure=deps.secure_cookies
    )


async def _token_holder(deps: Dependencies, token: str) -> Principal:
    principal = await deps.authenticate(token)
    if principal is None:
        raise ProblemError(401, "unauthenticated", "This token is not valid. Ask your operator for one.")
    if principal.role not in PEOPLE:
        raise ProblemError(403, "forbidden", "This token is a player's; the dashboard needs a person's.")
    return principal


async def _described(deps: Dependencies, person: Principal) -> SessionInfo:
    if not isinstance(person, AccountPrincipal):
        return SessionInfo.of(person)
    account = await deps.people.account(person.account_id)
    return SessionInfo.of(account).model_copy(update={"role": person.role})


async def _end(deps: Dependencies, token: str, *, everywhere: bool) -> None:
    """End what a cookie carries. A token of the file, or a personal one, stays valid: only its event streams end."""
    person = await deps.authenticate(token)
    if isinstance(person, AccountPrincipal) and everywhere:
        await deps.credentials.end_sessions(person.account_id)
    elif isinstance(person, AccountPrincipal) and token.startswith(f"{SESSION_PREFIX}_"):
        await deps.credentials.end_session(person)
    if person is not None and not token.startswith(f"{SESSION_PREFIX}_"):
        with contextlib.suppress(UnavailableError):  # the streams then end with the browser's page
            await deps.bucket.announce_sign_out(token)
