"""Time for a machine whose clock may be wrong: durations are monotonic, dates are the server's.

A Raspberry Pi has no battery behind its clock. Nothing the player decides depends on the date; only the reports name
one, and that is counted from the date of the server's last answer.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

Monotonic = Callable[[], float]


class ServerClock:
    """The server's date, as far as it was heard.

    Args:
        monotonic: seconds that never jump.
    """

    def __init__(self, monotonic: Monotonic = time.monotonic) -> None:
        self._monotonic = monotonic
        self._heard: tuple[datetime, float] | None = None

    def heard(self, date: str | None) -> None:
        """Take an answer's ``Date``."""
        if date is None:
            return
        try:
            heard = parsedate_to_datetime(date)
        except ValueError:
            return
        self._heard = heard.replace(tzinfo=heard.tzinfo or UTC), self._monotonic()

    def date_of(self, moment: float) -> datetime | None:
        """The date of a monotonic moment; None before the server was heard."""
        if self._heard is None:
            return None
        date, heard_at = self._heard
        return date + timedelta(seconds=moment - heard_at)
