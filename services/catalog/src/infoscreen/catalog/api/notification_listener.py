"""Listens for Postgres notifications: committed changes of the projection, and sign-outs, from every process."""

import asyncio

from infoscreen.catalog.api.sign_outs import SIGN_OUTS_CHANNEL, SignOuts
from infoscreen.catalog.wake_up import WakeUpSignal
from infoscreen.common.postgres import Listener
from infoscreen.common.read_model import MEDIA_CHANNEL


class NotificationListener:
    """Tells this process what every process notifies.

    Attributes:
        changes: sends a wake-up for each notification, and after each connect for those that were missed.
        sign_outs: the sign-outs that any replica announced.
    """

    def __init__(self, url: str) -> None:
        self.changes = WakeUpSignal()
        self.sign_outs = SignOuts()
        channels = {MEDIA_CHANNEL: lambda _: self.changes.send(), SIGN_OUTS_CHANNEL: self.sign_outs.note}
        self._listener = Listener(url, channels, connected=self.changes.send)

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until ``stop`` is set, then wake every task that waits for a change."""
        await self._listener.run(stop)
        self.changes.send()
