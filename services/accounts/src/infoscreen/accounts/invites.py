"""Invites: a link that makes one account, or gives one that there is another password, once.

The secret stands in the fragment of the link, which browsers send to no server.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from infoscreen.accounts.credentials import Credentials
from infoscreen.accounts.database import Database
from infoscreen.accounts.passwords import Passwords
from infoscreen.accounts.people import Account, People, normalised, set_password
from infoscreen.accounts.projection import Projection
from infoscreen.common.auth import new_token, token_digest
from infoscreen.common.clock import Clock
from infoscreen.common.errors import ConflictError, NotFoundError
from infoscreen.common.postgres import Connection
from infoscreen.common.problem import ProblemError
from infoscreen.common.roles import Role

_OPEN = "used_at IS NULL AND expires_at > $1"
_LIST = f"""
SELECT id AS invite_id, name, role, created_by, created_at, expires_at, account_id FROM invite
WHERE {_OPEN} ORDER BY created_at, id
"""  # noqa: S608 - a constant of this module
_INSERT = """
INSERT INTO invite (id, digest, name, role, created_by, created_at, expires_at, account_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_CLAIM = f"UPDATE invite SET used_at = $1 WHERE digest = $2 AND {_OPEN}"  # noqa: S608 - as above
_CLAIM_NEW = f"{_CLAIM} AND account_id IS NULL RETURNING role"
_CLAIM_OF = f"{_CLAIM} AND account_id = $3 RETURNING true"


@dataclass(frozen=True)
class Invite:
    """A link that can be used, without its secret; with an account where it sets that one's password."""

    invite_id: UUID
    name: str
    role: Role
    created_by: str
    created_at: datetime
    expires_at: datetime
    account_id: UUID | None = None


class Invites:
    """Invites, from their making to the account.

    Args:
        database: of accounts.
        projection: makes each change known to the other services before it counts.
        people: the accounts.
        credentials: their sessions.
        passwords: makes hashes.
        lifetime: how long an invite can be accepted.
        clock: the time.
    """

    def __init__(
        self,
        *,
        database: Database,
        projection: Projection,
        people: People,
        credentials: Credentials,
        passwords: Passwords,
        lifetime: timedelta,
        clock: Clock,
    ) -> None:
        self._database = database
        self._projection = projection
        self._people = people
        self._credentials = credentials
        self._passwords = passwords
        self._lifetime = lifetime
        self._clock = clock

    async def list(self) -> list[Invite]:
        """The invites that can be accepted, the oldest first."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(_LIST, self._clock())
        return [Invite(**{**row, "role": Role(row["role"])}) for row in rows]

    async def add(self, name: str, role: Role, created_by: str) -> tuple[Invite, str]:
        """Make an invite; returns it with its secret, which is shown this once."""
        async with self._database.transaction() as connection:
            return await self._add(connection, name, role, created_by)

    async def add_for(self, account_id: UUID, created_by: str) -> tuple[Invite, str]:
        """Make a link by which an account gets another password, in place of the one that it has, if any.

        Raises:
            NotFoundError: there is no such account.
        """
        account = await self._people.account(account_id)
        async with self._database.transaction() as connection:
            await connection.execute("DELETE FROM invite WHERE account_id = $1", account_id)
            return await self._add(connection, account.name, account.role, created_by, account_id)

    async def _add(
        self, connection: Connection, name: str, role: Role, created_by: str, account_id: UUID | None = None
    ) -> tuple[Invite, str]:
        secret, now, invite_id = new_token("isi"), self._clock(), UUID(str(uuid7()))
        invite = Invite(invite_id, name, role, created_by, now, now + self._lifetime, account_id)
        values = (invite_id, token_digest(secret), name, role.value, created_by, now, invite.expires_at, account_id)
        await connection.execute(_INSERT, *values)
        return invite, secret

    async def withdraw(self, invite_id: UUID) -> None:
        """Make an invite worthless.

        Raises:
            NotFoundError: there is none that can be accepted.
        """
        delete = f"DELETE FROM invite WHERE id = $2 AND {_OPEN} RETURNING id"  # noqa: S608 - a constant of this module
        async with self._database.transaction() as connection:
            if await connection.fetchval(delete, self._clock(), invite_id) is None:
                raise NotFoundError(f"There is no open invite {invite_id}.")

    async def accept(self, invite: str, *, name: str, email: str, password: str, browser: str) -> tuple[Account, str]:
        """Make the account of an invite, and sign it in; returns it with the session's secret.

        Of two that accept an invite at once, one gets the account.

        Raises:
            ProblemError: 403, the invite is unknown, used or expired.
            ConflictError: there is an account with this address; the invite can still be accepted.
        """
        digest = token_digest(invite)
        await self._check_open(digest)
        hashed, account_id = await self._passwords.hash(password), UUID(str(uuid7()))
        insert = "INSERT INTO account (id, email, name, role) VALUES ($1, $2, $3, $4)"
        try:
            async with self._projection.change(account_id) as connection:
                role = await connection.fetchval(_CLAIM_NEW, self._clock(), digest)
                if role is None:
                    raise _refusal()
                await connection.execute(insert, account_id, normalised(email), name, role)
                await set_password(connection, account_id, hashed)
                session = await self._credentials.add_session(connection, account_id, browser)
        except asyncpg.UniqueViolationError as error:
            detail = "There is an account with this e-mail address. Sign in with it, or use another address."
            raise ConflictError(detail) from error
        return await self._people.account(account_id), session

    async def reset_password(self, invite: str, *, password: str, browser: str) -> tuple[Account, str]:
        """Give the account of a link another password, and sign it in; every other session of it ends.

        Returns:
            The account and the session's secret.

        Raises:
            ProblemError: 403, the link is unknown, used or expired, or the account is disabled.
        """
        digest = token_digest(invite)
        account_id = await self._check_open(digest)
        if account_id is None:
            raise _refusal()
        hashed = await self._passwords.hash(password)
        async with self._projection.change(account_id) as connection:
            enabled = "SELECT true FROM account WHERE id = $1 AND disabled_at IS NULL"
            claimed = await connection.fetchval(_CLAIM_OF, self._clock(), digest, account_id)
            if not claimed or not await connection.fetchval(enabled, account_id):
                raise _refusal()
            await set_password(connection, account_id, hashed)
            await self._credentials.drop_sessions(connection, account_id)
            session = await self._credentials.add_session(connection, account_id, browser)
        return await self._people.account(account_id), session

    async def _check_open(self, digest: str) -> UUID | None:
        """Refuse what is no open invite before the work of hashing; returns the account whose password it sets."""
        found = f"SELECT account_id FROM invite WHERE digest = $2 AND {_OPEN}"  # noqa: S608 - a constant of this module
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(found, self._clock(), digest)
        if row is None:
            raise _refusal()
        account_id: UUID | None = row["account_id"]
        return account_id


def _refusal() -> ProblemError:
    return ProblemError(403, "invalid_invite", "This link is used, expired or wrong. Ask your operator for another.")
