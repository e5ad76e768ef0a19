"""The state that all parts of the player share: the manifest, the scene that follows from it, and the problems.

Each change wakes every part that waits for one. Nothing here does I/O; ``persist`` hands the saved state to a thread.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog

from infoscreen.player.clock import Monotonic
from infoscreen.player.decision import DecisionInput, Entry, Playlist, Scene, decide
from infoscreen.player.file_cache import FileCache
from infoscreen.player.manifest import Connection, DisplayFile, Manifest
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.saved_state import SavedState

_log = structlog.get_logger(__name__)


@dataclass
class SharedState:
    """The player's state.

    Attributes:
        shown: the scene on the screen, since the monotonic moment ``shown_since``.
        position: of the playlist's entry that is on the glass; None where the viewer does not tell.
        glass_since: the monotonic moment since which this entry, or the notice, is on the glass.
        problems: sentences for people, each under a name of its own; the reports contain them.
    """

    saved: SavedState
    cache: FileCache
    quarantine: Quarantine
    monotonic: Monotonic = time.monotonic
    connection: Connection = Connection.CONNECTING
    shown: Scene | None = None
    shown_since: float = 0.0
    position: int | None = None
    glass_since: float = 0.0
    problems: dict[str, str] = field(default_factory=dict)
    _on_screen: dict[str, DisplayFile] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def load(self) -> None:
        """Continue with the state that the player saved before it was restarted."""
        self.saved.load()
        if self.saved.revoked:
            self.connection = Connection.REVOKED

    @property
    def scene(self) -> Scene:
        """The scene that should be on the screen now."""
        return decide(
            DecisionInput(
                connection=self.connection,
                manifest=self.saved.manifest,
                usable=lambda file: self.cache.has(file) and not self.quarantine.holds(file),
                quarantined=self.quarantine.holds,
                on_screen=self._on_screen,
                last_good=self.saved.last_good,
            )
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
            _log.info("manifest", media=[f"{item.media_id} {item.status}" for item in manifest.items])
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
        self.shown, self.shown_since = scene, self.monotonic()
        self.glass_since = self.shown_since
        entries = scene.entries if isinstance(scene, Playlist) else ()
        self.position = 0 if entries else None
        self.cache.touch({entry.file for entry in entries})
        self._on_screen = {entry.media_id: entry.file for entry in entries}
        self.notify()

    def on_glass(self, position: int | None) -> None:
        """Another entry of the shown playlist is on the glass; None where the viewer does not tell which."""
        if not isinstance(self.shown, Playlist) or len(self.shown.entries) == 1 or position == self.position:
            return
        self.position, self.glass_since = position, self.monotonic()

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
        """Files that must stay on the disk: wanted, on the screen, or the last good ones."""
        shown = set(self.shown.files) if isinstance(self.shown, Playlist) else set()
        items = self.saved.manifest.items if self.saved.manifest else ()
        return shown | set(self.saved.last_good.values()) | {item.file for item in items if item.file}
