"""The dependencies of the routes, and the checks that all routes share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from infoscreen.accounts.credentials import Credentials
from infoscreen.accounts.invites import Invites
from infoscreen.accounts.people import People
from infoscreen.common.auth import Authenticator, Guard, Principal, require
from infoscreen.common.client_address import Network, client_address
from infoscreen.common.errors import ConflictError
from infoscreen.common.http_api import principal
from infoscreen.common.messaging.access import AccessBucket, AccountPrincipal
from infoscreen.common.rate_limit import RateLimit, limited
from infoscreen.common.roles import Role

NO_NUL = r"^[^\x00]*$"  # Postgres cannot store this character
_BROWSER_CHARACTERS = 200

Person = Annotated[Principal, Depends(principal)]


@dataclass(frozen=True)
class Dependencies:
    """The use cases and limits that the routes use.

    Attributes:
        authenticate: finds the principal of a token.
        bucket: tells other services of sign-outs.
        rate_limit: limits the requests of each token.
        proxies: where the edge is.
        public_url: where browsers reach the edge.
    """

    people: People
    invites: Invites
    credentials: Credentials
    authenticate: Authenticator
    bucket: AccessBucket
    rate_limit: RateLimit
    proxies: Sequence[Network]
    public_url: str

    @property
    def secure_cookies(self) -> bool:
        """True where browsers send cookies over https only."""
        return self.public_url.startswith("https://")

    def address(self, request: Request) -> str:
        """The address of a client."""
        return client_address(request, self.proxies)


def guard(deps: Dependencies, *roles: Role) -> Guard:
    """Return a check for a router or a route that admits these roles and counts each request."""
    return limited(require(deps.authenticate, *roles), deps.rate_limit)


def with_account(person: Principal) -> AccountPrincipal:
    """A principal that has an account.

    Raises:
        ConflictError: its token is from the token file, and belongs to no account.
    """
    if not isinstance(person, AccountPrincipal):
        raise ConflictError("Your token is from the token file and has no account. Sign in with an e-mail address.")
    return person


def browser_of(user_agent: Annotated[str | None, Header()] = None) -> str:
    """What a client says it is, to tell sessions apart."""
    return (user_agent or "").replace("\x00", "")[:_BROWSER_CHARACTERS]


Browser = Annotated[str, Depends(browser_of)]
