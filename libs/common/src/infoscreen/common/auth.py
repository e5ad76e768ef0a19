"""Authentication and roles: opaque bearer tokens, each with a role, stored only as SHA-256 digests.

The tokens of people live in one JSON file that is read again when it changes, so a token is revoked by taking
it out. The dashboard's cookie carries the same token (HttpOnly, SameSite=Strict); what changes something by the cookie
must come from the dashboard's own pages.
"""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import structlog
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from infoscreen.common.errors import InfoscreenError, UnavailableError
from infoscreen.common.ownership import Person
from infoscreen.common.problem import ProblemError
from infoscreen.common.roles import EDITORS, Role
from infoscreen.common.waiting import wait_for

SESSION_COOKIE = "infoscreen_session"
RECHECK_SECONDS = 2.0
"""How often what stays open asks whether its principal still may, where no news of a revocation comes before."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Principal:
    """The person or player that sends a request. ``name`` is for logs and ``uploaded_by``; it is never a secret.

    Attributes:
        changed: set once the credential may no longer allow what it did. What has no such news is to be looked up again
            every ``RECHECK_SECONDS``.
    """

    name: str
    role: Role
    changed: asyncio.Event = field(default_factory=asyncio.Event, compare=False, repr=False, kw_only=True)

    @property
    def limit_key(self) -> str:
        """The key under which rate limits count the requests of this principal."""
        return self.name

    @property
    def person(self) -> Person:
        """Which media this principal may change, as use cases ask."""
        return Person(self.name, edits_all=self.role in EDITORS)


def token_digest(token: str) -> str:
    """The hex SHA-256 of a token, which is stored in its place. Tokens are long and random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(prefix: str) -> str:
    """A fresh token with 256 bits of randomness; the prefix tells leak scanners and people what it is."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


class TokenFileError(InfoscreenError):
    """The token file cannot be read at the start of a service; the message says how to correct it."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    role: Role
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


_Version = tuple[int, int, int, int]


class TokenFile:
    """The tokens listed in a JSON file ``[{"name", "role", "sha256"}]``, read again whenever it changes.

    A change that cannot be read (half written, mistyped, gone) is logged, once, and leaves the tokens as they were:
    one slip of an operator must not lock out every user. To revoke them all, leave an empty list.

    Raises:
        TokenFileError: it cannot be read to begin with.
    """

    _entries = TypeAdapter(list[_Entry])

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: _Version | None = self._version()
        try:
            self._principals = self._read()
        except (OSError, ValidationError) as error:
            raise TokenFileError(f"the token file {path} cannot be read: {_described(error)}") from error

    def find(self, token: str) -> Principal | None:
        """The principal that the token belongs to, or None. It compares digests, so that its timing reveals nothing."""
        version = self._version()
        if version != self._seen:
            self._seen = version
            try:
                self._principals = self._read()
            except (OSError, ValidationError) as error:
                _log.error("token_file_unreadable", path=str(self._path), error=_described(error))
        return self._principals.get(token_digest(token))

    def _version(self) -> _Version | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        # The last is the one that no tool can set back, as `cp -p` and `rsync --times` do the first.
        return status.st_mtime_ns, status.st_ino, status.st_size, status.st_ctime_ns

    def _read(self) -> dict[str, Principal]:
        entries = self._entries.validate_json(self._path.read_bytes())
        return {entry.sha256: Principal(entry.name, entry.role) for entry in entries}


def _described(error: OSError | ValidationError) -> str:
    """What is wrong, without the file's content."""
    if isinstance(error, OSError):
        return error.strerror or repr(error)
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors(include_input=False))


def bearer_token(request: Request) -> str | None:
    """The token of a request: from ``Authorization: Bearer``, else from the dashboard's cookie."""
    return _header_token(request) or request.cookies.get(SESSION_COOKIE)


def cookie_token(request: Request) -> str | None:
    """The token of a request that is made by the dashboard's cookie; None where a header decides."""
    return None if _header_token(request) else request.cookies.get(SESSION_COOKIE)


