"""How long the player waits after failures in a row: longer after each, up to a bound.

The player has its own few lines for this, because `common` would bring the libraries of the servers to the Pi.
"""

import random

_MOST_DOUBLINGS = 30  # a screen may fail for months; more would overflow a float


def delay_after(failures: int, first_seconds: float, longest_seconds: float) -> float:
    """Return the seconds to wait after some failures in a row (1 or more): twice as long after each further one."""
    return min(longest_seconds, first_seconds * 2.0 ** min(failures - 1, _MOST_DOUBLINGS))


def with_jitter(seconds: float) -> float:
    """Return between half of a delay and all of it, so that many players do not retry in step."""
    return seconds * random.uniform(0.5, 1)  # noqa: S311 - it spreads load and protects no secret
