"""Tells whether a generation is current and a task is needed, and notifies as soon as a generation is not current."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from uuid import UUID

from nats.aio.msg import Msg

from infoscreen.common.events import Event, MediaDeleted, subjects, try_decode
from infoscreen.common.events.envelope import EVENT_ID_HEADER
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.media_log import MediaLog
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.converter.task import ConversionTask

_STORE_WAIT_SECONDS = 5.0
_STORE_POLL_SECONDS = 0.25


class StreamGenerationWatch:
    """Reads a medium's state from the stream, and listens to facts about media."""

    def __init__(self, connection: Connection, media: MediaLog, reader: StreamReader) -> None:
        self._connection = connection
        self._media = media
        self._reader = reader
        self._waiting: dict[str, set[asyncio.Queue[str]]] = defaultdict(set)

    async def start(self) -> None:
        """Subscribe to changes of media; the connection subscribes again after each reconnect."""
        for subject in subjects.MEDIA_CHANGES:
            await self._connection.client.subscribe(subject, cb=self._on_change)

    async def is_needed(self, task: ConversionTask) -> bool:
        """False once the medium was replaced or deleted, or has a later result: of this request, or of one like it.

        A replica that lags may not know it yet. That costs a conversion and nothing else: nothing is published of what
        is no longer current, and what was made before is found again.

        Raises:
            UnavailableError: NATS is away.
        """
        changes = (subjects.uploads_of(task.media_id), subjects.deletions_of(task.media_id))
        for last in await self._reader.newest([*changes, *subjects.results_of(task.media_id)]):
            envelope = try_decode(last.headers, last.data)
            event = envelope.event if envelope and isinstance(envelope.event, Event) else None
            if last.subject in changes:
                if last.sequence > task.generation and not _is_about_another(event, task.generation):
                    return False
            elif last.sequence > task.trigger_sequence and task.is_answered_by(event):
                return False
        return True

    async def last_change(self, media_id: UUID, generation: int) -> int | None:
        """The sequence of the medium's last fact; None once this generation was replaced or deleted.

        Raises:
            UnavailableError: NATS is away.
        """
        state = await self._media.state(media_id)
        return state.last_sequence if state.generation == generation else None

    @contextlib.asynccontextmanager
    async def obsolete(self, media_id: UUID, generation: int, own_event_id: str) -> AsyncIterator["asyncio.Task[None]"]:
        """A task that ends when this generation becomes obsolete while the block runs."""
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
            # A change is notified of just before it is stored, and what is not stored did not happen.
            for _ in range(int(_STORE_WAIT_SECONDS / _STORE_POLL_SECONDS)):
                if await self.last_change(media_id, generation) is None:
                    return
                await asyncio.sleep(_STORE_POLL_SECONDS)

    async def _on_change(self, msg: Msg) -> None:
        media_id = msg.subject.rsplit(".", 1)[-1]
        for changes in self._waiting.get(media_id, ()):
            changes.put_nowait((msg.headers or {}).get(EVENT_ID_HEADER, ""))


def _is_about_another(event: Event | None, generation: int) -> bool:
    """True for a deletion that names another generation, and so does not end this one."""
    return isinstance(event, MediaDeleted) and not event.ends(generation)
