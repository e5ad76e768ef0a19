"""What the stream says about media: ingest has no database, and needs none."""

from datetime import datetime
from uuid import UUID

from infoscreen.common.events import Envelope, MalformedEventError, MediaUploaded, decode
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader


class StreamMediaLog:
    """Answers from the newest messages on a medium's own subjects; raises UnavailableError while NATS is away."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader

    async def current_generation(self, media_id: UUID) -> int | None:
        """The stream sequence of a medium's newest upload; None when there is none or it was deleted."""
        uploaded = await self._reader.last(topology.uploads_of(media_id))
        if uploaded is None:
            return None
        deleted = await self._reader.last(topology.deletions_of(media_id))
        return None if deleted is not None and deleted.sequence > uploaded.sequence else uploaded.sequence

    async def uploaded_at(self, generation: int) -> MediaUploaded | None:
        """The upload with this stream sequence, or None."""
        envelope = _decoded(await self._reader.at(generation))
        return envelope.event if envelope and isinstance(envelope.event, MediaUploaded) else None

    async def object_keys(self, media_id: UUID) -> set[str]:
        """The originals of every generation of a medium."""
        stored = [_decoded(message) for message in await self._reader.all(topology.uploads_of(media_id))]
        return {e.event.object_key for e in stored if e and isinstance(e.event, MediaUploaded)}

    async def complete_since(self) -> datetime:
        """From when on nothing is missing here."""
        return await self._reader.complete_since()

    async def holds(self, envelope: Envelope) -> bool:
        """True if the newest message on an event's subject is this event."""
        newest = _decoded(await self._reader.last(topology.subject_of(envelope.event)))
        return newest is not None and newest.id == envelope.id


def _decoded(message: StoredMessage | None) -> Envelope | None:
    try:
        return decode(message.headers, message.data) if message else None
    except MalformedEventError:
        return None
