"""Proof of play: how often, and for how long, each item was on the glass on each day.

Only what a person could see counts: not while the display is dark, nor on a day that the player does not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from infoscreen.player.decision import Entry

_LONGEST_LOOK_SECONDS = 10.0  # a longer time between two looks proves nothing
_KEPT_DAYS = 14
_MOST_REPORTED = 200
Key = tuple[date, str, str]


@dataclass(frozen=True, slots=True)
class Total:
    """What an item had on one day so far."""

    times: int = 0
    seconds: float = 0.0


class Plays:
    """Counts what is on the glass. ``totals`` and ``reported`` are by day, item and medium."""

    def __init__(self) -> None:
        self.totals: dict[Key, Total] = {}
        self.reported: dict[Key, Total] = {}
        self._place: tuple[str, int, int] | None = None
        self._since = 0.0

    def look(self, entry: Entry | None, place: tuple[int, int], day: date | None, now: float) -> None:
        """Note what is on the glass.

        Args:
            entry: that a person can see now, or None.
            place: its position in the playlist, and its page.
            day: the local day, or None where that is unknown.
            now: the monotonic moment.
        """
        seen, since = self._place, self._since
        self._place, self._since = None, now
        if entry is None or not entry.item or day is None:
            return
        position, page = place
        self._place = entry.item, position, page
        same = seen is not None and seen[:2] == self._place[:2]
        begins = seen is None or not same or page < seen[2]
        passed = now - since if same else 0.0
        key = day, entry.item, entry.media_id
        total = self.totals.get(key, Total())
        seconds = total.seconds + min(passed, _LONGEST_LOOK_SECONDS)
        self.totals[key] = Total(total.times + begins, seconds)
        self._forget(day)

    def unreported(self) -> dict[Key, Total]:
        """The totals that changed since the server took them, the oldest first."""
        changed = [(key, total) for key, total in sorted(self.totals.items()) if self.reported.get(key) != total]
        return dict(changed[:_MOST_REPORTED])

    def taken(self, totals: Mapping[Key, Total]) -> None:
        """The server took totals."""
        self.reported |= totals

    def document(self) -> list[dict[str, Any]]:
        """What the saved state keeps."""
        return [
            played(key, total) | {"reported": self.reported.get(key) == total} for key, total in self.totals.items()
        ]

    def load(self, document: list[dict[str, Any]]) -> None:
        """Continue with what was saved.

        Raises:
            KeyError, TypeError, ValueError: it is no such document.
        """
        for plain in document:
            key = date.fromisoformat(plain["day"]), str(plain["item"]), str(plain["media_id"])
            self.totals[key] = Total(int(plain["times"]), float(plain["seconds"]))
            if plain["reported"]:
                self.reported[key] = self.totals[key]

    def _forget(self, today: date) -> None:
        oldest = today - timedelta(days=_KEPT_DAYS)
        if any(key[0] < oldest for key in self.totals):
            self.totals = {key: total for key, total in self.totals.items() if key[0] >= oldest}
            self.reported = {key: total for key, total in self.reported.items() if key in self.totals}


def played(key: Key, total: Total) -> dict[str, Any]:
    """A total, as reports and the saved state have it."""
    day, item, media_id = key
    seconds = round(total.seconds, 1)
    return {"day": day.isoformat(), "item": item, "media_id": media_id, "times": total.times, "seconds": seconds}
