"""The one decision of the player: which scene is on the screen, and whether the display is on.

The function is pure, and this module is the place to read first. It is a function of the manifest, the files on the
disk, the clock and what the player saved. The rules, in their order:

1. a player that is revoked or not enrolled shows a notice of that and nothing else;
2. so does one that has never heard from its server;
3. an override is shown until it ends: its file, or else its text; by an unknown clock its remaining time counts down;
4. by an unknown clock the default playlist is on, and the display;
5. of the schedule's entries that cover the local time one wins: by priority, then position, then id;
6. of each item whose days cover today it shows the wanted file if that is on the disk and not in quarantine, else the
   file that is on the screen, else the last good one: a replacement that is late, failed or broken empties nothing;
7. if that leaves no file: the next entry, the default playlist, what was shown last and is still wanted, a notice;
8. the display is off only by a trusted clock, outside its hours, and without an override.

It never shows a medium that the manifest does not name.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from infoscreen.player.clock import UNKNOWN, Reading
from infoscreen.player.manifest import Connection, DisplayFile, Manifest, Medium, Status
from infoscreen.player.programme import Item, Override
from infoscreen.player.schedule import covers, wall_time, winners


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
    OVERRIDE = "override"
    IDENTIFY = "identify"


@dataclass(frozen=True, slots=True)
class Notice:
    """A page that the player draws itself.

    Attributes:
        title: the title of the medium that it is about.
        detail: the reason, in the server's words for people.
        eta_minutes: when the medium will be ready, rounded so that the screen changes rarely; 0 is less than one.
        pages: how many of its pages of how many are converted.
    """

    topic: Topic
    title: str = ""
    detail: str = ""
    eta_minutes: int | None = None
    pages: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"notice {self.topic}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A position in the playlist that is shown.

    Attributes:
        seconds: how long each page stays; None where the player's setting decides.
        page_seconds: the times of single pages, which come first; None where a page has none.
        item: the id of the playlist's item; the glass looks the same with another.
    """

    media_id: str
    file: DisplayFile
    seconds: float | None = None
    page_seconds: tuple[float | None, ...] = ()
    item: str = field(default="", compare=False)


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


@dataclass(frozen=True, slots=True)
class Decision:
    """What should be on the glass.

    Attributes:
        power: whether the display is on.
        entry: the id of the schedule's entry that is on; None for the default playlist and for notices.
        override: the id of the override that is on.
    """

    scene: Scene
    power: bool = True
    entry: str | None = None
    override: str | None = None


@dataclass(frozen=True)
class DecisionInput:
    """Everything the decision depends on.

    Attributes:
        manifest: the last one that the server sent, also before a reboot; None before the first.
        clock: the date and its source.
        override_left: the seconds that were left of an override, of this id, when the date was known last, less what
            has passed since; None where that is not known.
        usable: whether a file is on the disk, whole, and not in quarantine.
        quarantined: whether a file is in quarantine.
        on_screen: of each medium, the file that is on the screen.
        last_good: of each medium, the file that the viewer last showed well for a while.
        last_shown: the media of the last playlist on the screen, in order.
    """

    connection: Connection
    manifest: Manifest | None
    usable: Callable[[DisplayFile], bool]
    quarantined: Callable[[DisplayFile], bool]
    on_screen: Mapping[str, DisplayFile]
    last_good: Mapping[str, DisplayFile]
    clock: Reading = UNKNOWN
    override_left: Callable[[str], float | None] = lambda _id: None
    last_shown: tuple[str, ...] = ()


def decide(now: DecisionInput) -> Decision:
    """What should be on the glass now."""
    if now.connection is Connection.NOT_ENROLLED:
        return Decision(Notice(Topic.NOT_ENROLLED))
    if now.connection is Connection.REVOKED:
        return Decision(Notice(Topic.REVOKED))
    if now.manifest is None:
        return Decision(Notice(Topic.UNREACHABLE if now.connection is Connection.OFFLINE else Topic.CONNECTING))
    override = now.manifest.programme.override
    if override and override_is_on(override, now.clock, now.override_left(override.id)):
        return _overridden(now, now.manifest, override)
    return _scheduled(now, now.manifest)


def override_is_on(override: Override, clock: Reading, left_seconds: float | None) -> bool:
    """Whether an override has not ended; by an unknown clock, what was left of it counts."""
    if clock.now is not None:
        return clock.now < override.until
    if clock.floor is not None and clock.floor >= override.until:
        return False
    return left_seconds is None or left_seconds > 0


