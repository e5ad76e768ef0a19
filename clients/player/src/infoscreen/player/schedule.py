"""Which rules are in force at an instant, by the wall clock of the programme's zone; and when that may change.

Everything is compared as a person reads the clock on the wall: a time that the clock leaves out in spring never comes,
and one that it shows twice in autumn comes twice.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from infoscreen.player.programme import Programme, ScheduleEntry, Window

_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)
_AHEAD_DAYS = 15


@lru_cache(maxsize=8)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of this name, or None where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def wall_time(now: datetime, timezone: str) -> datetime:
    """What a clock on the wall shows, without a zone; an unknown zone counts as UTC."""
    return now.astimezone(zone_of(timezone) or UTC).replace(tzinfo=None, fold=0)


def covers(window: Window, wall: datetime) -> bool:
    """Whether a moment of the wall clock is in a window that began that day or the day before."""
    return any(begins <= wall < ends for begins, ends in _spans(window, wall - _DAY, 2))


def winners(programme: Programme, wall: datetime) -> list[ScheduleEntry]:
    """The entries that cover a moment of the wall clock: the one that wins first, then those that it hides."""
    covering = [entry for entry in programme.entries if covers(entry.window, wall)]
    return sorted(covering, key=lambda entry: (-entry.priority, entry.position, entry.id))


def next_start(window: Window, wall: datetime) -> datetime | None:
    """When a window next begins on the wall clock, within two weeks."""
    return next((begins for begins, _ in _spans(window, wall, _AHEAD_DAYS) if begins > wall), None)


def next_boundary(programme: Programme, now: datetime) -> datetime:
    """A moment until which nothing that depends on the time can change; at most a quarter of an hour away.

    Clocks change at quarters of an hour (of UTC), so that no such moment is missed.
    """
    zone, wall = zone_of(programme.timezone) or UTC, wall_time(now, programme.timezone)
    windows = [entry.window for entry in programme.entries] + list(programme.power_hours)
    times = {time(), *(at for window in windows for at in (window.starts, window.ends) if at is not None)}
    walls = (datetime.combine(wall.date() + _DAY * more, at) for at in times for more in (0, 1))
    moments = [at.replace(tzinfo=zone, fold=fold).astimezone(UTC) for at in walls for fold in (0, 1)]
    moments += [programme.override.until] if programme.override else []
    quarter = datetime.fromtimestamp((now.timestamp() // 900 + 1) * 900, UTC)
    return min([moment for moment in moments if moment > now] + [quarter])


def _spans(window: Window, wall: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
    """The beginnings and ends of a window that begin on some days from a day on."""
    for day in (wall.date() + _DAY * number for number in range(days)):
        if day.isoweekday() not in window.weekdays or day in window.except_days:
            continue
        if (window.first_day and day < window.first_day) or (window.last_day and day > window.last_day):
            continue
        over_midnight = window.ends is None or window.ends <= window.starts
        last = day + _DAY if over_midnight else day
        yield datetime.combine(day, window.starts), datetime.combine(last, window.ends or time())
