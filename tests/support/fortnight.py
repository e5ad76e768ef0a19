"""A fortnight of a screen: what its operators do, what befalls it, and what should then be on the glass.

Everything comes from a seed. `Story` says what happens when; `Model` works out, minute by minute and without any code
of the player's decision, what a person in front of the screen should see.
"""

import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from support.programme_model import Expected, expected

from infoscreen.player.manifest import PDF, DisplayFile, Manifest, Medium, Status
from infoscreen.player.programme import Item, Override, Programme, ScheduleEntry, Window

DAYS = 14
MEDIA = ("welcome", "news", "lessons", "menu", "night", "repair", "alarm")
WORKDAYS = frozenset(range(1, 6))
FLOOR_LATE = timedelta(minutes=15)  # a player saves the date every ten minutes, and is off for some
SETTLED = timedelta(minutes=2)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Stretch:
    """A time from a moment on, up to another."""

    begins: datetime
    ends: datetime

    def has(self, now: datetime) -> bool:
        return self.begins <= now < self.ends


@dataclass(frozen=True)
class Reboot:
    """The player is off for a while.

    Attributes:
        battery: whether its clock went on; after a power cut it begins anew.
        system: what the system's clock shows then, which may be years wrong.
    """

    off: Stretch
    battery: bool
    system: datetime


class Story:
    """What happens in a fortnight.

    Args:
        first: its first day.
        zone: of the screen.
        seed: everything else comes from it.
    """

    def __init__(self, first: date, zone: str, seed: int) -> None:
        self.zone = zone
        self.first = first
        self.begins = datetime.combine(first, time(), ZoneInfo(zone)).astimezone(UTC)
        self.ends = self.begins + timedelta(days=DAYS)
        self._random = random.Random(seed)
        self.files = {media_id: DisplayFile(f"{number:064x}", 1, PDF) for number, media_id in enumerate(MEDIA, 1)}
        self.outages = sorted(self._outages(), key=lambda outage: outage.begins)
        self.reboots = sorted(self._reboots(), key=lambda reboot: reboot.off.begins)
        self.programmes = sorted(self._programmes(), key=lambda change: change[0])
        self._changes = [moment for moment, _ in self.programmes]
        edges = {edge for outage in self.outages for edge in (outage.begins, outage.ends)}
        self._edges = sorted({*edges, *self._changes, self.ends + timedelta(days=9)})

    def use_files(self, files: dict[str, DisplayFile]) -> None:
        """Take other files for the media."""
        self.files = files

    def moment(self, day: int, at: time) -> datetime:
        """A local time of a day of the fortnight."""
        return datetime.combine(self.first + timedelta(days=day), at, ZoneInfo(self.zone)).astimezone(UTC)

    def programme_at(self, now: datetime) -> Programme:
        """What the operators want at a moment."""
        return self.programmes[max(0, bisect_right(self._changes, now) - 1)][1]

    def next_edge(self, now: datetime) -> datetime:
        """When an outage or another programme next begins, or an outage ends."""
        return self._edges[bisect_right(self._edges, now)]

    def last_edge(self, now: datetime) -> datetime:
        """When one of these last was."""
        return self._edges[bisect_right(self._edges, now) - 1]

    def manifest(self, programme: Programme) -> Manifest:
        """What the server sends then."""
        media = tuple(Medium(media_id, Status.READY, "", self.files[media_id]) for media_id in MEDIA)
        return Manifest(media, programme, "hall-3")

    def reachable(self, now: datetime) -> bool:
        """Whether the server answers."""
        return not any(outage.has(now) for outage in self.outages)

    def is_off(self, now: datetime) -> bool:
        """Whether the player is off."""
        return any(reboot.off.has(now) for reboot in self.reboots)

    def _outages(self) -> Iterator[Stretch]:
        """Over each Sunday's change of the clock, and at random."""
        yield Stretch(self.moment(8, time(22)), self.moment(9, time(20)))
        for _ in range(5):
            begins = self._anytime(1, 12)
            yield Stretch(begins, begins + timedelta(minutes=self._random.randint(5, 1500)))

    def _reboots(self) -> Iterator[Reboot]:
        """By day and by night, within outages too."""
        moments = [self._anytime(1, 13) for _ in range(6)]
        moments += [outage.begins + (outage.ends - outage.begins) / 2 for outage in self.outages]
        busy: list[datetime] = []
        for number, begins in enumerate(moments):
            if any(abs(begins - other) < timedelta(minutes=30) for other in busy):
                continue
            busy.append(begins)
            system = begins + timedelta(days=self._random.choice([-20_000, -30, 0, 0, 3, 26_000]))
            off = Stretch(begins, begins + timedelta(seconds=self._random.randint(20, 200)))
            yield Reboot(off, number % 2 == 0, system)

    def _programmes(self) -> Iterator[tuple[datetime, Programme]]:
        """A school's week, changed now and then, with announcements in and outside of its hours."""
        now, programme = self.begins, self._school()
        yield now, programme
        for day in range(1, DAYS):
            if self._random.random() < 0.6:
                now, programme = self.moment(day, time(self._random.randint(0, 22), 20)), self._changed(programme)
                yield now, programme
            if self._random.random() < 0.6:
                begins = max(now, self.moment(day, time(self._random.randint(0, 23), 5))) + MINUTE
                until = begins + timedelta(minutes=self._random.randint(3, 90))
                media_id = self._random.choice([None, "alarm"])
                override = Override(f"o{day}", until, media_id, "Leave the building")
                yield begins, replace(programme, override=override)
                now = until + self._random.choice([timedelta(), MINUTE * 30])
                yield now, programme

    def _school(self) -> Programme:
        entries = (
            ScheduleEntry("lessons", "lessons", Window(WORKDAYS, time(7, 30), time(16)), 0, 1),
            ScheduleEntry("menu", "menu", Window(WORKDAYS, time(12), time(13, 15)), 5, 2),
            ScheduleEntry("party", "night", Window(frozenset({5}), time(22), time(6)), 0, 3),
            ScheduleEntry("gap", "menu", Window(starts=time(2, 15), ends=time(2, 45)), 1, 4),
            ScheduleEntry("change", "repair", Window(starts=time(1, 30), ends=time(3, 30)), 1, 5),
            ScheduleEntry("evening", "repair", Window(frozenset({7}), time(20), None), 0, 6),
        )
        week = self.first + timedelta(days=7)
        return Programme(
            playlists={
                "default": (Item("welcome"), Item("news", last_day=week), Item("welcome")),
                "lessons": (Item("lessons"), Item("news", first_day=week)),
                "menu": (Item("menu"),),
                "night": (Item("night"), Item("night")),
                "repair": (Item("repair", first_day=self.first + timedelta(days=2)),),
            },
            default="default",
            entries=entries,
            timezone=self.zone,
            power_hours=(Window(WORKDAYS, time(6), time(20)), Window(frozenset({6}), time(9), time(2))),
        )

    def _changed(self, programme: Programme) -> Programme:
        """One entry with other hours, another priority, or an exception."""
        entries = list(programme.entries)
        at = self._random.randrange(len(entries))
        window = entries[at].window
        hour, minutes = self._random.randint(0, 23), self._random.choice([0, 10, 30])
        day = self.first + timedelta(days=self._random.randint(0, DAYS))
        entries[at] = self._random.choice(
            [
                replace(entries[at], window=replace(window, starts=time(hour, minutes))),
                replace(entries[at], window=replace(window, except_days=frozenset({day}))),
                replace(entries[at], window=replace(window, last_day=day)),
                replace(entries[at], priority=self._random.randint(0, 9)),
            ]
        )
        return replace(programme, entries=tuple(entries))

    def _anytime(self, first: int, last: int) -> datetime:
        return self.moment(self._random.randint(first, last), time(self._random.randint(0, 23), 7))


