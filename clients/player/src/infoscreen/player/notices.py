"""Notices: the pages that the player draws itself while it has no deck to show.

Each says what is the matter, what the player does by itself, and what a person can do, in this order. Notices are PDFs
for the same viewer as decks, so that the player has one way of putting something on the screen.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath

from infoscreen.player.decision import Notice, Topic
from infoscreen.player.files import replace_file
from infoscreen.player.icons import ICONS
from infoscreen.player.pdf import Colour, Page, encodable, wrap

_WIDTH, _HEIGHT = 1280.0, 720.0
_LEFT, _TEXT_WIDTH = 120.0, 1040.0
_TOP_COLOUR: Colour = (0.082, 0.129, 0.220)
_BOTTOM_COLOUR: Colour = (0.035, 0.055, 0.102)
_WHITE: Colour = (0.973, 0.980, 0.988)
_LIGHT: Colour = (0.757, 0.800, 0.863)
_DIM: Colour = (0.451, 0.514, 0.612)
_BLUE: Colour = (0.376, 0.647, 0.980)
_TEAL: Colour = (0.176, 0.831, 0.749)
_AMBER: Colour = (0.984, 0.749, 0.141)
_RED: Colour = (0.973, 0.443, 0.443)
_MOSTLY = 0.5


@dataclass(frozen=True)
class _Text:
    icon: str
    colour: Colour
    headline: str
    detail: str


_TEXTS = {
    Topic.NOT_ENROLLED: _Text(
        "screen",
        _TEAL,
        "This screen is ready to be set up",
        "Create it on the infoscreen's page, which gives it a code. Then run here:\n"
        "sudo infoscreen-player enrol ADDRESS",
    ),
    Topic.REVOKED: _Text(
        "lock",
        _RED,
        "This screen was revoked",
        "It may not show anything. To use it again, create it anew on the infoscreen's page and enrol it.",
    ),
    Topic.CONNECTING: _Text("signal", _BLUE, "Connecting", "The screen asks its server what to show."),
    Topic.UNREACHABLE: _Text(
        "offline",
        _AMBER,
        "The server cannot be reached",
        "This screen keeps trying and goes on by itself. If this stays, check its network cable or Wi-Fi.",
    ),
    Topic.NOTHING_ASSIGNED: _Text(
        "screen",
        _TEAL,
        "Nothing to show yet",
        "A presentation appears here as soon as an operator assigns it to this screen.",
    ),
    Topic.PROCESSING: _Text("hourglass", _BLUE, "This presentation is being processed", "It appears here by itself."),
    Topic.LOADING: _Text("arrow", _BLUE, "This presentation is being loaded", "It appears here by itself."),
    Topic.FAILED: _Text("warning", _RED, "This file could not be processed", "Upload it again, or another one."),
    Topic.UNSHOWABLE: _Text(
        "warning",
        _AMBER,
        "This file cannot be shown here",
        "The infoscreen's page says why. The screen tries again by itself; another file may work at once.",
    ),
}


class NoticeRenderer:
    """Draws notices into files.

    Args:
        directory: holds the files.
        name: the name of this screen.
        server: gives the server's address, or None before the enrolment.
    """

    def __init__(self, directory: Path, name: str, server: Callable[[], str | None]) -> None:
        self._directory = directory
        self._name = name
        self._server = server

    def draw(self, notice: Notice) -> Path:
        """The notice's file. Earlier files stay, since a viewer may still read them.

        Raises:
            OSError: the file cannot be written.
        """
        content = render(notice, self._name, self._server() or "")
        path = self._directory / f"notice-{notice.topic}-{hashlib.sha256(content).hexdigest()[:12]}.pdf"
        if not path.exists():
            replace_file(path, content)
        return path


def render(notice: Notice, name: str, server: str) -> bytes:
    """A notice as a PDF."""
    text = _TEXTS[notice.topic]
    page = Page(_WIDTH, _HEIGHT, _TOP_COLOUR, _BOTTOM_COLOUR)
    page.rectangle(0, _HEIGHT - 10, _WIDTH, 10, text.colour)
    ICONS[text.icon](page, _LEFT, 486, text.colour)
    y = 408.0
    for line in wrap(text.headline, 60, _TEXT_WIDTH, bold=True, lines=2):
        page.text(_LEFT, y, line, 60, _WHITE, bold=True)
        y -= 70
    y += 4
    if title := _readable(notice.title):
        page.text(_LEFT, y, wrap(title, 36, _TEXT_WIDTH, bold=True, lines=1)[0], 36, text.colour, bold=True)
        y -= 56
    for paragraph in _detail(notice, text).splitlines():
        for line in wrap(paragraph, 32, _TEXT_WIDTH, lines=4):
            page.text(_LEFT, y, line, 32, _LIGHT)
            y -= 44
    _footer(page, name, server)
    return page.render(text.headline)


def _footer(page: Page, name: str, server: str) -> None:
    page.rectangle(_LEFT, 84, _TEXT_WIDTH, 1, _DIM)
    shown = [part for part in ("Infoscreen", encodable(name), encodable(server.partition("://")[2])) if part]
    page.text(_LEFT, 48, wrap("  \u00b7  ".join(shown), 20, _TEXT_WIDTH, lines=1)[0], 20, _DIM)


def _detail(notice: Notice, text: _Text) -> str:
    if notice.topic is Topic.PROCESSING and notice.eta_minutes is not None:
        return f"{_eta(notice.eta_minutes)} {text.detail}"
    return notice.detail or text.detail


def _eta(minutes: int) -> str:
    if minutes < 1:
        return "Ready in less than a minute."
    return "Ready in about a minute." if minutes == 1 else f"Ready in about {minutes} minutes."


def _readable(title: str) -> str:
    """A title, or nothing where the fonts lack most of its characters."""
    stem = PurePath(title).stem
    lost = encodable(stem).count("?") - stem.count("?")
    return encodable(title) if lost <= _MOSTLY * len(stem) else ""
