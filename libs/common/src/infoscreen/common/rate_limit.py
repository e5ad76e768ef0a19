"""Rate limits: enough for any regular person, screen or script, and too little to displace other clients.

Counted per process, in memory: with several replicas behind the edge, the limit is as many times higher. That is enough
where a limit keeps a process and its own connections from being crowded. What must hold over all replicas together is
counted in the database: the wrong guesses at an enrolment code.
"""

import functools
import math
import time
from typing import Annotated

from fastapi import Request
from limits import RateLimitItem, parse
from pydantic import AfterValidator

from infoscreen.common.auth import Guard, Principal
from infoscreen.common.problem import ProblemError

_MOST_KEYS = 100_000  # addresses of strangers are among them


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
    """Counts the requests of each principal, in a window that slides: this one, and the rest of the one before.

    The storage in memory of ``limits`` looks through all keys at each hit, which every display would pay for.

    Args:
        limit: how many are good.
        whose: what is limited, for the sentence that refuses one too many.
    """

    def __init__(self, limit: RateLimitItem, whose: str = "Your token") -> None:
        self._limit = limit
        self._whose = whose
        self._amount, self._seconds = limit.amount, limit.get_expiry()
        self._window = 0
        self._now: dict[str, int] = {}
        self._before: dict[str, int] = {}

    def count(self, who: Principal) -> None:
        """Count one request of a principal.

        Raises:
            ProblemError: 429 with Retry-After, when it is one too many.
        """
        self.count_key(who.limit_key)

    def count_key(self, key: str) -> None:
        """As ``count``, for a key that is no principal.

        Raises:
            ProblemError: 429 with Retry-After, when it is one too many.
        """
        window, passed = divmod(time.time(), self._seconds)
        if window != self._window:
            self._before = self._now if window == self._window + 1 else {}
            self._window, self._now = int(window), {}
        now, before = self._now.get(key, 0), self._before.get(key, 0)
        if before * (1 - passed / self._seconds) + now + 1 > self._amount:
            raise self._refused(now, before, passed)
        if not now and len(self._now) >= _MOST_KEYS:
            del self._now[next(iter(self._now))]
        self._now[key] = now + 1

    def _refused(self, now: int, before: int, passed: float) -> ProblemError:
        wait_seconds = max(1, math.ceil(self._seconds_to_wait(now, before) - passed))
        return ProblemError(
            429,
            "too_many_requests",
            f"{self._whose} is good for {self._limit}. Try again in {wait_seconds} s.",
            {"Retry-After": str(wait_seconds)},
        )

    def _seconds_to_wait(self, now: int, before: int) -> float:
        """The seconds from the start of the window until one more request is allowed."""
        if now < self._amount:
            return self._seconds * (1 - (self._amount - 1 - now) / before)
        return self._seconds + self._seconds * (1 - (self._amount - 1) / now)


def limited(guard: Guard, limit: RateLimit) -> Guard:
    """A guard that also counts: a request above the limit gets 429 before any body is read."""

    @functools.wraps(guard)
    async def counting(request: Request) -> Principal:
        who = await guard(request)
        limit.count(who)
        return who

    return counting
