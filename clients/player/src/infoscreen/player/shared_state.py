"""The state that all parts of the player share: the manifest, the scene that follows from it, and the problems.

Each change wakes every part that waits for one. Nothing here does I/O; ``persist`` hands the saved state to a thread.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import structlog

from infoscreen.player.clock import Clock, Reading
from infoscreen.player.decision import Decision, DecisionInput, Entry, Notice, Playlist, Scene, Topic, decide
from infoscreen.player.due import due_order
from infoscreen.player.file_cache import FileCache
from infoscreen.player.manifest import Connection, DisplayFile, Manifest, Medium
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.saved_state import SavedState
from infoscreen.player.schedule import wall_time

_log = structlog.get_logger(__name__)


@dataclass
class SharedState:
    """The player's state.

    Attributes:
        shown: the scene on the screen, since the monotonic moment ``shown_since``.
        position: of the playlist's entry that is on the glass; None where the viewer does not tell.
        glass_since: the monotonic moment since which this entry, or the notice, is on the glass.
        page: of the entry, from 1; None where the viewer does not tell.
        restarts: how often the viewer was asked to be started anew.
        problems: sentences for people, each under a name of its own; the reports contain them.
    """

    saved: SavedState
    cache: FileCache
    quarantine: Quarantine
    clock: Clock = field(default_factory=Clock)
    connection: Connection = Connection.CONNECTING
    shown: Scene | None = None
    shown_since: float = 0.0
    position: int | None = None
    page: int | None = None
    glass_since: float = 0.0
    restarts: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    _on_screen: dict[str, DisplayFile] = field(default_factory=dict)
    _override_ends: dict[str, float] = field(default_factory=dict)
    _identified_until: float = 0.0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Hear of each change of the clock."""
        self.clock.on_change = self.notify

    def load(self) -> None:
        """Continue with the state that the player saved before it was restarted."""
        self.saved.load()
        self.clock.start_from(self.saved.floor)
        now = self.clock.monotonic()
        self._override_ends = {id_: now + left for id_, left in self.saved.override_left.items()}
        if self.saved.revoked:
            self.connection = Connection.REVOKED

    @property
    def decision(self) -> Decision:
        """What should be on the glass now."""
        decision = decide(self._facts(self.clock.read()))
        if self.clock.monotonic() < self._identified_until and decision.override is None:
            return replace(decision, scene=Notice(Topic.IDENTIFY, self.name), power=True)
        return decision

    @property
    def scene(self) -> Scene:
        """The scene that should be on the screen now."""
        return self.decision.scene

    @property
    def name(self) -> str:
        """What the server calls this player; empty before it did."""
        return self.saved.manifest.player if self.saved.manifest else ""

    def keep_time(self) -> Reading:
        """Read the date, and note by it what is left of the override."""
        reading = self.clock.read()
        override = self.saved.manifest.programme.override if self.saved.manifest else None
        if override and reading.now is not None:
            self._override_ends[override.id] = self.clock.monotonic() + (override.until - reading.now).total_seconds()
        return reading

    def override_left(self, override_id: str) -> float | None:
        """The seconds that are left of an override, as far as that is known."""
        ends = self._override_ends.get(override_id)
        return None if ends is None else ends - self.clock.monotonic()

    def checkpoint(self, reading: Reading) -> None:
        """Have the saved state keep what a reboot without a date needs: a floor, and what is left of the override."""
        override = self.saved.manifest.programme.override if self.saved.manifest else None
        left = self.override_left(override.id) if override else None
        self.saved.checkpoint()
        self.saved.floor = reading.now or reading.floor
        self.saved.override_left = {override.id: left} if override and left is not None else {}
        self.notify()

    def _facts(self, clock: Reading) -> DecisionInput:
        return DecisionInput(
            connection=self.connection,
            manifest=self.saved.manifest,
            usable=lambda file: self.cache.has(file) and not self.quarantine.holds(file),
            quarantined=self.quarantine.holds,
            on_screen=self._on_screen,
            last_good=self.saved.last_good,
            clock=clock,
            override_left=self.override_left,
            last_shown=self.saved.last_shown,
        )

    def on_screen(self, media_id: str) -> bool:
        """Whether a version of a medium is on the screen."""
        return media_id in self._on_screen

    @property
    def change(self) -> asyncio.Event:
        """An event that the next change sets. A reader takes it before reading the state, so that it misses none."""
        return self._changed

    def notify(self) -> None:
        """Wake every part that waits for a change."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def manifest_received(self, manifest: Manifest) -> None:
        """The server answered with a manifest, which also proves that the token is good."""
        before = (self.saved.manifest, self.connection)
        self.saved.manifest, self.saved.revoked = manifest, False
        self.connection = Connection.ONLINE
        if (manifest, self.connection) != before:
            _log.info("manifest", media=[f"{medium.media_id} {medium.status}" for medium in manifest.media])
            self.saved.forget_unwanted()
            self.notify()

    def set_connection(self, connection: Connection) -> None:
        """Set how the player stands with its server. A revoked player stays revoked while the server is silent."""
        silent_after_revocation = connection is Connection.OFFLINE and self.connection is Connection.REVOKED
        if connection is self.connection or silent_after_revocation:
            return
        _log.info("connection_changed", connection=connection)
        self.connection = connection
        self.saved.revoked = connection is Connection.REVOKED
        self.notify()

    def now_showing(self, scene: Scene) -> None:
        """The screen shows another scene, from its first entry on."""
        self.shown, self.shown_since = scene, self.clock.monotonic()
        self.glass_since = self.shown_since
        entries = scene.entries if isinstance(scene, Playlist) else ()
        self.position = self.page = None
        if entries:
            self.position = 0
            self.saved.last_shown = tuple(entry.media_id for entry in entries)
        self.cache.touch({entry.file for entry in entries})
        self._on_screen = {entry.media_id: entry.file for entry in entries}
        self.notify()

    def on_glass(self, position: int | None, page: int | None = None) -> None:
        """A page of the shown playlist is on the glass; None where the viewer does not tell which."""
        if not isinstance(self.shown, Playlist):
            return
        self.page = page
        if len(self.shown.entries) > 1 and position != self.position:
            self.position, self.glass_since = position, self.clock.monotonic()
        self._count_play(self.shown)

    def _count_play(self, shown: Playlist) -> None:
        decision, reading = self.decision, self.clock.read()
        scene = decision.scene if decision.scene == shown else shown  # the same pages, perhaps of other items
        seen = decision.power and self.position is not None and isinstance(scene, Playlist)
        entry = scene.entries[self.position or 0] if seen and isinstance(scene, Playlist) else None
        zone = self.saved.manifest.programme.timezone if self.saved.manifest else "UTC"
        day = wall_time(reading.now, zone).date() if reading.now else None
        self.saved.plays.look(entry, (self.position or 0, self.page or 1), day, self.clock.monotonic())

    def identify(self, seconds: float) -> None:
        """Have the name of this player on the glass for a while."""
        self._identified_until = self.clock.monotonic() + seconds
        self.notify()

    def restart_viewer(self) -> None:
        """Have the viewer started anew."""
        self.restarts += 1
        self.notify()

    def mark_proven(self, entries: Iterable[Entry]) -> None:
        """The viewer showed entries well: from now on their files are the last good ones of their media."""
        for entry in entries:
            self.quarantine.release(entry.file)
            self.problems.pop(f"file {entry.file.sha256}", None)
            self.saved.last_good[entry.media_id] = entry.file
        self.notify()

    def is_proven(self, file: DisplayFile) -> bool:
        """Whether the viewer showed a file well before."""
        return file in self.saved.last_good.values()

    def set_problem(self, name: str, description: str | None) -> None:
        """Set the sentence of a problem, or remove the problem where the sentence is None."""
        if self.problems.get(name) == description:
            return
        if description is None:
            del self.problems[name]
        else:
            _log.warning("problem", name=name, description=description)
            self.problems[name] = description
        self.notify()

    async def persist(self) -> None:
        """Save the state after each change, for ever."""
        while True:
            change = self.change
            await self.saved.save()
            await change.wait()

    @property
    def needed_files(self) -> set[DisplayFile]:
        """Files that must stay on the disk where there is room: wanted, on the screen, or the last good ones."""
        media = self.saved.manifest.media if self.saved.manifest else ()
        return self._shown_files | set(self.saved.last_good.values()) | {medium.file for medium in media if medium.file}

    def kept_for(self, file: DisplayFile) -> set[DisplayFile]:
        """Files that must stay on the disk even where another one then has no room.

        They are on the screen, are due sooner than that one, or stand in for such a file as the last good one.
        """
        due = self.due_media
        at = next((place for place, medium in enumerate(due) if medium.file == file), len(due))
        sooner = due[: at + 1]
        stand_in = {self.saved.last_good.get(medium.media_id) for medium in sooner}
        return self._shown_files | {file for file in (*(medium.file for medium in sooner), *stand_in) if file}

    @property
    def due_media(self) -> list[Medium]:
        """The media of the manifest, those first that are on the glass soonest."""
        return due_order(self.saved.manifest, self.clock.read()) if self.saved.manifest else []

    @property
    def _shown_files(self) -> set[DisplayFile]:
        return set(self.shown.files) if isinstance(self.shown, Playlist) else set()
