"""The viewer's health, judged by its window: each entry must show a picture, and pages must turn in their time.

A hung renderer, a lost graphics context, a driver's black window or a missing decoder leave a process that looks
healthy. The window does not: its title names the page, and its pixels show it. An entry's time follows what the entry
asks for, so that a page of two minutes does not count as hung.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

_TURNS_MISSED = 3
_PATIENCE_SECONDS = 30.0
_TRANSITION_SECONDS = 1.0  # the window shows the page before as well
_DARK_LOOKS = 2


class Window(Protocol):
    """The viewer's window."""

    async def page_title(self) -> str | None:
        """Its title, or None while the title names no page."""

    async def has_picture(self) -> bool:
        """Whether its pixels are of more than one colour."""


@dataclass(frozen=True, slots=True)
class EntryExpectation:
    """How an entry of the scene should look.

    Attributes:
        pages: how many pages it has.
        page_seconds: how long a page stays at most; 0 where that is unknown.
        plain_start: whether the first picture is of one colour.
        plain: whether all pictures are of one colour.
        turns: whether each page has a time after which it turns.
    """

    pages: int = 1
    page_seconds: float = 0
    plain_start: bool = False
    plain: bool = False
    turns: bool = True


@dataclass(frozen=True, slots=True)
class Expectation:
    """How the scene should look.

    Attributes:
        entries: in their order; a notice is one.
        turns: whether the viewer turns pages by itself; otherwise a person may turn one at once.
    """

    entries: tuple[EntryExpectation, ...] = (EntryExpectation(),)
    turns: bool = True

    @property
    def pages(self) -> int:
        """The number of all pages."""
        return sum(entry.pages for entry in self.entries)

    @property
    def round_seconds(self) -> float:
        """How long all pages together stay."""
        return sum(entry.pages * entry.page_seconds for entry in self.entries)

    def position(self, page: int) -> int:
        """The position of the entry to which a page belongs, both counted in the viewer's order; pages start at 1."""
        ends = accumulate(entry.pages for entry in self.entries)
        return next(position for position, end in enumerate(ends) if page <= end)

    def page_of_entry(self, page: int) -> int:
        """The number of a page in its entry, from 1."""
        return page - sum(entry.pages for entry in self.entries[: self.position(page)])

    def left_out(self, pages: int) -> list[int]:
        """The positions that a viewer with fewer pages may have left out."""
        if len(self.entries) == 1:
            return []
        return [position for position, entry in enumerate(self.entries) if entry.pages == self.pages - pages]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the viewer.

    Attributes:
        description: a sentence for people.
        positions: the entries that are at fault; empty where the window does not tell.
    """

    description: str
    positions: tuple[int, ...] = ()


class ViewerHealth:
    """The health of one viewer.

    Args:
        expected: how the scene should look.
        title: finds the page's number, and the number of pages, in a title.
        now: the monotonic moment at which the viewer showed its first page.

    Attributes:
        position: of the entry on the glass; None while the title does not tell.
        page: of that entry, from 1.
        shown: the positions of all entries that were on the glass and looked as they should.
    """

    def __init__(self, expected: Expectation, title: re.Pattern[str], now: float) -> None:
        self._expected = expected
        self._pattern = title
        self._title: str | None = None
        self._turned = self._lit = self._titled = now
        self._dark_looks: Counter[int] = Counter()
        self._lit_in_visit = False
        self.position: int | None = None
        self.page: int | None = None
        self.shown: set[int] = set()

    async def fault(self, window: Window, now: float) -> Fault | None:
        """Look at the window; returns what is wrong, or None."""
        title = await window.page_title()
        if title is not None:
            self._titled = now
        fault = self._turn_to(title, now) if title != self._title else None
        if self._all_plain or await window.has_picture():
            self._saw_picture(now)
        elif self.position is not None and now - self._turned >= _TRANSITION_SECONDS:
            self._dark_looks[self.position] += 1
        return fault or self._verdict(now)

    @property
    def _entry(self) -> EntryExpectation | None:
        return self._expected.entries[self.position] if self.position is not None else None

    @property
    def _all_plain(self) -> bool:
        entries = [self._entry] if self._entry else self._expected.entries
        return all(entry.plain for entry in entries)

    def _turn_to(self, title: str | None, now: float) -> Fault | None:
        """Another page is on the glass: the visit of an entry may have ended without a picture."""
        self._title, self._turned = title, now
        totals, position = set[int](), None
        self.page = None
        for match in self._pattern.finditer(title or ""):
            numbers = [int(number) for number in match.groups() if number and number.isdigit()]
            totals.update(numbers[1:2])
            if numbers[1:2] == [self._expected.pages] and 0 < numbers[0] <= self._expected.pages:
                position, self.page = self._expected.position(numbers[0]), self._expected.page_of_entry(numbers[0])
        before, self.position = self.position, position
        if before is not None and position != before:
            if fault := self._leave(before):
                return fault
            self._lit = now
        if position is None and (left_out := [at for total in totals for at in self._expected.left_out(total)]):
            return Fault("the viewer leaves a file out", tuple(left_out))
        return None

    def _leave(self, position: int) -> Fault | None:
        seen_long = self._expected.turns and self._dark_looks[position] >= _DARK_LOOKS
        dark = seen_long and not self._lit_in_visit
        if self._lit_in_visit:
            del self._dark_looks[position]
        self._lit_in_visit = False
        return Fault("the viewer showed nothing of it", (position,)) if dark else None

    def _saw_picture(self, now: float) -> None:
        self._lit = now
        if self.position is None:
            self.shown.update(range(len(self._expected.entries)) if self._title else ())
        elif now - self._turned >= _TRANSITION_SECONDS or len(self._expected.entries) == 1:
            self._lit_in_visit = True
            self.shown.add(self.position)

    def _verdict(self, now: float) -> Fault | None:
        if now - self._titled > _PATIENCE_SECONDS:
            return Fault("the viewer's window has gone")
        entries = (self._entry,) if self._entry else self._expected.entries
        stays = [entry.page_seconds for entry in entries]
        turns = self._expected.turns and self._expected.pages > 1 and min(stays) > 0
        if turns and now - self._turned > _TURNS_MISSED * max(stays) + _PATIENCE_SECONDS:
            return Fault("the viewer hangs: no page was turned")
        if now - self._lit > 2 * Expectation(entries).round_seconds + _PATIENCE_SECONDS:
            return Fault("the viewer shows nothing", (self.position,) if self.position is not None else ())
        return None
