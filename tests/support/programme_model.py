"""What a screen should show, worked out slowly and obviously: it walks the wall clock minute by minute."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from infoscreen.player.programme import Item, Programme, Window

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class Expected:
    """What should be on the glass: media, or the text of an override, or that nothing is assigned."""

    media: tuple[str, ...] = ()
    text: str | None = None
    entry: str | None = None
    power: bool = True


def expected(
    programme: Programme, now: datetime | None, here: frozenset[str], floor: datetime | None = None
) -> Expected:
    """What should be on the glass of a player that has the media ``here``.

    Args:
        now: the moment, or None by an unknown clock.
        floor: a moment that has passed, where that is all that is known.
    """
    override = programme.override
    if override and now and now < override.until:
        if override.media_id in here:
            return Expected((override.media_id,))
        if override.text:
            return Expected(text=override.text)
    wall = on_the_wall(now, programme.timezone) if now else None
    power = not (wall and programme.power_hours and not any(is_on(window, wall) for window in programme.power_hours))
    lists: list[tuple[str | None, tuple[Item, ...]]] = []
    waiting = list(programme.entries) if wall else []
    while waiting:
        best = waiting[0]
        for entry in waiting:
            higher = entry.priority > best.priority
            earlier = entry.priority == best.priority and (entry.position, entry.id) < (best.position, best.id)
            if higher or earlier:
                best = entry
        waiting.remove(best)
        if is_on(best.window, wall):
            lists.append((best.id, programme.items(best.playlist)))
    lists.append((None, programme.items(programme.default)))
    passed = now or floor
    day = on_the_wall(passed, programme.timezone).date() if passed else None
    for entry_id, items in lists:
        media = tuple(item.media_id for item in items if item.media_id in here and _day_fits(item, day))
        if media:
            return Expected(media, entry=entry_id, power=power)
    return Expected(power=power)


def on_the_wall(now: datetime, zone: str) -> datetime:
    """What a clock on the wall shows, to the minute."""
    there = now.astimezone(ZoneInfo(zone))
    return datetime(there.year, there.month, there.day, there.hour, there.minute)  # noqa: DTZ001


def is_on(window: Window, wall: datetime) -> bool:
    """Whether a window that began on one of the last days covers a minute of the wall clock."""
    return any(wall in minutes_of(window, wall.date() - DAY * back) for back in range(4))


@lru_cache(maxsize=4096)
def minutes_of(window: Window, day: date) -> frozenset[datetime]:
    """All minutes of the wall clock that a window covers which begins on a day."""
    begins_then = day.isoweekday() in window.weekdays and day not in window.except_days
    too_early = window.first_day is not None and day < window.first_day
    too_late = window.last_day is not None and day > window.last_day
    if not begins_then or too_early or too_late:
        return frozenset()
    end = window.ends or time()
    minutes, now = set(), datetime.combine(day, window.starts)
    while True:
        minutes.add(now)
        now += MINUTE
        if now.time() == end:
            return frozenset(minutes)


def _day_fits(item: Item, day: date | None) -> bool:
    if day is None:
        return item.first_day is None
    return (item.first_day or day) <= day <= (item.last_day or day)
