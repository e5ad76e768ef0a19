"""Decodes facts and dead letters, and keeps what they change."""

from dataclasses import dataclass
from uuid import UUID

from infoscreen.common.events import ConversionEvent, MediaUploaded, StreamEvent, try_decode
from infoscreen.common.messaging.outcome import Acknowledge, Delivery, Outcome
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.notifier.conditions import Conditions
from infoscreen.notifier.notices import Change, State, Topic, changes_of


@dataclass(frozen=True)
class Facts:
    """Handles the facts of the stream. What is no event of this version is the catalog's to report."""

    conditions: Conditions
    reader: StreamReader

    async def __call__(self, delivery: Delivery) -> Outcome:
        """Keep what a fact changes.

        Raises:
            UnavailableError: Postgres or NATS is away.
        """
        envelope = try_decode(delivery.headers, delivery.data)
        if envelope:
            filename = await self._filename(envelope.event)
            await self.conditions.note(changes_of(envelope.event, filename), delivery.sequence)
        return Acknowledge()

    async def _filename(self, event: StreamEvent) -> str:
        """The name of the file that a conversion is of: its generation is the sequence of its upload."""
        if not isinstance(event, ConversionEvent):
            return ""
        stored = await self.reader.at(event.generation)
        envelope = try_decode(stored.headers, stored.data) if stored else None
        upload = envelope.event if envelope else None
        return upload.filename if isinstance(upload, MediaUploaded) else _unnamed(event.media_id)


def _unnamed(media_id: UUID) -> str:
    return f"medium {media_id}"


@dataclass(frozen=True)
class DeadLetterFacts:
    """Handles dead letters. Its own are not told: telling them may be what failed."""

    conditions: Conditions
    own_subject: str

    async def __call__(self, delivery: Delivery) -> Outcome:
        """Keep that there is a dead letter.

        Raises:
            UnavailableError: Postgres is away.
        """
        if delivery.subject != self.own_subject:
            text = f"{delivery.subject}: see `infoscreen dead-letters show {delivery.sequence}`"
            change = Change(Topic.DEAD_LETTER, str(delivery.sequence), State.OCCURRENCE, text)
            await self.conditions.note([change], delivery.sequence)
        return Acknowledge()
