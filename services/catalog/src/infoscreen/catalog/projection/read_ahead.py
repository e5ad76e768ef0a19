"""Reads the stream ahead: fetches the next batch while the projector applies the current one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader


class ReadAhead:
    """Reads batches in order; a full batch starts the fetch of the next one.

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
        """Return the messages from a sequence on; none at the end of the stream.

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
        """Cancel the fetch that is running, and drop its messages."""
        task, self._task = self._task, None
        await _discard(task)


@contextlib.asynccontextmanager
async def reading_ahead(reader: StreamReader, limit: int) -> AsyncIterator[ReadAhead]:
    """A ``ReadAhead`` that is closed at the end of the block."""
    ahead = ReadAhead(reader, limit)
    try:
        yield ahead
    finally:
        await ahead.close()


async def _discard(task: asyncio.Task[list[StoredMessage]] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
