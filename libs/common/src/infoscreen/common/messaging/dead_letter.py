"""Dead letters: messages that no consumer could handle, stored whole with the reason, to be retried or dropped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import nats.errors
from nats.aio.msg import Msg

from infoscreen.common.errors import ConflictError, NotFoundError
from infoscreen.common.events import (
    ConversionRequested,
    MalformedEventError,
    MediaUploaded,
    RequestReason,
    decode,
    event_id,
)
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection, unavailable
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.messaging.stream_reader import StoredMessage, StreamReader

_REASON = "Infoscreen-Dead-Reason"
_DETAIL = "Infoscreen-Dead-Detail"
_SUBJECT = "Infoscreen-Original-Subject"
_SEQUENCE = "Infoscreen-Original-Sequence"
_DELIVERIES = "Infoscreen-Deliveries"
_DURABLE = "Infoscreen-Durable"
_PUBLISH_SECONDS = 10.0


@dataclass(frozen=True)
class DeadLetter:
    """A message that no consumer could handle, with the reason and its history."""

    sequence: int
    reason: str
    detail: str
    subject: str
    original_sequence: int
    deliveries: int
    durable: str
    died_at: datetime | None
    headers: Mapping[str, str]
    data: bytes


async def publish_dead_letter(connection: Connection, msg: Msg, reason: str, detail: str) -> None:
    """Store a message among the dead letters, confirmed; the same delivery is stored once.

    Raises:
        nats.errors.Error, TimeoutError: it is not known to be stored; do not terminate the message.
    """
    sequence, durable = msg.metadata.sequence.stream, msg.metadata.consumer
    headers = {
        **(msg.headers or {}),
        "Nats-Msg-Id": f"dead-{durable}-{sequence}-{msg.metadata.num_delivered}",
        _REASON: reason,
        _DETAIL: detail.replace("\r", " ").replace("\n", " ")[:2000],
        _SUBJECT: msg.subject,
        _SEQUENCE: str(sequence),
        _DELIVERIES: str(msg.metadata.num_delivered),
        _DURABLE: durable,
    }
    headers.pop("Nats-Expected-Stream", None)
    subject = topology.DEAD_LETTER_SUBJECT.format(durable=durable)
    await connection.js.publish(subject, msg.data, headers=headers, stream=topology.DEAD_LETTERS)


class DeadLetters:
    """Lists, retries and drops dead letters, for operators."""

    def __init__(self, connection: Connection, publisher: Publisher) -> None:
        self._connection = connection
        self._publisher = publisher
        self._reader = StreamReader(connection, topology.DEAD_LETTERS)

    async def list(self, after_sequence: int = 0, limit: int = 100) -> list[DeadLetter]:
        """Dead letters in the order they came, from the one after ``after_sequence`` on.

        Raises:
            UnavailableError: NATS is away.
        """
        return [_parse(message) for message in await self._reader.read_batch(after_sequence + 1, limit)]

    async def get(self, sequence: int) -> DeadLetter:
        """One dead letter.

        Raises:
            NotFoundError: there is none with this sequence; it may have been dropped.
            UnavailableError: NATS is away.
        """
        message = await self._reader.at(sequence)
        if message is None:
            raise NotFoundError(f"There is no dead letter {sequence}. It may have been retried or dropped.")
        return _parse(message)

    async def retry(self, sequence: int) -> None:
        """Publish a new request for the work, then drop the dead letter.

        The stream of facts is never written to again with the same fact: an upload that no converter handled becomes
        a request for its conversion.

        Raises:
            NotFoundError, UnavailableError: as ``get``.
            ConflictError: it is still nothing that this version understands.
        """
        letter = await self.get(sequence)
        try:
            event = decode(letter.headers, letter.data).event
        except MalformedEventError as error:
            raise ConflictError(f"Dead letter {sequence} cannot be retried: {error}. Drop it.") from error
        if isinstance(event, MediaUploaded):
            event = ConversionRequested(
                media_id=event.media_id, generation=letter.original_sequence, reason=RequestReason.RETRY
            )
        if not isinstance(event, ConversionRequested):
            raise ConflictError(f"Dead letter {sequence} is a {event.type}, which is nothing to retry. Drop it.")
        identity = event_id(event.type, event.media_id, "dead-letter", sequence)
        await self._publisher.publish(event, identity, deadline_seconds=_PUBLISH_SECONDS)
        await self.drop(sequence)

    async def drop(self, sequence: int) -> None:
        """Forget a dead letter.

        Raises:
            NotFoundError, UnavailableError: as ``get``.
        """
        await self.get(sequence)
        try:
            await self._connection.js.delete_msg(topology.DEAD_LETTERS, sequence)
        except (TimeoutError, nats.errors.Error) as error:
            raise unavailable(error) from error


def _parse(message: StoredMessage) -> DeadLetter:
    headers = message.headers
    return DeadLetter(
        sequence=message.sequence,
        reason=headers.get(_REASON, "unknown"),
        detail=headers.get(_DETAIL, ""),
        subject=headers.get(_SUBJECT, ""),
        original_sequence=int(headers.get(_SEQUENCE, "0")),
        deliveries=int(headers.get(_DELIVERIES, "0")),
        durable=headers.get(_DURABLE, ""),
        died_at=message.stored_at,
        headers=headers,
        data=message.data,
    )
