"""What the stream says about uploads that the catalog has not projected yet."""

import asyncio
from uuid import UUID

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import MalformedEventError, MediaUploaded, decode
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.stream_reader import StreamReader

_BROKER_SECONDS = 2.0


class StreamUploads:
    """Answers from the newest messages on a medium's own subjects."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader

    async def newest(self, media_id: UUID) -> tuple[MediaUploaded, int] | None:
        """The newest upload of a medium that was not deleted since, with its generation.

        Raises:
            UnavailableError: NATS is away.
        """
        try:
            async with asyncio.timeout(_BROKER_SECONDS):
                uploaded = await self._reader.last(topology.uploads_of(media_id))
                deleted = await self._reader.last(topology.deletions_of(media_id)) if uploaded else None
        except TimeoutError as error:
            raise UnavailableError("The message broker does not answer. Try again in a moment.") from error
        if uploaded is None or (deleted is not None and deleted.sequence > uploaded.sequence):
            return None
        try:
            event = decode(uploaded.headers, uploaded.data).event
        except MalformedEventError:
            return None
        return (event, uploaded.sequence) if isinstance(event, MediaUploaded) else None
