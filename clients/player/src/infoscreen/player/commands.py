"""Does what an operator asks for once: each command at most once, also across reboots.

A command counts as done before it is carried out, on the disk too: one that ends the player must not come again.
"""

from collections.abc import Callable

import structlog

from infoscreen.player.clock import Reading
from infoscreen.player.decision import Playlist
from infoscreen.player.programme import Command
from infoscreen.player.shared_state import SharedState

IDENTIFY_SECONDS = 30.0

_log = structlog.get_logger(__name__)


def due_commands(commands: tuple[Command, ...], done: tuple[str, ...], clock: Reading) -> list[Command]:
    """The commands that are neither done nor expired; by an unknown clock, the server's word that it is not counts."""
    now = clock.now or clock.floor
    return [
        command
        for command in commands
        if command.id not in done and not (now and command.expires_at and command.expires_at <= now)
    ]


class Commands:
    """Carries out the commands in the manifest."""

    def __init__(self, state: SharedState) -> None:
        self._state = state
        self._deeds: dict[str, Callable[[], None]] = {
            "restart": state.restart_viewer,
            "identify": lambda: state.identify(IDENTIFY_SECONDS),
            "reload": self._reload,
        }

    async def run(self) -> None:
        """Carry out commands for ever."""
        while True:
            change = self._state.change
            await self.step()
            await change.wait()

    async def step(self) -> None:
        """Carry out what is due now."""
        saved = self._state.saved
        commands = saved.manifest.programme.commands if saved.manifest else ()
        due = due_commands(commands, saved.done_commands, self._state.clock.read())
        if not due:
            return
        named = {command.id for command in commands}
        saved.done_commands = (*(id_ for id_ in saved.done_commands if id_ in named), *(c.id for c in due))
        await saved.save()
        for command in due:
            deed = self._deeds.get(command.kind)
            _log.info("command", id=command.id, kind=command.kind, known=deed is not None)
            if deed:
                deed()

    def _reload(self) -> None:
        """Check all files anew but those on the screen, which are seen to be good."""
        state = self._state
        on_screen = state.shown.files if isinstance(state.shown, Playlist) else ()
        for file in state.needed_files.difference(on_screen):
            state.cache.invalidate(file)
        state.notify()
