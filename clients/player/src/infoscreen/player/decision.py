"""The one decision of the player: which scene is on the screen, given the manifest, the disk and the quarantine.

The function is pure, and this module is the place to read first. The rules, in their order:

1. a player that is revoked or not enrolled shows a notice of that and nothing else;
2. of each medium in the manifest it shows the wanted file if that is on the disk and not in quarantine, else the file
   that is on the screen, else the last good one: a replacement that is late, failed or broken never empties the screen;
3. it does not show a medium that the manifest does not name;
4. if that leaves no file, a notice says why.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from infoscreen.player.manifest import Connection, DisplayFile, Item, Manifest, Status


class Topic(StrEnum):
    """What a notice is about."""

    NOT_ENROLLED = "not_enrolled"
    REVOKED = "revoked"
    CONNECTING = "connecting"
    UNREACHABLE = "unreachable"
    NOTHING_ASSIGNED = "nothing_assigned"
    PROCESSING = "processing"
    LOADING = "loading"
    FAILED = "failed"
    UNSHOWABLE = "unshowable"


@dataclass(frozen=True, slots=True)
class Notice:
    """A page that the player draws itself.

    Attributes:
        title: the title of the medium that it is about.
        detail: the reason, in the server's words for people.
        eta_minutes: when the medium will be ready, rounded so that the screen changes rarely; 0 is less than one.
    """

    topic: Topic
    title: str = ""
    detail: str = ""
    eta_minutes: int | None = None

    def __str__(self) -> str:
        return f"notice {self.topic}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A position in a playlist.

    Attributes:
        seconds: how long each page stays; None where the player's setting decides.
    """

    media_id: str
    file: DisplayFile
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Playlist:
    """Entries that the viewer shows in order, again and again. A file may stand at several positions."""

    entries: tuple[Entry, ...]

    @property
    def files(self) -> tuple[DisplayFile, ...]:
        """The different files, in the order of their first position."""
        return tuple(dict.fromkeys(entry.file for entry in self.entries))

    def __str__(self) -> str:
        return " ".join(entry.file.sha256[:12] for entry in self.entries)


Scene = Notice | Playlist


@dataclass(frozen=True)
class DecisionInput:
    """Everything the decision depends on.

    Attributes:
        manifest: the last one that the server sent, also before a reboot; None before the first.
        usable: whether a file is on the disk, whole, and not in quarantine.
        quarantined: whether a file is in quarantine.
        on_screen: of each medium, the file that is on the screen.
        last_good: of each medium, the file that the viewer last showed well for a while.
    """

    connection: Connection
    manifest: Manifest | None
    usable: Callable[[DisplayFile], bool]
    quarantined: Callable[[DisplayFile], bool]
    on_screen: Mapping[str, DisplayFile]
    last_good: Mapping[str, DisplayFile]


def decide(now: DecisionInput) -> Scene:
    """The scene that should be on the screen."""
    if now.connection is Connection.NOT_ENROLLED:
        return Notice(Topic.NOT_ENROLLED)
    if now.connection is Connection.REVOKED:
        return Notice(Topic.REVOKED)
    if now.manifest is None:
        return Notice(Topic.UNREACHABLE if now.connection is Connection.OFFLINE else Topic.CONNECTING)
    if not now.manifest.items:
        return Notice(Topic.NOTHING_ASSIGNED)
    found = ((item, _file(now, item)) for item in now.manifest.items)
    entries = tuple(Entry(item.media_id, file, item.seconds) for item, file in found if file)
    return Playlist(entries) if entries else _why_nothing(now, now.manifest.items[0])


def _file(now: DecisionInput, item: Item) -> DisplayFile | None:
    for candidate in (item.file, now.on_screen.get(item.media_id), now.last_good.get(item.media_id)):
        if candidate and now.usable(candidate):
            return candidate
    return None


def _why_nothing(now: DecisionInput, item: Item) -> Notice:
    if item.status is Status.FAILED:
        return Notice(Topic.FAILED, item.title, item.message)
    if item.status is Status.PROCESSING:
        return Notice(Topic.PROCESSING, item.title, eta_minutes=eta_minutes(item.eta_seconds))
    if item.file and now.quarantined(item.file):
        return Notice(Topic.UNSHOWABLE, item.title)
    return Notice(Topic.UNREACHABLE if now.connection is Connection.OFFLINE else Topic.LOADING, item.title)


def eta_minutes(seconds: float | None) -> int | None:
    """Whole minutes: 0 below one, then to the nearest."""
    return None if seconds is None else round(seconds / 60) if seconds >= 45 else 0  # noqa: PLR2004 - rounds to one
