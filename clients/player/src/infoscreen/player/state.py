"""What all parts of the player share: what is wanted, what may be shown, what is shown, and what is wrong.

Every change wakes whoever waits. Nothing here does I/O but the memory, which is written behind.
"""

import asyncio
import time
from dataclasses import dataclass, field

import structlog

from infoscreen.player.clock import Monotonic
from infoscreen.player.decision import Scene, Situation, Slides, decide
from infoscreen.player.memory import Memory
from infoscreen.player.programme import Programme, Rendition, Standing
from infoscreen.player.shelf import Shelf
from infoscreen.player.strikes import Strikes

_log = structlog.get_logger(__name__)


@dataclass
class PlayerState:
    """The player's state.

    Attributes:
        shown: what is on the screen, since which monotonic moment.
        problems: what a person should know, by a name of its own; told in the reports.
    """

    memory: Memory
    shelf: Shelf
    strikes: Strikes
    monotonic: Monotonic = time.monotonic
    standing: Standing = Standing.CONNECTING
    shown: Scene | None = None
    shown_since: float = 0.0
    problems: dict[str, str] = field(default_factory=dict)
    _on_screen: dict[str, Rendition] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def recall(self) -> None:
        """Go on where the player was before it was started."""
        self.memory.load()
        if self.memory.revoked:
            self.standing = Standing.REVOKED

    @property
    def scene(self) -> Scene:
        """What should be on the screen now."""
        return decide(
            Situation(
                standing=self.standing,
                programme=self.memory.programme,
                usable=lambda file: self.shelf.has(file) and not self.strikes.rejected(file),
                rejected=self.strikes.rejected,
                on_screen=self._on_screen,
                last_good=self.memory.last_good,
            )
        )

    def on_screen(self, media_id: str) -> bool:
        """Whether some version of a medium is on the screen."""
        return media_id in self._on_screen

    @property
    def change(self) -> asyncio.Event:
        """Set with the next change; take it before looking."""
        return self._changed

    def notify(self) -> None:
        """Wake whoever waits for a change."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def heard(self, programme: Programme) -> None:
        """The server said what it wants."""
        known = (self.memory.programme, self.standing)
        self.memory.programme, self.memory.revoked = programme, False
        self.standing = Standing.ONLINE
        if (programme, self.standing) != known:
            _log.info("programme", media=[f"{item.media_id} {item.status}" for item in programme.items])
            self.memory.forget_gone()
            self.notify()

    def stands(self, standing: Standing) -> None:
        """The player stands otherwise with its server."""
        silent_after_revocation = standing is Standing.OFFLINE and self.standing is Standing.REVOKED
        if standing is self.standing or silent_after_revocation:
            return
        _log.info("standing", standing=standing)
        self.standing = standing
        self.memory.revoked = standing is Standing.REVOKED
        self.notify()

    def now_showing(self, scene: Scene) -> None:
        """The screen shows something else."""
        self.shown, self.shown_since = scene, self.monotonic()
        files = scene.files if isinstance(scene, Slides) else ()
        self.shelf.used(files)
        self._on_screen = {medium: file for file in files if (medium := self.medium_of(file))}
        self.notify()

    def proved(self, files: tuple[Rendition, ...]) -> None:
        """Files were shown well: from now on they are what to fall back to."""
        for file in files:
            self.strikes.forgive(file)
            self.problems.pop(f"file {file.sha256}", None)
            if media_id := self.medium_of(file):
                self.memory.last_good[media_id] = file
        self.notify()

    def is_proved(self, file: Rendition) -> bool:
        """Whether a file was shown well before."""
        return file in self.memory.last_good.values()

    def problem(self, name: str, description: str | None) -> None:
        """Something is wrong, or not any more."""
        if self.problems.get(name) == description:
            return
        if description is None:
            del self.problems[name]
        else:
            _log.warning("problem", name=name, description=description)
            self.problems[name] = description
        self.notify()

    def medium_of(self, file: Rendition) -> str | None:
        """The medium that a file belongs to, be it a former version of it."""
        item = self.memory.programme.item_with(file.sha256) if self.memory.programme else None
        former = (*self._on_screen.items(), *self.memory.last_good.items())
        return item.media_id if item else next((media_id for media_id, known in former if known == file), None)

    async def keep(self) -> None:
        """Write the memory whenever it changes."""
        while True:
            change = self.change
            await self.memory.save()
            await change.wait()

    @property
    def kept(self) -> set[Rendition]:
        """Files that must stay on the disk: wanted, shown, or to fall back to."""
        shown = set(self.shown.files) if isinstance(self.shown, Slides) else set()
        items = self.memory.programme.items if self.memory.programme else ()
        return shown | set(self.memory.last_good.values()) | {item.rendition for item in items if item.rendition}
