"""Uploads and deletions as they are published: the earliest word that what is held about a medium is outdated.

The catalog's notification comes a few milliseconds later. In between, somebody may already have been told that the
replacement is stored, and must not be shown the old document.
"""

import asyncio
import contextlib
from uuid import UUID

import nats.errors
from nats.aio.msg import Msg

from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.player_gateway.display import Display


class Announcements:
    """Listens to the subjects of uploads and deletions, without any guarantee and at no cost."""

    def __init__(self, connection: Connection, display: Display) -> None:
        self._connection = connection
        self._display = display

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until told to stop; the connection subscribes again by itself after a loss."""
        if not await self._connected(stop):
            return
        subscriptions = [
            await self._connection.client.subscribe(subject, cb=self._heard) for subject in topology.MEDIA_CHANGES
        ]
        await stop.wait()
        for subscription in subscriptions:
            with contextlib.suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def _connected(self, stop: asyncio.Event) -> bool:
        """Wait for the first connection; False when told to stop before."""
        connected, told = asyncio.create_task(self._connection.wait_connected()), asyncio.create_task(stop.wait())
        await asyncio.wait({connected, told}, return_when=asyncio.FIRST_COMPLETED)
        connected.cancel()
        told.cancel()
        return not stop.is_set()

    async def _heard(self, msg: Msg) -> None:
        with contextlib.suppress(ValueError):  # a subject of somebody else's making
            self._display.announce(UUID(msg.subject.rsplit(".", 1)[-1]))
