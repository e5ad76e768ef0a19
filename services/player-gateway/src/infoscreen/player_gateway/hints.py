"""The beginnings of the digests of every player's token and of every outstanding code: any other one is unknown.

So the gateway answers invented tokens and codes from memory. It never refuses a token or a code that the catalog gave
out a moment ago: before one counts as unknown, it reads the hints again, once for all requests that wait, at most
twice a second.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from infoscreen.common.read_model import CODE_HINT_LENGTH, TOKEN_HINT_LENGTH
from infoscreen.common.waiting import retrieve_error

_PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Hints:
    """The hints as they were read."""

    tokens: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()


class PlayerHints:
    """Tells which tokens and codes are certainly unknown.

    Args:
        load: reads the hints; raises ``UnavailableError`` when it cannot.
    """

    def __init__(self, load: Callable[[], Awaitable[Hints]]) -> None:
        self._load = load
        self._hints = Hints()
        self._next: asyncio.Task[None] | None = None
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")

    async def may_be_token(self, digest: str) -> bool:
        """False for a token that no player has.

        Raises:
            UnavailableError: the database is away, so that nothing can be said of a token that is not known yet.
        """
        hint = digest[:TOKEN_HINT_LENGTH]
        if hint not in self._hints.tokens:
            await self._read_anew()
        return hint in self._hints.tokens

    async def may_be_code(self, digest: str) -> bool:
        """False for a code that no player waits with.

        Raises:
            UnavailableError: as above.
        """
        hint = digest[:CODE_HINT_LENGTH]
        if hint not in self._hints.codes:
            await self._read_anew()
        return hint in self._hints.codes

    def refresh(self) -> None:
        """Read the hints soon, because a player changed, so that the next new player need not wait."""
        self._soon()

    async def _read_anew(self) -> None:
        """Returns after a read that began after this call."""
        await asyncio.shield(self._soon())

    def _soon(self) -> asyncio.Task[None]:
        if self._next is None:
            self._next = asyncio.create_task(self._read())
            self._next.add_done_callback(retrieve_error)
        return self._next

    async def _read(self) -> None:
        async with self._reading:
            await asyncio.sleep(max(0.0, self._read_at + _PAUSE_SECONDS - time.monotonic()))
            self._next = None  # a request from here on needs the next reading
            try:
                self._hints = await self._load()
            finally:
                self._read_at = time.monotonic()
