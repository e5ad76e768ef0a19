"""Listens for Postgres notifications: committed changes of the projection, from every process."""

import asyncio

from infoscreen.catalog.wake_up import WakeUpSignal
from infoscreen.common.postgres import Listener
from infoscreen.common.read_model import MEDIA_CHANNEL


class NotificationListener:
    """Tells this process what every process notifies.

    Attributes:
        changes: sends a wake-up for each notification, and after each connect for those that were missed.
    """

    def __init__(self, url: str) -> None:
        self.changes = WakeUpSignal()
        channels = {MEDIA_CHANNEL: lambda _: self.changes.send()}
        self._listener = Listener(url, channels, connected=self.changes.send)

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until ``stop`` is set, then wake every task that waits for a change."""
        await self._listener.run(stop)
        self.changes.send()
