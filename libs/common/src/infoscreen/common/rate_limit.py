"""How much one token may ask for: enough for any person or script of good will, too little to crowd others out.

Counted per process, in memory: with several replicas behind the edge, the limit is as many times higher.
"""

import math
import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from infoscreen.common.auth import Principal
from infoscreen.common.problem import ProblemError


def parse_limit(text: str) -> RateLimitItem:
    """A limit such as ``1200/minute``.

    Raises:
        ValueError: it is none.
    """
    return parse(text)


class RateLimit:
    """Counts the requests of each principal in a sliding window."""

    def __init__(self, limit: RateLimitItem) -> None:
        self._limit = limit
        self._strategy = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def count(self, who: Principal) -> None:
        """Count one request.

        Raises:
            ProblemError: 429 with Retry-After, when it is one too many.
        """
        if await self._strategy.hit(self._limit, who.name):
            return
        stats = await self._strategy.get_window_stats(self._limit, who.name)
        wait_seconds = max(1, math.ceil(stats.reset_time - time.time()))
        raise ProblemError(
            429,
            "too_many_requests",
            f"Your token is good for {self._limit}. Try again in {wait_seconds} s.",
            {"Retry-After": str(wait_seconds)},
        )
