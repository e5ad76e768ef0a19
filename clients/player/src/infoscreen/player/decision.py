"""The one decision of the player: from what is wanted, what is on disk and what failed, what is on the screen.

Pure, and the place to read first. The rules, in their order:

1. a revoked or never enrolled player says so and shows nothing else;
2. of each medium in the programme, the wanted file if it is on disk and the viewer can show it, else the one that is on
   the screen, else the last one that was shown well: a replacement that is late, failed or broken never empties the
   screen;
3. a medium that is not in the programme (any more) is not shown;
4. if that leaves nothing, a notice says why.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from infoscreen.player.programme import Item, Programme, Rendition, Standing, Status


class Topic(StrEnum):
    """What a notice is about."""

    NOT_ENROLLED = "not_enrolled"
    REVOKED = "revoked"
    CONNECTING = "connecting"
    UNREACHABLE = "unreachable"
    NOTHING_ASSIGNED = "nothing_assigned"
    PREPARING = "preparing"
    LOADING = "loading"
    FAILED = "failed"
    UNSHOWABLE = "unshowable"


@dataclass(frozen=True, slots=True)
class Notice:
    """A screen drawn by the player itself.

    Attributes:
        title: which medium it is about.
        detail: why, in the server's words for people.
        eta_minutes: when it is expected, rounded so that the screen changes rarely; 0 is less than one.
    """

    topic: Topic
    title: str = ""
    detail: str = ""
    eta_minutes: int | None = None

    def __str__(self) -> str:
        return f"notice {self.topic}"


@dataclass(frozen=True, slots=True)
class Slides:
    """Files to be shown in order, again and again."""

    files: tuple[Rendition, ...]

    def __str__(self) -> str:
        return " ".join(file.sha256[:12] for file in self.files)


Scene = Notice | Slides


@dataclass(frozen=True)
class Situation:
    """Everything the decision depends on.

    Attributes:
        programme: what is wanted, as last heard, be it before a reboot; None when nothing was ever heard.
        usable: whether a file is on disk, whole, and not rejected.
        rejected: whether the viewer could not show a file.
        on_screen: of each medium, the file that is on the screen.
        last_good: of each medium, the file that was last shown well for a while.
    """

    standing: Standing
    programme: Programme | None
    usable: Callable[[Rendition], bool]
    rejected: Callable[[Rendition], bool]
    on_screen: Mapping[str, Rendition]
    last_good: Mapping[str, Rendition]


def decide(now: Situation) -> Scene:
    """What is to be on the screen."""
    if now.standing is Standing.NOT_ENROLLED:
        return Notice(Topic.NOT_ENROLLED)
    if now.standing is Standing.REVOKED:
        return Notice(Topic.REVOKED)
    if now.programme is None:
        return Notice(Topic.UNREACHABLE if now.standing is Standing.OFFLINE else Topic.CONNECTING)
    if not now.programme.items:
        return Notice(Topic.NOTHING_ASSIGNED)
    files = [file for item in now.programme.items if (file := _file(now, item))]
    return Slides(tuple(dict.fromkeys(files))) if files else _why_nothing(now, now.programme.items[0])


def _file(now: Situation, item: Item) -> Rendition | None:
    for candidate in (item.rendition, now.on_screen.get(item.media_id), now.last_good.get(item.media_id)):
        if candidate and now.usable(candidate):
            return candidate
    return None


def _why_nothing(now: Situation, item: Item) -> Notice:
    if item.status is Status.FAILED:
        return Notice(Topic.FAILED, item.title, item.message)
    if item.status is Status.PREPARING:
        return Notice(Topic.PREPARING, item.title, eta_minutes=eta_minutes(item.eta_seconds))
    if item.rendition and now.rejected(item.rendition):
        return Notice(Topic.UNSHOWABLE, item.title)
    return Notice(Topic.UNREACHABLE if now.standing is Standing.OFFLINE else Topic.LOADING, item.title)


def eta_minutes(seconds: float | None) -> int | None:
    """Whole minutes: 0 below one, then to the nearest."""
    return None if seconds is None else round(seconds / 60) if seconds >= 45 else 0  # noqa: PLR2004 - rounds to one
