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
from infoscreen.player.notice_texts import DEFAULT_LANGUAGE, eta_words, page_words, words
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


_LOOKS = {
    Topic.NOT_ENROLLED: ("screen", _TEAL),
    Topic.REVOKED: ("lock", _RED),
    Topic.CONNECTING: ("signal", _BLUE),
    Topic.UNREACHABLE: ("offline", _AMBER),
    Topic.NOTHING_ASSIGNED: ("screen", _TEAL),
    Topic.PROCESSING: ("hourglass", _BLUE),
    Topic.LOADING: ("arrow", _BLUE),
    Topic.FAILED: ("warning", _RED),
    Topic.UNSHOWABLE: ("warning", _AMBER),
    Topic.OVERRIDE: ("warning", _AMBER),
    Topic.IDENTIFY: ("screen", _TEAL),
}
_LARGE_SIZES = (130.0, 100.0, 80.0, 64.0, 50.0, 40.0, 32.0)
_LARGE_HEIGHT, _LARGE_TOP = 540.0, 660.0


@dataclass(frozen=True, slots=True)
class Audience:
    """To whom a notice speaks: the people in front of this screen.

    Attributes:
        name: of this screen.
        server: its address; empty before the enrolment.
        language: of the words.
    """

    name: str
    server: str = ""
    language: str = DEFAULT_LANGUAGE


class NoticeRenderer:
    """Draws notices into files.

    Args:
        directory: holds the files.
        audience: gives to whom the notices speak.
    """

    def __init__(self, directory: Path, audience: Callable[[], Audience]) -> None:
        self._directory = directory
        self._audience = audience

    def draw(self, notice: Notice) -> Path:
        """The notice's file. Earlier files stay, since a viewer may still read them.

        Raises:
            OSError: the file cannot be written.
        """
        content = render(notice, self._audience())
        path = self._directory / f"notice-{notice.topic}-{hashlib.sha256(content).hexdigest()[:12]}.pdf"
        if not path.exists():
            replace_file(path, content)
        return path


def render(notice: Notice, audience: Audience) -> bytes:
    """A notice as a PDF."""
    text = words(notice.topic, audience.language)
    page = Page(_WIDTH, _HEIGHT, _TOP_COLOUR, _BOTTOM_COLOUR)
    page.rectangle(0, _HEIGHT - 10, _WIDTH, 10, _LOOKS[notice.topic][1])
    if notice.topic is Topic.OVERRIDE:
        _large(page, notice.detail)
    elif notice.topic is Topic.IDENTIFY:
        _large(page, notice.title or audience.name)
    else:
        _explanation(page, notice, audience)
    _footer(page, audience.name, audience.server)
    return page.render(text.headline)


def _large(page: Page, text: str) -> None:
    """A text as large as it fits, in the middle of the height."""
    lines: list[str] = []
    size = step = 0.0
    for size in _LARGE_SIZES:
        step = size * 1.2
        room = int(_LARGE_HEIGHT / step)
        lines = [line for part in text.splitlines() for line in wrap(part, size, _TEXT_WIDTH, bold=True)][:room]
        whole = [word for part in text.splitlines() for word in encodable(part).split()]
        if " ".join(lines).split() == whole:
            break
    y = _LARGE_TOP - (_LARGE_HEIGHT - step * len(lines)) / 2 - size
    for line in lines:
        page.text(_LEFT, y, line, size, _WHITE, bold=True)
        y -= step


def _explanation(page: Page, notice: Notice, audience: Audience) -> None:
    """What is the matter, and what to do."""
    icon, colour = _LOOKS[notice.topic]
    text = words(notice.topic, audience.language)
    ICONS[icon](page, _LEFT, 486, colour)
    y = 408.0
    for line in wrap(text.headline, 60, _TEXT_WIDTH, bold=True, lines=2):
        page.text(_LEFT, y, line, 60, _WHITE, bold=True)
        y -= 70
    y += 4
    if title := _readable(notice.title):
        page.text(_LEFT, y, wrap(title, 36, _TEXT_WIDTH, bold=True, lines=1)[0], 36, colour, bold=True)
        y -= 56
    for paragraph in _detail(notice, text.detail, audience.language).splitlines():
        for line in wrap(paragraph, 32, _TEXT_WIDTH, lines=4):
            page.text(_LEFT, y, line, 32, _LIGHT)
            y -= 44


def _footer(page: Page, name: str, server: str) -> None:
    page.rectangle(_LEFT, 84, _TEXT_WIDTH, 1, _DIM)
    shown = [part for part in ("Infoscreen", encodable(name), encodable(server.partition("://")[2])) if part]
    page.text(_LEFT, 48, wrap("  \u00b7  ".join(shown), 20, _TEXT_WIDTH, lines=1)[0], 20, _DIM)


def _detail(notice: Notice, detail: str, language: str) -> str:
    if notice.topic is not Topic.PROCESSING:
        return notice.detail or detail
    pages = [page_words(*notice.pages, language)] if notice.pages else []
    eta = [eta_words(notice.eta_minutes, language)] if notice.eta_minutes is not None else []
    return " ".join([*pages, *eta, detail])


def _readable(title: str) -> str:
    """A title, or nothing where the fonts lack most of its characters."""
    stem = PurePath(title).stem
    lost = encodable(stem).count("?") - stem.count("?")
    return encodable(title) if lost <= _MOSTLY * len(stem) else ""
