"""Sign-outs of the dashboard, announced to every replica: event streams that the session opened end with it.

The cookie carries the token, and the same token may be signed in at another browser. That browser's stream ends too,
and the browser reconnects with its cookie, which is still valid.
"""

import time
from collections import OrderedDict

from sqlalchemy import func
from sqlmodel import select

from infoscreen.catalog.database import Database
from infoscreen.common.auth import token_digest

SIGN_OUTS_CHANNEL = "signed_out"
_REMEMBERED = 10_000


class SignOuts:
    """When each token last signed out, for the 10,000 newest sign-outs."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, float] = OrderedDict()

    async def announce(self, token: str, database: Database) -> None:
        """Announce a sign-out to every replica.

        Raises:
            UnavailableError: the database is away; only this replica has noted it.
        """
        digest = token_digest(token)
        self.note(digest)
        async with database.write() as session:
            await session.exec(select(func.pg_notify(SIGN_OUTS_CHANNEL, digest)))

    def note(self, digest: str) -> None:
        """Note that a token signs out now."""
        self._at[digest] = time.monotonic()
        self._at.move_to_end(digest)
        while len(self._at) > _REMEMBERED:
            self._at.popitem(last=False)

    def since(self, digest: str, moment: float) -> bool:
        """Return whether a token signed out after a moment of the monotonic clock."""
        return self._at.get(digest, float("-inf")) > moment
