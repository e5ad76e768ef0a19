"""Sessions as accounts writes them for the other services, without an accounts that runs."""

from datetime import timedelta

from uuid_utils.compat import uuid7

from infoscreen.common.auth import new_token, token_digest
from infoscreen.common.clock import utc_now
from infoscreen.common.messaging.access import SESSION_PREFIX, AccessBucket, AccessEntry
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.roles import Role


async def session_of(connection: Connection, role: Role) -> str:
    """The token of a new session of an account with this role."""
    token = new_token(SESSION_PREFIX)
    entry = AccessEntry(account_id=uuid7(), role=role, expires_at=utc_now() + timedelta(hours=1))
    await AccessBucket(connection).write({token_digest(token): entry})
    return token


async def revoke(connection: Connection, token: str) -> None:
    """End a session."""
    await AccessBucket(connection).write({token_digest(token): None})
