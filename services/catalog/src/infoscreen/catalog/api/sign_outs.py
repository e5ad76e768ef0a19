"""Sign-outs of the dashboard, told to every replica: a stream that was opened with the cookie ends with the session.

The cookie is the token, and the same token may be signed in elsewhere. There the browser comes back by itself, with a
cookie that is still good.
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
    """When each token last signed out, as far as streams that are open now may want to know."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, float] = OrderedDict()

    async def announce(self, token: str, database: Database) -> None:
        """Tell every replica.

        Raises:
            UnavailableError: the database is away; this replica knows.
        """
        digest = token_digest(token)
        self.note(digest)
        async with database.write() as session:
            await session.exec(select(func.pg_notify(SIGN_OUTS_CHANNEL, digest)))

    def note(self, digest: str) -> None:
        """A token signed out now."""
        self._at[digest] = time.monotonic()
        self._at.move_to_end(digest)
        while len(self._at) > _REMEMBERED:
            self._at.popitem(last=False)

    def since(self, digest: str, moment: float) -> bool:
        """Whether a token signed out after a moment of the monotonic clock."""
        return self._at.get(digest, float("-inf")) > moment
