"""Reading the stream ahead: the next batch is on its way while the last one is being applied."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader


class ReadAhead:
    """Reads batches one after the other; a full one starts the reading of the next.

    Args:
        reader: the stream.
        limit: how many messages a batch has at most.
    """

    def __init__(self, reader: StreamReader, limit: int) -> None:
        self._reader = reader
        self._limit = limit
        self._first = 0
        self._task: asyncio.Task[list[StoredMessage]] | None = None

    async def batch(self, first_sequence: int) -> list[StoredMessage]:
        """The messages from a sequence on; empty at the end of the stream.

        Raises:
            UnavailableError: the broker does not answer.
        """
        task, self._task = self._task, None
        if task is None or self._first != first_sequence:
            await _discard(task)
            messages = await self._reader.read_batch(first_sequence, self._limit)
        else:
            messages = await task
        if len(messages) == self._limit:
            self._first = messages[-1].sequence + 1
            self._task = asyncio.create_task(self._reader.read_batch(self._first, self._limit))
        return messages

    async def close(self) -> None:
        """Drop what was read ahead."""
        task, self._task = self._task, None
        await _discard(task)


@contextlib.asynccontextmanager
async def reading_ahead(reader: StreamReader, limit: int) -> AsyncIterator[ReadAhead]:
    """A read-ahead that leaves nothing running."""
    ahead = ReadAhead(reader, limit)
    try:
        yield ahead
    finally:
        await ahead.close()


async def _discard(task: asyncio.Task[list[StoredMessage]] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
