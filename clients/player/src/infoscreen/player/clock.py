"""Time for a machine whose clock may be wrong: durations are monotonic, and a date has a source.

A Raspberry Pi may have no battery behind its clock. The player takes the date from the best source that it has had
since it started, and counts on from there by the monotonic clock:

1. the server's, of an answer that the server gave to this player's token;
2. the machine's clock while its kernel says that it is synchronised by NTP;
3. the battery-backed clock, if it is at or after the floor, the date that the player saved last: one that lost its
   power begins anew, long before;
4. none: the date is unknown.
"""

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

Monotonic = Callable[[], float]
_UNSYNCHRONISED = 5  # TIME_ERROR, https://man7.org/linux/man-pages/man2/adjtimex.2.html
_TIMEX_BYTES = 512  # more than the structure has anywhere
_RTC = Path("/sys/class/rtc/rtc0/since_epoch")
_FARTHEST = timedelta(days=400)  # a clock so far after the floor is set wrong rather than right
_NOISE = timedelta(seconds=2)  # an answer's date has whole seconds and takes time to arrive


class Source(StrEnum):
    """Where the date comes from, the best last."""

    UNKNOWN = "unknown"
    RTC = "rtc"
    NTP = "ntp"
    SERVER = "server"


_RANK = list(Source)


@dataclass(frozen=True, slots=True)
class Reading:
    """The clock at a moment.

    Attributes:
        now: the date, or None while it is unknown.
        floor: a date that is certainly not later than now; None where the player knows none.
        offset_seconds: how much the machine's own clock is fast.
    """

    now: datetime | None = None
    source: Source = Source.UNKNOWN
    floor: datetime | None = None
    offset_seconds: float | None = None


UNKNOWN = Reading()


class Machine:
    """The clocks of this machine."""

    monotonic: Monotonic = staticmethod(time.monotonic)

    def date(self) -> datetime:
        """The system's clock."""
        return datetime.now(UTC)

    def synchronised(self) -> bool:
        """Whether the kernel says that the system's clock is synchronised."""
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
        return 0 <= state < _UNSYNCHRONISED

    def battery_backed(self) -> datetime | None:
        """The battery-backed clock, where there is one."""
        try:
            return datetime.fromtimestamp(int(_RTC.read_text()), UTC)
        except (OSError, ValueError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class _Anchor:
    date: datetime
    at: float
    source: Source

    def date_of(self, moment: float) -> datetime:
        return self.date + timedelta(seconds=moment - self.at)


class Clock:
    """The date, with its source.

    Args:
        machine: the clocks of the machine; tests give others.
    """

    def __init__(self, machine: Machine | None = None) -> None:
        self._machine = machine or Machine()
        self._anchor: _Anchor | None = None
        self._floor: _Anchor | None = None
        self.on_change: Callable[[], None] = lambda: None

    def start_from(self, floor: datetime | None) -> None:
        """Begin with the date that was saved before the player was started; it is the floor from now on."""
        at = self.monotonic()
        self._floor = _Anchor(floor, at, Source.UNKNOWN) if floor else None
        battery = self._machine.battery_backed()
        if floor and battery and floor <= battery <= floor + _FARTHEST:
            self._take(_Anchor(battery, at, Source.RTC))

    def observe(self, date: str | None) -> None:
        """Take the ``Date`` header of an answer that the server gave to this player's token."""
        try:
            parsed = parsedate_to_datetime(date) if date is not None else None
        except ValueError:
            return
        if parsed is None:
            return
        new = _Anchor(parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC), self.monotonic(), Source.SERVER)
        known = self._anchor
        if known is None or known.source is not Source.SERVER or abs(known.date_of(new.at) - new.date) > _NOISE:
            self._anchor = new
            self.on_change()

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return self._machine.monotonic()

    def read(self) -> Reading:
        """The date and its source now."""
        at, system = self.monotonic(), self._machine.date()
        if (self._anchor is None or self._anchor.source is not Source.SERVER) and self._machine.synchronised():
            self._take(_Anchor(system, at, Source.NTP))
        floor = self._floor.date_of(at) if self._floor else None
        if self._anchor is None:
            return Reading(floor=floor)
        now = self._anchor.date_of(at)
        return Reading(now, self._anchor.source, floor, round((system - now).total_seconds(), 1))

    def date_of(self, moment: float) -> datetime | None:
        """The date of a monotonic moment, or None while it is unknown."""
        self.read()
        return self._anchor.date_of(moment) if self._anchor else None

    def _take(self, anchor: _Anchor) -> None:
        if self._anchor is None or _RANK.index(anchor.source) >= _RANK.index(self._anchor.source):
            self._anchor = anchor
