"""Purges what the stream holds about a medium. Only the catalog does, for media that were deleted long ago."""

from datetime import timedelta
from uuid import UUID

import nats.errors

from infoscreen.common.events import subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection, unavailable
from infoscreen.common.messaging.stream_reader import StreamReader


class FactPurge:
    """Purges by subject; every method raises ``UnavailableError`` while NATS is away or refuses."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reader = StreamReader(connection)

    async def least_grace(self) -> timedelta | None:
        """How long after a deletion a publisher may still repeat a fact; None where the stream denies purges for good.

        Streams of the first release do; `infoscreen restore` makes them anew without.
        """
        config = await self._reader.config()
        return None if config.deny_purge else timedelta(seconds=config.duplicate_window or 0)

    async def purge(self, media_id: UUID, before: int) -> None:
        """Purge all facts about a medium below a stream sequence; purging again is fine.

        Its uploads go first, so that a purge which is cut short leaves nothing that brings the medium back.
        """
        try:
            for subject in subjects.facts_of(media_id):
                await self._connection.js.purge_stream(topology.STREAM, seq=before, subject=subject)
        except (TimeoutError, nats.errors.Error) as error:
            raise unavailable(error, "The message broker did not purge a medium. Try again in a moment.") from error

    async def has_facts(self, media_id: UUID) -> bool:
        """True if the stream, as its leader has it, holds any fact about a medium."""
        return any([await self._reader.last(subject) for subject in subjects.facts_of(media_id)])
