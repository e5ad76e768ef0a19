"""Who may do what: opaque bearer tokens with a role, kept only as SHA-256 digests.

The tokens of people live in one JSON file that is read again when it changes, so a token is revoked by taking
it out. The dashboard's cookie carries the same token (HttpOnly, SameSite=Strict).
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import structlog
from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from infoscreen.common.errors import InfoscreenError
from infoscreen.common.problem import ProblemError

SESSION_COOKIE = "infoscreen_session"
_log = structlog.get_logger(__name__)


class Role(StrEnum):
    """What a token is good for. An operator may do whatever an uploader may."""

    OPERATOR = "operator"
    UPLOADER = "uploader"
    PLAYER = "player"


@dataclass(frozen=True)
class Principal:
    """Who is asking. ``name`` is for logs and ``uploaded_by``; it is never a secret."""

    name: str
    role: Role


def token_digest(token: str) -> str:
    """What is stored of a token: the hex SHA-256 of it. Tokens are long and random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(prefix: str) -> str:
    """A fresh token with 256 bits of randomness; the prefix tells leak scanners and people what it is."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


class TokenFileError(InfoscreenError):
    """The token file cannot be read at the start of a service; the message says what to mend."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    role: Role
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


_Version = tuple[int, int, int, int]


class TokenFile:
    """The tokens listed in a JSON file ``[{"name", "role", "sha256"}]``, read again whenever it changes.

    A change that cannot be read (half written, mistyped, gone) is logged, once, and leaves the tokens as they were:
    one slip of an operator must not lock everybody out. To revoke them all, leave an empty list.

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
        """Who the token belongs to, or None. Compares digests, so timing tells nothing about the token."""
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
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.cookies.get(SESSION_COOKIE)


Authenticator = Callable[[str], Awaitable[Principal | None]]


def require(authenticate: Authenticator, *roles: Role) -> Callable[[Request], Awaitable[Principal]]:
    """A FastAPI dependency that lets only these roles in, before any body is read.

    Raises:
        ProblemError: 401 without a valid token, 403 with one of another role.
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
        return principal

    return dependency
