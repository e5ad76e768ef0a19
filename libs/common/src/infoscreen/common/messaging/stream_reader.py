"""Reading facts back from the stream, by subject or by sequence, without a consumer.

Single reads go to the stream's leader, so that what was just confirmed is seen. Many at once come by JetStream's
batched direct get (nats-server 2.11 and later, ADR-31): no consumer, so nothing to lose, to redeliver or to clean up.
Any replica may answer those: it can lag, but what it answers is contiguous and in order.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js.api import StreamConfig, StreamInfo

from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection, unavailable

_BATCH_SECONDS = 5.0
_BATCH_MESSAGES = 256
_DIRECT_GET_HEADERS = frozenset(
    {"Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Last-Sequence", "Nats-Time-Stamp", "Nats-Num-Pending"}
)
"""What the server adds to a message that is read in a batch."""


@dataclass(frozen=True)
class StoredMessage:
    """A message as the stream holds it."""

    sequence: int
    subject: str
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    stored_at: datetime | None = None


class StreamReader:
    """Reads the ``INFOSCREEN`` stream (or another one, by name)."""

    def __init__(self, connection: Connection, stream: str = topology.STREAM) -> None:
        self._connection = connection
        self._stream = stream

    async def last(self, subject: str) -> StoredMessage | None:
        """The newest message on a subject, or None."""
        return await self._get(subject=subject)

    async def at(self, sequence: int) -> StoredMessage | None:
        """The message with this stream sequence, or None."""
        return await self._get(seq=sequence)

    async def complete_since(self) -> datetime:
        """The time since which the stream is complete: for anything older, the absence of a message proves nothing.

        A stream that was created anew, or that drops messages by their age, lacks older facts. What the catalog purges
        is no gap: those media were deleted, and nothing of them is needed.

        Raises:
            UnavailableError: the broker does not answer.
        """
        info = await self._info()
        dropped = bool(info.config.max_age) and info.state.first_seq > 1
        first = await self.at(info.state.first_seq) if dropped else None
        since = first.stored_at if first else info.created
        if since is None:
            raise UnavailableError("The message broker does not say since when the stream exists.")
        return since

    async def last_sequence(self) -> int:
        """The sequence of the newest message; 0 for an empty stream.

        Raises:
            UnavailableError: the broker does not answer.
        """
        return (await self._info()).state.last_seq

    async def end_of_gap(self, offset: int) -> int:
        """The stream's last sequence if its leader has no message beyond an offset, because of purges; else the offset.

        Raises:
            UnavailableError: the broker does not answer.
        """
        last = await self.last_sequence()
        if last <= offset or await self._get(seq=offset + 1, subject=">", following=True) is not None:
            return offset
        return last

    async def config(self) -> StreamConfig:
        """The stream's configuration.

        Raises:
            UnavailableError: the broker does not answer.
        """
        return (await self._info()).config

    async def _info(self) -> StreamInfo:
        try:
            return await self._connection.js.stream_info(self._stream)
        except (TimeoutError, nats.errors.Error) as error:
            raise unavailable(error) from error

    async def _get(
        self, *, seq: int | None = None, subject: str | None = None, following: bool = False
    ) -> StoredMessage | None:
        try:
            raw = await self._connection.js.get_msg(self._stream, seq=seq, subject=subject, next=following)
        except nats.js.errors.NotFoundError:
            return None
        except (TimeoutError, nats.errors.Error) as error:
            raise unavailable(error) from error
        return StoredMessage(int(raw.seq or 0), str(raw.subject), raw.data or b"", raw.headers or {}, raw.time)

    async def all(self, subject: str) -> list[StoredMessage]:
        """Every message on a subject, in stream order; for subjects that have few.

        Raises:
            UnavailableError: as ``read_batch``.
        """
        found: list[StoredMessage] = []
        while batch := await self.read_batch(found[-1].sequence + 1 if found else 1, _BATCH_MESSAGES, subject):
            found += batch
        return found

    async def read_batch(self, first_sequence: int, limit: int, subject: str = ">") -> list[StoredMessage]:
        """Up to ``limit`` messages from ``first_sequence`` on, in stream order; empty when there is none yet.

        Sequences that the stream no longer holds are passed over.

        Raises:
            UnavailableError: the batch did not arrive whole in time.
        """
        return await self._batch({"seq": first_sequence, "batch": limit, "next_by_subj": subject})

    async def newest(self, subjects: Sequence[str]) -> list[StoredMessage]:
        """The newest message of each subject that has one, in stream order, and all as of one moment.

        Raises:
            UnavailableError: as ``read_batch``.
        """
        return await self._batch({"multi_last": list(subjects)})

    async def _batch(self, request: Mapping[str, object]) -> list[StoredMessage]:
        client = self._connection.client
        inbox = client.new_inbox()
        try:
            subscription = await client.subscribe(inbox)
            try:
                await client.publish(f"$JS.API.DIRECT.GET.{self._stream}", json.dumps(request).encode(), reply=inbox)
                messages: list[StoredMessage] = []
                async with asyncio.timeout(_BATCH_SECONDS):
                    while (message := _stored(await subscription.next_msg(timeout=None))) is not None:
                        messages.append(message)
                return messages
            finally:
                await subscription.unsubscribe()
        except (TimeoutError, nats.errors.Error) as error:
            raise UnavailableError(f"The stream could not be read: {error!r}") from error


def _stored(message: Msg) -> StoredMessage | None:
    """A message of a batch, or None at its end (204 end of batch, 404 nothing there)."""
    headers = message.headers or {}
    status = headers.get("Status")
    if status in ("204", "404"):
        return None
    if status is not None:
        raise nats.js.errors.APIError(code=int(status), description=headers.get("Description"))
    stored_at = datetime.fromisoformat(headers["Nats-Time-Stamp"])
    own = {name: value for name, value in headers.items() if name not in _DIRECT_GET_HEADERS}
    return StoredMessage(int(headers["Nats-Sequence"]), headers["Nats-Subject"], message.data, own, stored_at)
