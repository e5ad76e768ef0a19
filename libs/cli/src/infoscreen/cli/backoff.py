"""The delay before a child's restart, computed from the child's history alone."""

from dataclasses import dataclass

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 10.0
HEALTHY_SECONDS = 30.0
"""A child that ran this long has recovered: its next death counts as the first."""


@dataclass(frozen=True)
class Backoff:
    """The number of consecutive deaths."""

    deaths: int = 0

    def after_death(self, ran_seconds: float) -> "Backoff":
        """The history with one more death."""
        return Backoff(1 if ran_seconds >= HEALTHY_SECONDS else self.deaths + 1)

    @property
    def delay_seconds(self) -> float:
        """0.5 s, doubled by each further death, 10 s at most."""
        return min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(self.deaths - 1, 10))
