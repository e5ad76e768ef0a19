"""Uploads, deletions and the trash as NATS delivers them: the earliest sign that a cached medium is outdated.

The catalog's notification comes a few milliseconds later. In between, ingest may have acknowledged a replacement
already, and no viewer may be shown the old document after that.
"""

import asyncio
import contextlib
from uuid import UUID

import nats.errors
from nats.aio.msg import Msg

from infoscreen.common.events import subjects
from infoscreen.common.messaging.connection import Connection
from infoscreen.player_gateway.display import Display

_REMOVING = ("deleted", "trashed")
_STORED_SECONDS = 1.0


class MediaChangeListener:
    """Subscribes to what decides what screens show, without a durable: a lost message only delays a change."""

    def __init__(self, connection: Connection, display: Display) -> None:
        self._connection = connection
        self._display = display

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until told to stop; the connection subscribes again by itself after a loss."""
        if not await self._connected(stop):
            return
        subscriptions = [
            await self._connection.client.subscribe(subject, cb=self._changed) for subject in subjects.SHOWN_CHANGES
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

    async def _changed(self, msg: Msg) -> None:
        _, kind, name = msg.subject.split(".", 2)
        with contextlib.suppress(ValueError):  # a foreign subject, which names no medium
            media_id = UUID(name)
            if kind in _REMOVING:
                # NATS delivers a message just before the stream stores it, and what is not stored is no removal yet.
                asyncio.get_running_loop().call_later(_STORED_SECONDS, self._display.expect_removal, media_id)
                self._display.expect_removal(media_id)
            else:
                self._display.expect_change(media_id)
