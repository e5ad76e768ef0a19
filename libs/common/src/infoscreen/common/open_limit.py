"""Limits on concurrent event streams and long polls, of one principal and of all together."""

import contextlib
from collections import Counter
from collections.abc import Iterator

from infoscreen.common.auth import Principal
from infoscreen.common.problem import ProblemError

_RETRY_AFTER_SECONDS = 30


class OpenLimit:
    """Counts what is open, in this process: each costs memory and wake-ups here.

    Args:
        what: is counted, in the plural, for the sentence that refuses one too many.
        per_principal: how many one principal may have open.
        total: how many may be open together.
    """

    def __init__(self, what: str, per_principal: int, total: int) -> None:
        self._what = what
        self._per_principal = per_principal
        self._total = total
        self._open: Counter[str] = Counter()

    @property
    def open(self) -> int:
        """How many are open."""
        return self._open.total()

    @contextlib.contextmanager
    def one_more(self, who: Principal) -> Iterator[None]:
        """Within the block, one more is open.

        Raises:
            ProblemError: 429 with Retry-After, when it is one too many.
        """
        key = who.limit_key
        if self._open[key] >= self._per_principal:
            raise self._refused(f"Your token has {self._per_principal} {self._what} open, which is the most it may.")
        if self.open >= self._total:
            raise self._refused(f"{self._total} {self._what} are open here, which is the most there may be.")
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]

    def _refused(self, why: str) -> ProblemError:
        detail = f"{why} Close some that you do not need, or try again in {_RETRY_AFTER_SECONDS} s."
        return ProblemError(429, "too_many_open", detail, {"Retry-After": str(_RETRY_AFTER_SECONDS)})
