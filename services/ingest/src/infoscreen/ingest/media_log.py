"""What the stream says about media: ingest has no database, and needs none."""

from uuid import UUID

from infoscreen.common.events import MalformedEventError, MediaUploaded, decode
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.stream_reader import StreamReader


class StreamMediaLog:
    """Answers from the newest messages on a medium's own subjects."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader

    async def current_generation(self, media_id: UUID) -> int | None:
        """The stream sequence of a medium's newest upload; None when there is none or it was deleted.

        Raises:
            UnavailableError: NATS is away.
        """
        uploaded = await self._reader.last(topology.uploads_of(media_id))
        if uploaded is None:
            return None
        deleted = await self._reader.last(topology.deletions_of(media_id))
        return None if deleted is not None and deleted.sequence > uploaded.sequence else uploaded.sequence

    async def uploaded_at(self, generation: int) -> MediaUploaded | None:
        """The upload with this stream sequence, or None."""
        message = await self._reader.at(generation)
        if message is None:
            return None
        try:
            event = decode(message.headers, message.data).event
        except MalformedEventError:
            return None
        return event if isinstance(event, MediaUploaded) else None
