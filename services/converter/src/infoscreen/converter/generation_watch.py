"""Tells whether a generation is current, and notifies as soon as it is not."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from uuid import UUID

from nats.aio.msg import Msg

from infoscreen.common.events import subjects
from infoscreen.common.events.envelope import EVENT_ID_HEADER
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.media_log import MediaLog

_STORE_WAIT_SECONDS = 5.0
_STORE_POLL_SECONDS = 0.25


class StreamGenerationWatch:
    """Reads a medium's state from the stream, and listens to facts about media."""

    def __init__(self, connection: Connection, media: MediaLog) -> None:
        self._connection = connection
        self._media = media
        self._waiting: dict[str, set[asyncio.Queue[str]]] = defaultdict(set)

    async def start(self) -> None:
        """Begin to listen; the connection keeps it up."""
        for subject in subjects.MEDIA_CHANGES:
            await self._connection.client.subscribe(subject, cb=self._on_change)

    async def last_change(self, media_id: UUID, generation: int) -> int | None:
        """The sequence of the medium's last fact; None once this generation was replaced or deleted.

        Raises:
            UnavailableError: NATS is away.
        """
        state = await self._media.state(media_id)
        return state.last_sequence if state.generation == generation else None

    @contextlib.asynccontextmanager
    async def obsolete(self, media_id: UUID, generation: int, own_event_id: str) -> AsyncIterator["asyncio.Task[None]"]:
        """A task that ends when this generation stops to matter while the block runs."""
        changes: asyncio.Queue[str] = asyncio.Queue()
        waiting = self._waiting[str(media_id)]
        waiting.add(changes)
        task = asyncio.create_task(self._until_obsolete(changes, media_id, generation, own_event_id))
        try:
            yield task
        finally:
            task.cancel()
            waiting.discard(changes)
            if not waiting:
                self._waiting.pop(str(media_id), None)

    async def _until_obsolete(
        self, changes: "asyncio.Queue[str]", media_id: UUID, generation: int, own_event_id: str
    ) -> None:
        while True:
            if await changes.get() == own_event_id:
                continue
            # Word of a change comes just before it is stored, and what is not stored did not happen.
            for _ in range(int(_STORE_WAIT_SECONDS / _STORE_POLL_SECONDS)):
                if await self.last_change(media_id, generation) is None:
                    return
                await asyncio.sleep(_STORE_POLL_SECONDS)

    async def _on_change(self, msg: Msg) -> None:
        media_id = msg.subject.rsplit(".", 1)[-1]
        for changes in self._waiting.get(media_id, ()):
            changes.put_nowait((msg.headers or {}).get(EVENT_ID_HEADER, ""))
