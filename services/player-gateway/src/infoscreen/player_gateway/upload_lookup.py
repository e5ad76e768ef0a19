"""Looks up in the stream the uploads that the catalog has not projected yet."""

import asyncio
from uuid import UUID

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import MediaUploaded
from infoscreen.common.messaging.media_log import MediaLog

_BROKER_SECONDS = 2.0


class StreamUploadLookup:
    """Answers from the facts on a medium's own subjects."""

    def __init__(self, media: MediaLog) -> None:
        self._media = media

    async def newest(self, media_id: UUID) -> tuple[MediaUploaded, int] | None:
        """The newest upload of a medium that was neither deleted nor trashed since, with its generation.

        Raises:
            UnavailableError: NATS is away.
        """
        try:
            async with asyncio.timeout(_BROKER_SECONDS):
                state = await self._media.state(media_id)
        except TimeoutError as error:
            raise UnavailableError("The message broker does not answer. Try again in a moment.") from error
        if not state.exists or state.upload is None or state.generation is None:
            return None
        return state.upload, state.generation
