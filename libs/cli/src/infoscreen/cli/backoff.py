"""The delay before a child's restart, computed from the child's history alone."""

from infoscreen.common.backoff import delays

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 10.0
HEALTHY_SECONDS = 30.0
"""A child that ran this long has recovered: its next death counts as the first."""


class RestartBackoff:
    """Counts the consecutive deaths of one child."""

    def __init__(self) -> None:
        self._delays = delays(FIRST_SECONDS, LONGEST_SECONDS)

    def after_death(self, ran_seconds: float) -> float:
        """Return the seconds to wait before the restart: 0.5, doubled by each further death, 10 at most."""
        if ran_seconds >= HEALTHY_SECONDS:
            self._delays = delays(FIRST_SECONDS, LONGEST_SECONDS)
        return next(self._delays)
