"""The viewers' windows: a new one stays behind the old one until it shows a page, then comes to the front.

A viewer's window is black until it has drawn its first page. On X11 the player puts each new window below the old one
before it appears, has the X server keep its content, and raises it once its title and its pixels show a page: no frame
between two decks is blank. Without an X display (a Wayland compositor's own windows) the player sees nothing and takes
a viewer that runs for some seconds for one that shows its page.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from infoscreen.player.x11 import CREATE_NOTIFY, MAP_REQUEST, Display

_SAMPLED_LINES = 90  # one in twelve of a full HD screen: no line of text fits between
_PIXEL_BYTES = 4


class Windows(Protocol):
    """The windows of the viewer in front, and of a new viewer behind it."""

    async def open(self) -> bool:
        """Prepare for a new viewer; returns False where the player cannot see windows.

        Raises:
            DisplayError: the display is gone, so that no viewer could show anything.
        """

    async def ready(self, *, may_be_plain: bool) -> bool:
        """Whether the new viewer shows a page."""

    async def reveal(self) -> None:
        """Put the new viewer's windows in front."""

    async def page_title(self) -> str | None:
        """The title of the window in front, or None while it names no page."""

    async def has_picture(self) -> bool:
        """Whether the pixels of the window in front are of more than one colour."""

    async def close(self) -> None:
        """End the connection to the display."""


class XWindows:
    """The windows of an X display.

    Each method raises ``DisplayError`` when the display goes away during the call.

    Args:
        title: matches the viewer's title as soon as a page shows.
    """

    def __init__(self, title: re.Pattern[str]) -> None:
        self._title = title
        self._display: Display | None = None
        self._behind: list[int] = []
        self._front: list[int] = []
        self._holding_back = False

    async def open(self) -> bool:
        """Hold back each window that appears from now on; returns False where the environment names no X display."""
        self._behind, self._holding_back = [], True
        name = os.environ.get("DISPLAY")
        if not name:
            return False
        if self._display is None or not self._display.connected:
            await self.close()
            authority = os.environ.get("XAUTHORITY") or Path.home() / ".Xauthority"
            self._display = await Display.open(name, Path(authority))
            self._display.on_window = self._on_window
        await self._display.measure()
        return True

    async def ready(self, *, may_be_plain: bool) -> bool:
        """Whether the new viewer shows a page: by its title, and by its pixels unless the page is plain."""
        found = await self._titled(self._behind)
        return found is not None and (may_be_plain or await self._pictured(found[0]))

    async def reveal(self) -> None:
        """Put the new viewer's windows in front."""
        self._front, self._holding_back = self._behind, False
        if self._display:
            for window in self._front:
                self._display.raise_(window)

    async def page_title(self) -> str | None:
        """The title of the window in front, or None while it names no page."""
        found = await self._titled(self._front)
        return found[1] if found else None

    async def has_picture(self) -> bool:
        """Whether the pixels of the window in front are of more than one colour."""
        found = await self._titled(self._front)
        return found is not None and await self._pictured(found[0])

    async def picture(self) -> tuple[bytes, int, int] | None:
        """The pixels of the screen, of four bytes each, with its width and height; None where they cannot be read."""
        if self._display is None or not self._display.connected:
            return None
        width, height = self._display.width, self._display.height
        pixels = await self._display.picture()
        whole = pixels is not None and len(pixels) == width * height * _PIXEL_BYTES
        return (pixels, width, height) if pixels is not None and whole else None

    async def close(self) -> None:
        """End the connection."""
        if self._display:
            await self._display.close()
            self._display = None

    async def _titled(self, windows: Sequence[int]) -> tuple[int, str] | None:
        """The newest of the windows whose title names a page."""
        for window in reversed(windows):
            title = await self._display.title(window) if self._display else None
            if title is not None and self._title.search(title):
                return window, title
        return None

    async def _pictured(self, window: int) -> bool:
        return self._display is not None and await _has_picture(self._display, window)

    def _on_window(self, event: int, window: int) -> None:
        """Lower a new window: before it is mapped, or just after where a window manager maps it."""
        if self._display is None:
            return
        if event == CREATE_NOTIFY:
            self._behind.append(window)
            self._display.keep_content(window)
        elif self._holding_back and window in self._behind:
            self._display.lower(window)
        if event == MAP_REQUEST:
            self._display.map(window)


async def _has_picture(display: Display, window: int) -> bool:
    """Whether the pixels of a window are of more than one colour."""
    first = b""
    for number in range(_SAMPLED_LINES):
        y = display.height * (2 * number + 1) // (2 * _SAMPLED_LINES)
        pixels = await display.line(window, y, display.width)
        if pixels is None:  # not of the screen's size, or not readable: the title decides alone
            return True
        first = first or pixels[:_PIXEL_BYTES]
        if pixels != first * display.width:
            return True
    return False
