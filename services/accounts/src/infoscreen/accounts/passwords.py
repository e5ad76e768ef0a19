"""Passwords, as Argon2id hashes: 19 MiB, two passes, one lane (OWASP's second choice), at most two at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 2
_MEMORY_KIB = 19 * 1024


class Passwords:
    """Makes and verifies hashes in threads of its own."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=_MEMORY_KIB, parallelism=1)
        self._threads = ThreadPoolExecutor(_AT_ONCE, "argon2")
        self._of_no_account = self._hasher.hash("the password of no account")

    async def hash(self, password: str) -> str:
        """The hash of a password, with its salt and parameters."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Return whether a password is the one that was hashed.

        Args:
            hashed: None where there is no such account; the answer then takes as long as for one.
            password: what was sent.
        """
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._threads, self._is_right, hashed or self._of_no_account, password)
        return right and hashed is not None

    def _is_right(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def close(self) -> None:
        """Start no more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)
