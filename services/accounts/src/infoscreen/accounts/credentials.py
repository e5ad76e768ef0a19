"""Sessions and personal tokens: opening, listing and ending them. Their secrets are given out once, and not stored."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from uuid_utils.compat import uuid7

from infoscreen.accounts.database import Database
from infoscreen.accounts.projection import Projection
from infoscreen.accounts.roles import lesser
from infoscreen.common.auth import new_token, token_digest
from infoscreen.common.clock import Clock
from infoscreen.common.errors import NotFoundError
from infoscreen.common.messaging.access import PERSONAL_PREFIX, SESSION_PREFIX, AccountPrincipal
from infoscreen.common.postgres import Connection
from infoscreen.common.roles import PEOPLE, Role

_INSERT = """
INSERT INTO credential (id, account_id, kind, digest, name, scope, created_at, expires_at, last_seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_TOKENS = """
SELECT id AS token_id, account_id, name, scope AS role, created_at, expires_at, last_seen_at FROM credential
WHERE kind = 'token' AND ($1::uuid IS NULL OR account_id = $1) ORDER BY created_at DESC, id
"""

_SESSIONS = """
SELECT id AS session_id, name AS browser, created_at, expires_at, last_seen_at, digest = $2 AS current FROM credential
WHERE kind = 'session' AND account_id = $1 AND expires_at > now() ORDER BY last_seen_at DESC NULLS LAST, id
"""
_SEEN = """
UPDATE credential SET last_seen_at = $2
WHERE digest = $1 AND (last_seen_at IS NULL OR last_seen_at < $2::timestamptz - interval '1 minute')
"""
_OWNER = """
SELECT account_id FROM credential WHERE id = $1 AND kind = 'token' AND ($2::uuid IS NULL OR account_id = $2)
"""


@dataclass(frozen=True)
class Session:
    """An open session, without its secret.

    Attributes:
        browser: what the client that opened it said it is.
        current: True for the one that asks.
    """

    session_id: UUID
    browser: str
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime | None
    current: bool


@dataclass(frozen=True)
class PersonalToken:
    """A personal token, without its secret."""

    token_id: UUID
    account_id: UUID
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime | None

    @classmethod
    def of(cls, row: dict[str, object]) -> Self:
        """A token of a row."""
        return cls(**{**row, "role": Role(str(row["role"]))})  # type: ignore[arg-type]  # columns have the fields' types


class Credentials:
    """The credentials of accounts.

    Args:
        database: of accounts.
        projection: makes each change known to the other services before it counts.
        session_lifetime: how long a session lasts.
        clock: the time.
    """

    def __init__(self, database: Database, projection: Projection, session_lifetime: timedelta, clock: Clock) -> None:
        self._database = database
        self._projection = projection
        self._session_lifetime = session_lifetime
        self._clock = clock

    async def open_session(self, account_id: UUID, browser: str) -> str:
        """Open a session; returns its secret.

        Raises:
            UnavailableError: a server is away; there is no session.
        """
        async with self._projection.change(account_id) as connection:
            return await self.add_session(connection, account_id, browser)

    async def add_session(self, connection: Connection, account_id: UUID, browser: str) -> str:
        """As ``open_session``, within a change of the account that is under way."""
        secret, now = new_token(SESSION_PREFIX), self._clock()
        # A session allows whatever its owner may do, now and later.
        values = ("session", token_digest(secret), browser, PEOPLE[-1].value, now, now + self._session_lifetime, now)
        await connection.execute(_INSERT, uuid7(), account_id, *values)
        return secret

    async def end_session(self, who: AccountPrincipal) -> None:
        """End the session that a request was sent with; a personal token stays."""
        async with self._projection.change(who.account_id) as connection:
            await connection.execute("DELETE FROM credential WHERE digest = $1 AND kind = 'session'", who.digest)

    async def end_sessions(self, account_id: UUID, *, but: str | None = None) -> None:
        """End every session of an account, but the one with a digest."""
        async with self._projection.change(account_id) as connection:
            await self.drop_sessions(connection, account_id, but=but)

    async def drop_sessions(self, connection: Connection, account_id: UUID, *, but: str | None = None) -> None:
        """As ``end_sessions``, within a change of the account that is under way."""
        delete = "DELETE FROM credential WHERE account_id = $1 AND kind = 'session' AND digest IS DISTINCT FROM $2"
        await connection.execute(delete, account_id, but)

    async def seen(self, who: AccountPrincipal) -> None:
        """Note that a credential is in use, to the minute."""
        async with self._database.transaction() as connection:
            await connection.execute(_SEEN, who.digest, self._clock())

    async def sessions(self, who: AccountPrincipal) -> list[Session]:
        """The open sessions of an account, the one seen last first."""
        async with self._database.transaction() as connection:
            return [Session(**row) for row in await connection.fetch(_SESSIONS, who.account_id, who.digest)]

    async def tokens(self, account_id: UUID | None) -> list[PersonalToken]:
        """The personal tokens of an account, or of all, the newest first."""
        async with self._database.transaction() as connection:
            return [PersonalToken.of(dict(row)) for row in await connection.fetch(_TOKENS, account_id)]

    async def add_token(
        self, who: AccountPrincipal, name: str, role: Role, lifetime: timedelta
    ) -> tuple[PersonalToken, str]:
        """Make a personal token; returns it with its secret, which is shown this once.

        Args:
            who: its owner.
            name: what it is for.
            role: the most that it allows. It never allows more than its owner may do.
            lifetime: until it expires.
        """
        secret, now, token_id = new_token(PERSONAL_PREFIX), self._clock(), UUID(str(uuid7()))
        token = PersonalToken(token_id, who.account_id, name, lesser(role, who.role), now, now + lifetime, None)
        async with self._projection.change(who.account_id) as connection:
            values = ("token", token_digest(secret), name, token.role.value, now, token.expires_at, None)
            await connection.execute(_INSERT, token_id, who.account_id, *values)
        return token, secret

    async def end_token(self, token_id: UUID, owner: UUID | None) -> None:
        """Revoke a personal token.

        Args:
            token_id: which.
            owner: whose it must be; None for any account's.

        Raises:
            NotFoundError: there is no such token, or it is another account's.
        """
        async with self._database.transaction() as connection:
            account_id = await connection.fetchval(_OWNER, token_id, owner)
        if account_id is None:
            raise NotFoundError(f"You have no token {token_id}.")
        async with self._projection.change(account_id) as connection:
            await connection.execute("DELETE FROM credential WHERE id = $1", token_id)
