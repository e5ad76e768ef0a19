"""Time as a dependency, so that tests decide what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The current time, always with its zone."""
    return datetime.now(UTC)
