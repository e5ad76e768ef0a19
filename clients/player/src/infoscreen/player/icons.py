"""The notices' icons; each fills a square of 100 points from the given lower left corner."""

from collections.abc import Callable

from infoscreen.player.pdf import Colour, Page

Icon = Callable[[Page, float, float, Colour], None]
_THICK = 7.0


def _screen(page: Page, x: float, y: float, colour: Colour) -> None:
    page.lines([(x + 4, y + 26), (x + 96, y + 26), (x + 96, y + 92), (x + 4, y + 92)], colour, _THICK, closed=True)
    page.lines([(x + 50, y + 26), (x + 50, y + 8)], colour, _THICK)
    page.lines([(x + 28, y + 8), (x + 72, y + 8)], colour, _THICK)


def _lock(page: Page, x: float, y: float, colour: Colour) -> None:
    page.lines([(x + 18, y + 6), (x + 82, y + 6), (x + 82, y + 56), (x + 18, y + 56)], colour, _THICK, closed=True)
    shackle = [(32, 56), (32, 78), (40, 92), (60, 92), (68, 78), (68, 56)]
    page.lines([(x + right, y + up) for right, up in shackle], colour, _THICK)
    page.circle(x + 50, y + 31, 7, colour)


def _signal(page: Page, x: float, y: float, colour: Colour) -> None:
    page.circle(x + 50, y + 18, 9, colour)
    for radius in (30, 54, 78):
        page.arc(x + 50, y + 14, radius, colour, _THICK)


def _offline(page: Page, x: float, y: float, colour: Colour) -> None:
    _signal(page, x, y, colour)
    page.lines([(x + 14, y + 4), (x + 86, y + 96)], colour, _THICK)


def _hourglass(page: Page, x: float, y: float, colour: Colour) -> None:
    page.lines([(x + 20, y + 94), (x + 80, y + 94)], colour, _THICK)
    page.lines([(x + 20, y + 6), (x + 80, y + 6)], colour, _THICK)
    page.lines([(x + 28, y + 94), (x + 28, y + 76), (x + 72, y + 24), (x + 72, y + 6)], colour, _THICK)
    page.lines([(x + 72, y + 94), (x + 72, y + 76), (x + 28, y + 24), (x + 28, y + 6)], colour, _THICK)
    page.lines([(x + 42, y + 18), (x + 50, y + 26), (x + 58, y + 18)], colour, _THICK, closed=True)


def _arrow(page: Page, x: float, y: float, colour: Colour) -> None:
    page.lines([(x + 50, y + 94), (x + 50, y + 34)], colour, _THICK)
    page.lines([(x + 26, y + 58), (x + 50, y + 34), (x + 74, y + 58)], colour, _THICK)
    page.lines([(x + 8, y + 30), (x + 8, y + 6), (x + 92, y + 6), (x + 92, y + 30)], colour, _THICK)


def _warning(page: Page, x: float, y: float, colour: Colour) -> None:
    page.lines([(x + 4, y + 8), (x + 96, y + 8), (x + 50, y + 92)], colour, _THICK, closed=True)
    page.lines([(x + 50, y + 62), (x + 50, y + 38)], colour, _THICK)
    page.circle(x + 50, y + 24, 5, colour)


ICONS: dict[str, Icon] = {
    "screen": _screen,
    "lock": _lock,
    "signal": _signal,
    "offline": _offline,
    "hourglass": _hourglass,
    "arrow": _arrow,
    "warning": _warning,
}
