"""The delays between attempts at something that fails: they grow, so that trouble that lasts is not made worse."""

import random
from collections.abc import Iterator


def delays(first_seconds: float, longest_seconds: float, jitter: float = 0.0) -> Iterator[float]:
    """Yield the delay before each further attempt, without end: twice the one before, up to the longest.

    Args:
        first_seconds: the first delay.
        longest_seconds: the bound that the delays reach and keep.
        jitter: the share of each delay, from 0 to 1, that is random, so that many clients do not retry in step.
    """
    delay = min(first_seconds, longest_seconds)
    while True:
        yield delay * random.uniform(1 - jitter, 1)  # noqa: S311 - it spreads load and protects no secret
        delay = min(2 * delay, longest_seconds)