@dataclass(frozen=True)
class Sight:
    """What should be seen at a moment; not exact where the player cannot know the date so exactly."""

    at: datetime
    expected: Expected
    heard: Programme
    dated: bool
    exact: bool = True


class Model:
    """What should be on the glass in each fifth minute of a story, some seconds after it began.

    Args:
        seconds_past: of each minute.
    """

    def __init__(self, story: Story, seconds_past: float = 10) -> None:
        self._story = story
        self._seconds_past = seconds_past

    @cached_property
    def sights(self) -> list[Sight]:
        """Every fifth minute in which the player is on, and was not turned on in this very minute."""
        sights, heard, dated = [], None, False
        now = self._story.begins + timedelta(seconds=self._seconds_past)
        while now < self._story.ends:
            if self._rebooted_since(now - MINUTE, now):
                dated = self._has_battery(now)
            elif not self._story.is_off(now):
                if self._story.reachable(now):
                    heard, dated = self._story.programme_at(now), True
                if heard is not None and not now.minute % 5 and self._settled(now):
                    sights.append(self._sight(now, heard, dated=dated))
            now += MINUTE
        return sights

    def _sight(self, now: datetime, programme: Programme, *, dated: bool) -> Sight:
        override, everything = programme.override, frozenset(MEDIA)
        if dated:
            return Sight(now, expected(programme, now, everything), programme, dated)
        if override and now < override.until:
            return Sight(now, expected(programme, now, everything), programme, dated)
        floor, zone = now - FLOOR_LATE, ZoneInfo(self._story.zone)
        same_day = floor.astimezone(zone).date() == now.astimezone(zone).date()
        late = override is not None and now < override.until + FLOOR_LATE
        made = expected(programme, None, everything, floor)
        return Sight(now, made, programme, dated, same_day and not late)

    def _settled(self, now: datetime) -> bool:
        """Whether nothing happened just before that takes the player some seconds to notice."""
        return now - self._story.last_edge(now) >= SETTLED

    def _rebooted_since(self, before: datetime, now: datetime) -> bool:
        return any(before < reboot.off.ends <= now for reboot in self._story.reboots)

    def _has_battery(self, now: datetime) -> bool:
        return [reboot for reboot in self._story.reboots if reboot.off.ends <= now][-1].battery
