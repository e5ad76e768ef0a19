"""Read your writes: what ingest has acknowledged is in the stream, so a read can wait until it is in the tables."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlmodel import select

from infoscreen.catalog.bell import Bell, wait_for
from infoscreen.catalog.database import Database
from infoscreen.catalog.models import ProjectionOffset
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import subjects
from infoscreen.common.messaging.stream_reader import StreamReader

_LOOK_AGAIN_SECONDS = 0.2  # the bell does not ring for facts that change nothing
_BROKER_SECONDS = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Freshness:
    """Waits, within bounds, for the projection to reach what the stream already holds."""

    database: Database
    reader: StreamReader
    bell: Bell
    catch_up_seconds: float

    async def of_media(self, media_id: UUID) -> None:
        """Return once the newest upload or deletion of a medium is applied.

        With the broker away, the tables are the best answer there is, so this returns at once.

        Raises:
            UnavailableError: the projection did not get there in time.
        """
        try:
            async with asyncio.timeout(_BROKER_SECONDS):
                newest = await asyncio.gather(
                    self.reader.last(subjects.uploads_of(media_id)), self.reader.last(subjects.deletions_of(media_id))
                )
        except (TimeoutError, UnavailableError):
            _log.warning("freshness_unknown", media_id=str(media_id))
            return
        sequence = max((message.sequence for message in newest if message), default=0)
        if sequence:
            await self.of_sequence(sequence)

    async def of_everything(self) -> None:
        """Return once all that the stream holds now is applied.

        Raises:
            UnavailableError: the broker is away, or the projection did not get there in time.
        """
        await self.of_sequence(await self.reader.last_sequence())

    async def of_sequence(self, sequence: int) -> None:
        """Return once a stream sequence is applied.

        Raises:
            UnavailableError: the projection did not get there in time.
        """
        try:
            async with asyncio.timeout(self.catch_up_seconds):
                while True:
                    ticket = self.bell.ticket()
                    if await self.offset() >= sequence:
                        return
                    await wait_for(ticket, _LOOK_AGAIN_SECONDS)
        except TimeoutError as error:
            raise UnavailableError("The catalog is catching up. Try again in a moment.") from error

    async def offset(self) -> int:
        """The stream sequence up to which the tables are."""
        async with self.database.read() as session:
            return (await session.exec(select(ProjectionOffset.sequence))).one()
