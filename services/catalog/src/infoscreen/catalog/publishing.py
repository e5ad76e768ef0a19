"""The capability to publish events, as the parts of the catalog that decide on events need it."""

from typing import Protocol
from uuid import UUID

from infoscreen.common.events import Event


class EventPublisher(Protocol):
    """Publishes events and waits for the broker's confirmation."""

    async def publish(
        self, event: Event, event_id: UUID, *, after: int | None = None, deadline_seconds: float | None = None
    ) -> int:
        """Store an event, right after the medium's fact ``after`` if one is named, and return its stream sequence."""
