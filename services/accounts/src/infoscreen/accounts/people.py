"""Accounts: signing in, listing and changing them. There is always an operator among those that can sign in."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from infoscreen.accounts.credentials import Credentials
from infoscreen.accounts.database import Database
from infoscreen.accounts.passwords import Passwords
from infoscreen.accounts.projection import Projection
from infoscreen.accounts.slowing import Slowing
from infoscreen.common.clock import Clock
from infoscreen.common.errors import ConflictError, NotFoundError
from infoscreen.common.messaging.access import AccountPrincipal
from infoscreen.common.postgres import Connection
from infoscreen.common.problem import ProblemError
from infoscreen.common.roles import Role

_OPERATORS_LOCK = 0x696E666F_00000005

_PEOPLE = """
SELECT a.id AS account_id, a.email, a.name, a.role, a.created_at, a.disabled_at, c.last_seen_at,
       coalesce(c.sessions, 0) AS sessions, coalesce(c.tokens, 0) AS tokens
FROM account a LEFT JOIN (
    SELECT account_id, max(last_seen_at) AS last_seen_at, count(*) FILTER (WHERE kind = 'session') AS sessions,
           count(*) FILTER (WHERE kind = 'token') AS tokens
    FROM credential WHERE expires_at > now() GROUP BY account_id
) c ON c.account_id = a.id
WHERE $1::uuid IS NULL OR a.id = $1 ORDER BY lower(a.name), a.id
"""
_SIGN_IN = """
SELECT a.id, a.name, a.role, a.disabled_at IS NULL AS enabled, p.hash
FROM account a JOIN password p ON p.account_id = a.id WHERE a.email = $1
"""
_SIGN_IN_REFUSED = "This e-mail address and password do not match an account. Check both, or ask your operator."


@dataclass(frozen=True)
class Account:
    """An account as operators see it."""

    account_id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    last_seen_at: datetime | None
    sessions: int
    tokens: int


def normalised(email: str) -> str:
    """An address as it is stored and compared: without outer blanks, in lower case."""
    return email.strip().lower()


class People:
    """The accounts.

    Args:
        database: of accounts.
        projection: makes each change known to the other services before it counts.
        credentials: their sessions.
        passwords: makes and verifies hashes.
        slowing: of guesses.
        clock: the time.
    """

    def __init__(
        self,
        *,
        database: Database,
        projection: Projection,
        credentials: Credentials,
        passwords: Passwords,
        slowing: Slowing,
        clock: Clock,
    ) -> None:
        self._database = database
        self._projection = projection
        self._credentials = credentials
        self._passwords = passwords
        self._slowing = slowing
        self._clock = clock

    async def sign_in(self, email: str, password: str, *, address: str, browser: str) -> tuple[Account, str]:
        """Open a session; returns the account and the session's secret.

        Wrong passwords make the next answers slow, and never lock the account.

        Raises:
            ProblemError: 401 for a wrong password, an unknown address and a disabled account alike.
        """
        email = normalised(email)
        await asyncio.sleep(self._slowing.delay_seconds(email, address))
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(_SIGN_IN, email)
        right = await self._passwords.verify(row["hash"] if row else None, password)
        if row is None or not right or not row["enabled"]:
            self._slowing.failed(email, address)
            raise ProblemError(401, "wrong_password", _SIGN_IN_REFUSED)
        self._slowing.succeeded(email, address)
        secret = await self._credentials.open_session(row["id"], browser)
        return await self.account(row["id"]), secret

    async def list(self) -> list[Account]:
        """Every account, by name."""
        async with self._database.transaction() as connection:
            return await _accounts(connection)

    async def account(self, account_id: UUID) -> Account:
        """One account.

        Raises:
            NotFoundError: there is none.
        """
        async with self._database.transaction() as connection:
            return await _account(connection, account_id)

    async def change(
        self, account_id: UUID, *, name: str | None = None, role: Role | None = None, disabled: bool | None = None
    ) -> Account:
        """Change what is given of an account; a disabled one loses its sessions, and its tokens rest.

        Raises:
            NotFoundError: there is none.
            ConflictError: it is the last operator that can sign in.
        """
        async with self._projection.change(account_id) as connection:
            before = await _account(connection, account_id)
            if (role or before.role) is not Role.OPERATOR or disabled:
                await _refuse_for_last_operator(connection, account_id)
            disabled_at = before.disabled_at
            if disabled is not None:
                disabled_at = (before.disabled_at or self._clock()) if disabled else None
            update = "UPDATE account SET name = $2, role = $3, disabled_at = $4 WHERE id = $1"
            values = (name or before.name, (role or before.role).value, disabled_at)
            await connection.execute(update, account_id, *values)
            if disabled:
                await self._credentials.drop_sessions(connection, account_id)
            return await _account(connection, account_id)

    async def change_password(self, who: AccountPrincipal, current: str, new: str) -> None:
        """Set one's own password; every other session of the account ends.

        Raises:
            ProblemError: 403, the current one is wrong.
        """
        hash_of = "SELECT hash FROM password WHERE account_id = $1"
        async with self._database.transaction() as connection:
            hashed = await connection.fetchval(hash_of, who.account_id)
        if not await self._passwords.verify(hashed, current):
            raise ProblemError(403, "wrong_password", "The current password is not right. Nothing was changed.")
        fresh = await self._passwords.hash(new)
        async with self._projection.change(who.account_id) as connection:
            await set_password(connection, who.account_id, fresh)
            await self._credentials.drop_sessions(connection, who.account_id, but=who.digest)


async def set_password(connection: Connection, account_id: UUID, hashed: str) -> None:
    """Store the hash of an account's password in place of the one before."""
    upsert = (
        "INSERT INTO password (account_id, hash) VALUES ($1, $2)"
        " ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, changed_at = now()"
    )
    await connection.execute(upsert, account_id, hashed)


async def _accounts(connection: Connection, account_id: UUID | None = None) -> list[Account]:
    return [_of(row) for row in await connection.fetch(_PEOPLE, account_id)]


async def _account(connection: Connection, account_id: UUID) -> Account:
    found = await _accounts(connection, account_id)
    if not found:
        raise NotFoundError(f"There is no account {account_id}.")
    return found[0]


def _of(row: Mapping[str, object]) -> Account:
    return Account(**{**row, "role": Role(str(row["role"]))})  # type: ignore[arg-type]  # columns have the fields' types


async def _refuse_for_last_operator(connection: Connection, account_id: UUID) -> None:
    """Raise ConflictError if no other operator can sign in. Of two that demote each other, the second waits here."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _OPERATORS_LOCK)
    operators = "SELECT id FROM account WHERE role = 'operator' AND disabled_at IS NULL"
    if {row["id"] for row in await connection.fetch(operators)} == {account_id}:
        raise ConflictError("This is the last operator. Make another account an operator first.")
