"""How much one asks for: enough for any person, screen or script of good will, too little to crowd others out.

Counted per process, in memory: with several replicas behind the edge, the limit is as many times higher. That is enough
where a limit keeps a process and its own connections from being crowded. What must hold over all replicas together is
counted in the database: the wrong guesses at an enrolment code.
"""

import math
import time
from typing import Annotated

from fastapi import Request
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from pydantic import AfterValidator

from infoscreen.common.auth import Guard, Principal
from infoscreen.common.problem import ProblemError


def parse_limit(text: str) -> RateLimitItem:
    """A limit such as ``1200/minute``.

    Raises:
        ValueError: it is none.
    """
    return parse(text)


def _checked(text: str) -> str:
    parse_limit(text)
    return text


Limit = Annotated[str, AfterValidator(_checked)]
"""A setting that is a limit, such as ``1200/minute``."""


class RateLimit:
    """Counts requests by who makes them, in a sliding window.

    Args:
        limit: how many are good.
        whose: what is limited, for the sentence that refuses one too many.
    """

    def __init__(self, limit: RateLimitItem, whose: str = "Your token") -> None:
        self._limit = limit
        self._whose = whose
        self._strategy = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def count(self, who: Principal) -> None:
        """Count one request of a principal.

        Raises:
            ProblemError: 429 with Retry-After, when it is one too many.
        """
        await self.count_key(who.limit_key)

    async def count_key(self, key: str) -> None:
        """As ``count``, of what has another name.

        Raises:
            ProblemError: 429 with Retry-After, when it is one too many.
        """
        if await self._strategy.hit(self._limit, key):
            return
        stats = await self._strategy.get_window_stats(self._limit, key)
        wait_seconds = max(1, math.ceil(stats.reset_time - time.time()))
        raise ProblemError(
            429,
            "too_many_requests",
            f"{self._whose} is good for {self._limit}. Try again in {wait_seconds} s.",
            {"Retry-After": str(wait_seconds)},
        )


def limited(guard: Guard, limit: RateLimit) -> Guard:
    """A guard that also counts: what is one too many is answered 429, before any body is read."""

    async def counting(request: Request) -> Principal:
        who = await guard(request)
        await limit.count(who)
        return who

    return counting