def _header_token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


def check_own_site(request: Request) -> None:
    """Refuse a request that a browser sends on behalf of a page of another site, and that is more than reading.

    The browser says so itself, in ``Sec-Fetch-Site`` or ``Origin``; it lets no page change these. A request with
    neither is let through: every browser sends ``Origin`` with what is no GET or HEAD, so a program sent it.

    Raises:
        ProblemError: 403.
    """
    if request.method in _READING:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site in ("same-origin", "none") or (site is None and (origin is None or _is_own(origin, request))):
        return
    detail = "A page of another site sent this request with your cookie. Open the dashboard itself and try again there."
    raise ProblemError(403, "cross_site", detail)


def _is_own(origin: str, request: Request) -> bool:
    """The edge passes the Host on as it came. A scheme is not compared: what ends TLS may stand before the edge."""
    try:
        return urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False


Authenticator = Callable[[str], Awaitable[Principal | None]]
Guard: TypeAlias = Callable[[Request], Awaitable[Principal]]
"""Finds out who asks, and raises for those who may not; see ``require``."""


def require(authenticate: Authenticator, *roles: Role) -> Guard:
    """A FastAPI dependency that lets only these roles in, before any body is read.

    Raises:
        ProblemError: 401 without a valid token, 403 with one of another role, or with the dashboard's cookie from
            another site.
    """

    async def dependency(request: Request) -> Principal:
        token = bearer_token(request)
        principal = await authenticate(token) if token else None
        if principal is None:
            raise ProblemError(
                401,
                "unauthenticated",
                "Sign in, or send a valid token as 'Authorization: Bearer TOKEN'.",
                {"WWW-Authenticate": "Bearer"},
            )
        if principal.role not in roles:
            allowed = " or ".join(roles)
            raise ProblemError(
                403, "forbidden", f"This needs the role {allowed}; your token is for a {principal.role}."
            )
        if request.method not in _READING and cookie_token(request):
            check_own_site(request)
        return principal

    dependency.roles = roles  # type: ignore[attr-defined]  # mypy knows no attributes of functions
    return dependency


def admitted_roles(guard: object) -> tuple[Role, ...]:
    """The roles that a guard lets in, for the API's document; none of what is no guard."""
    return getattr(guard, "roles", ())


_T = TypeVar("_T")


@dataclass(frozen=True)
class Right:
    """The right of a principal to something that lasts, and during which it may be revoked.

    Attributes:
        principal: who has it.
        check: finds the principal anew; raises ``ProblemError`` where it may not go on.
    """

    principal: Principal
    check: Callable[[], Awaitable[Principal]]

    async def lost(self) -> ProblemError:
        """Return the check's refusal, such as 401, once there is one.

        The check is asked as soon as the principal's credential changes, and every ``RECHECK_SECONDS``. A database that
        is away revokes nothing.
        """
        changed = self.principal.changed
        while True:
            await wait_for(changed, RECHECK_SECONDS)
            try:
                changed = (await self.check()).changed
            except UnavailableError:
                changed = asyncio.Event()
            except ProblemError as refusal:
                return refusal


async def while_allowed(right: Right, work: Coroutine[Any, Any, _T]) -> _T:
    """The result of work that may wait for long. Once the right is lost, work is cancelled and its result withheld.

    Raises:
        ProblemError: the check's own, such as 401 for a token that was revoked since.
    """
    task, losing = asyncio.ensure_future(work), asyncio.ensure_future(right.lost())
    try:
        await asyncio.wait((task, losing), return_when=asyncio.FIRST_COMPLETED)
        if losing.done():
            raise losing.result()
        with contextlib.suppress(UnavailableError):
            await right.check()
        return task.result()
    finally:
        losing.cancel()
        if not task.cancel() and not task.cancelled():
            task.exception()  # looked at, also where the check's own goes before it
