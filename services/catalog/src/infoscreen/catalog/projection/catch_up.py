"""Read-your-writes: ingest acknowledges what the stream has stored, so a read waits until the tables have it too."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlmodel import select

from infoscreen.catalog.database import Database
from infoscreen.catalog.models import ProjectionOffset
from infoscreen.catalog.wake_up import WakeUpSignal
from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import subjects
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.waiting import wait_for

_POLL_SECONDS = 0.2  # facts that change nothing send no wake-up signal
_BROKER_SECONDS = 1.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CatchUp:
    """Waits until the projection has applied what the stream holds, for at most ``catch_up_seconds``.

    Attributes:
        changes: sends a wake-up when the projection has committed changes.
    """

    database: Database
    reader: StreamReader
    changes: WakeUpSignal
    catch_up_seconds: float

    async def to_media(self, media_id: UUID) -> None:
        """Return once the newest fact about a medium itself is applied.

        While the broker is away it returns at once: the tables are then the best available answer.

        Raises:
            UnavailableError: the projection did not apply it in time.
        """
        try:
            async with asyncio.timeout(_BROKER_SECONDS):
                newest = await self.reader.last(subjects.changes_of(media_id))
        except (TimeoutError, UnavailableError):
            _log.warning("freshness_unknown", media_id=str(media_id))
            return
        if newest:
            await self.to_sequence(newest.sequence)

    async def to_end_of_stream(self) -> None:
        """Return once all that the stream holds now is applied.

        Raises:
            UnavailableError: the broker is away, or the projection did not apply it in time.
        """
        await self.to_sequence(await self.reader.last_sequence())

    async def to_sequence(self, sequence: int) -> None:
        """Return once a stream sequence is applied.

        Raises:
            UnavailableError: the projection did not apply it in time.
        """
        try:
            async with asyncio.timeout(self.catch_up_seconds):
                while True:
                    wake_up = self.changes.next()
                    if await self.offset() >= sequence:
                        return
                    await wait_for(wake_up, _POLL_SECONDS)
        except TimeoutError as error:
            raise UnavailableError("The catalog is catching up. Try again in a moment.") from error

    async def offset(self) -> int:
        """Return the stream sequence up to which the tables have applied the stream.

        Raises:
            UnavailableError: Postgres is away.
        """
        async with self.database.read() as session:
            return (await session.exec(select(ProjectionOffset.sequence))).one()