def _overridden(now: DecisionInput, manifest: Manifest, override: Override) -> Decision:
    """The override's file, or its text, or what is on without it until its file is here; the display is on."""
    medium = manifest.medium(override.media_id)
    if medium and (file := _file(now, medium)):
        scene: Scene = Playlist((Entry(medium.media_id, file, page_seconds=file.page_seconds),))
        return Decision(scene, override=override.id)
    if override.text:
        return Decision(Notice(Topic.OVERRIDE, detail=override.text), override=override.id)
    return replace(_scheduled(now, manifest), power=True, override=override.id)


def _scheduled(now: DecisionInput, manifest: Manifest) -> Decision:
    power = power_is_on(manifest, now.clock)
    wanted: list[Item] = []
    for entry, playlist in candidates(manifest, now.clock):
        items = [item for item in manifest.programme.items(playlist) if _is_due(item, manifest, now.clock)]
        if shown := _playlist(now, manifest, items):
            return Decision(shown, power, entry)
        wanted += items
    media = [medium for item in wanted if (medium := manifest.medium(item.media_id))]
    if not media:
        return Decision(Notice(Topic.NOTHING_ASSIGNED), power)
    return Decision(_last_scene(now, manifest) or _why_nothing(now, media[0]), power)


def candidates(manifest: Manifest, clock: Reading) -> Iterator[tuple[str | None, str | None]]:
    """The entries that are on and their playlists, the winner first; then no entry, and the default playlist."""
    programme = manifest.programme
    if clock.now is not None:
        for entry in winners(programme, wall_time(clock.now, programme.timezone)):
            yield entry.id, entry.playlist
    yield None, programme.default


def power_is_on(manifest: Manifest, clock: Reading) -> bool:
    """Whether the display is on by its hours; none are all hours, and by an unknown clock it is on."""
    programme = manifest.programme
    if clock.now is None or not programme.power_hours:
        return True
    wall = wall_time(clock.now, programme.timezone)
    return any(covers(window, wall) for window in programme.power_hours)


def _playlist(now: DecisionInput, manifest: Manifest, items: list[Item]) -> Playlist | None:
    """The items that have a usable file, or None where none has."""
    entries = []
    for item in items:
        medium = manifest.medium(item.media_id)
        if medium and (file := _file(now, medium)):
            timings = file.page_seconds if item.deck_timings else ()
            entries.append(Entry(item.media_id, file, item.seconds, timings, item.id))
    return Playlist(tuple(entries)) if entries else None


def _is_due(item: Item, manifest: Manifest, clock: Reading) -> bool:
    """Whether an item's days cover today; by an unknown clock, the day of the floor, which opens nothing by itself."""
    moment = clock.now or clock.floor
    if moment is None:
        return item.first_day is None
    return item.on(wall_time(moment, manifest.programme.timezone).date())


def _last_scene(now: DecisionInput, manifest: Manifest) -> Playlist | None:
    """What was shown last, as far as a playlist still asks for it."""
    lists = manifest.programme.playlists.values()
    wanted = {item.media_id for items in lists for item in items if _is_due(item, manifest, now.clock)}
    return _playlist(now, manifest, [Item(media_id) for media_id in now.last_shown if media_id in wanted])


def _file(now: DecisionInput, medium: Medium) -> DisplayFile | None:
    for candidate in (medium.file, now.on_screen.get(medium.media_id), now.last_good.get(medium.media_id)):
        if candidate and now.usable(candidate):
            return candidate
    return None


def _why_nothing(now: DecisionInput, medium: Medium) -> Notice:
    if medium.status is Status.FAILED:
        return Notice(Topic.FAILED, medium.title, medium.message)
    if medium.status is Status.PROCESSING:
        return Notice(Topic.PROCESSING, medium.title, eta_minutes=eta_minutes(medium.eta_seconds), pages=medium.pages)
    if medium.file and now.quarantined(medium.file):
        return Notice(Topic.UNSHOWABLE, medium.title)
    return Notice(Topic.UNREACHABLE if now.connection is Connection.OFFLINE else Topic.LOADING, medium.title)


def eta_minutes(seconds: float | None) -> int | None:
    """Whole minutes: 0 below one, then to the nearest."""
    return None if seconds is None else round(seconds / 60) if seconds >= 45 else 0  # noqa: PLR2004 - rounds to one
