"""How a use case publishes, and how that can fail; ``messaging.publisher`` does it over NATS."""

from typing import Protocol
from uuid import UUID

from infoscreen.common.errors import ConflictError, InfoscreenError
from infoscreen.common.events.contracts import StreamEvent


class OutdatedError(ConflictError):
    """Another fact about the medium came first; the event is not stored, by no earlier attempt either."""


class MessageIdTakenError(InfoscreenError):
    """Within the duplicate window, the stream holds another event under the same message id.

    Args:
        sequence: of that event.
    """

    def __init__(self, sequence: int) -> None:
        super().__init__(f"the message id belongs to the event with sequence {sequence}")
        self.sequence = sequence


class EventPublisher(Protocol):
    """Publishes events, confirmed."""

    async def publish(
        self, event: StreamEvent, event_id: UUID, *, after: int | None = None, deadline_seconds: float | None = None
    ) -> int:
        """Store an event, right after the medium's fact ``after`` if one is named, and return its stream sequence.

        Raises:
            OutdatedError: the medium's last fact is another one than ``after``.
            UnavailableError: the deadline passed unconfirmed.
        """
