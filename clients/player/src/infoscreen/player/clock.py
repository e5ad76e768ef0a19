"""Time for a machine whose clock may be wrong: durations are monotonic, dates are the server's.

A Raspberry Pi has no battery behind its clock. No decision of the player depends on the date; only the reports contain
one, which counts from the date of the server's last answer.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

Monotonic = Callable[[], float]


class ServerClock:
    """The server's date, from its last answer.

    Args:
        monotonic: gives seconds that never jump.
    """

    def __init__(self, monotonic: Monotonic = time.monotonic) -> None:
        self._monotonic = monotonic
        self._observed: tuple[datetime, float] | None = None

    def observe(self, date: str | None) -> None:
        """Take the ``Date`` header of an answer."""
        if date is None:
            return
        try:
            parsed = parsedate_to_datetime(date)
        except ValueError:
            return
        self._observed = parsed.replace(tzinfo=parsed.tzinfo or UTC), self._monotonic()

    def date_of(self, moment: float) -> datetime | None:
        """The date of a monotonic moment; None before the first answer."""
        if self._observed is None:
            return None
        date, observed_at = self._observed
        return date + timedelta(seconds=moment - observed_at)
