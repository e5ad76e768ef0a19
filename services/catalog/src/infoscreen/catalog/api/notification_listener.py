"""Listens for Postgres notifications: committed changes of the projection and of the programme, from every process."""

import asyncio

from infoscreen.catalog.api.programme_edits import ProgrammeEdits
from infoscreen.catalog.programme.audit import EDITS_CHANNEL
from infoscreen.catalog.wake_up import WakeUpSignal
from infoscreen.common.postgres import Listener
from infoscreen.common.read_model import MEDIA_CHANNEL


class NotificationListener:
    """Tells this process what every process notifies.

    Attributes:
        changes: sends a wake-up for each change of the projection, and after each connect for those that were missed.
        edits: counts what people change of the programme.
    """

    def __init__(self, url: str) -> None:
        self.changes = WakeUpSignal()
        self.edits = ProgrammeEdits()
        channels = {MEDIA_CHANNEL: lambda _: self.changes.send(), EDITS_CHANNEL: self.edits.note}
        self._listener = Listener(url, channels, self._connected)

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until ``stop`` is set, then wake every task that waits for a change."""
        await self._listener.run(stop)
        self.changes.send()

    def _connected(self) -> None:
        self.changes.send()
        self.edits.note_all()
