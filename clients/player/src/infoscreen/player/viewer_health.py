"""The viewer's health, judged by its window: pages must turn, and the window must not be of one colour.

A hung renderer, a lost graphics context or a driver's black window leave a process that looks healthy. The window does
not: its title names the page, and its pixels show it.
"""

from dataclasses import dataclass
from typing import Protocol

_TURNS_MISSED = 3
_PATIENCE_SECONDS = 30.0


class Window(Protocol):
    """The viewer's window."""

    async def page_title(self) -> str | None:
        """Its title, or None while the title names no page."""

    async def has_picture(self) -> bool:
        """Whether its pixels are of more than one colour."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """How the scene should look.

    Attributes:
        pages: how many pages it has.
        turn_seconds: between two pages; 0 where that is unknown, as with videos.
        plain: whether the first page is of one colour.
    """

    pages: int = 1
    turn_seconds: float = 0
    plain: bool = False

    @property
    def turns(self) -> bool:
        """Whether the viewer turns pages by itself."""
        return self.pages > 1 and self.turn_seconds > 0


class ViewerHealth:
    """The health of one viewer.

    Args:
        expected: how the scene should look.
        now: the monotonic moment at which the viewer showed its first page.
    """

    def __init__(self, expected: Expectation, now: float) -> None:
        self._expected = expected
        self._title: str | None = None
        self._turned = self._pictured = self._titled = now

    async def fault(self, window: Window, now: float) -> str | None:
        """Look at the window; returns a sentence about what is wrong, or None."""
        title = await window.page_title()
        if title is not None:
            self._titled = now
        if title != self._title:
            self._title, self._turned = title, now
        if self._expected.plain or await window.has_picture():
            self._pictured = now
        return self._verdict(now)

    def _verdict(self, now: float) -> str | None:
        expected = self._expected
        if now - self._titled > _PATIENCE_SECONDS:
            return "the viewer's window has gone"
        if expected.turns and now - self._turned > _TURNS_MISSED * expected.turn_seconds + _PATIENCE_SECONDS:
            return "the viewer hangs: no page was turned"
        if now - self._pictured > 2 * expected.pages * expected.turn_seconds + _PATIENCE_SECONDS:
            return "the viewer shows nothing"
        return None
