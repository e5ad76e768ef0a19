"""What a screen gets for a medium: the use case of the gateway, free of HTTP and of any server.

A medium that the catalog does not know yet but the stream does was uploaded a moment ago, and is pending. One
whose conversion failed in a way that may pass is asked for again, once for each failed generation.
"""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import structlog

from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.events import ConversionRequested, Event, MediaUploaded, RequestReason, event_id
from infoscreen.player_gateway.database import MediaState
from infoscreen.player_gateway.holdings import Holdings, wait_for

_log = structlog.get_logger(__name__)
_PUBLISH_SECONDS = 1.0
_REMEMBERED_REQUESTS = 10_000


class EventPublisher(Protocol):
    """Publishes events, confirmed."""

    async def publish(self, event: Event, event_id: UUID, *, deadline_seconds: float | None = None) -> int:
        """Store an event and return its stream sequence."""


class Uploads(Protocol):
    """What the stream knows of uploads."""

    async def newest(self, media_id: UUID) -> tuple[MediaUploaded, int] | None:
        """The newest upload of a medium that was not deleted since, with its generation."""


@dataclass(frozen=True)
class Display:
    """Finds what to show."""

    holdings: Holdings
    uploads: Uploads
    publisher: EventPublisher
    catch_up_seconds: float
    _requested: dict[tuple[UUID, int], None] = field(default_factory=dict)

    async def state(self, media_id: UUID, wait_seconds: float = 0) -> MediaState:
        """A medium's state; with ``wait_seconds``, waits as long while it is under way.

        Raises:
            NotFoundError: there is no such medium.
            UnavailableError: nobody who knows can be asked now.
        """
        state = await (self.holdings.settled(media_id, wait_seconds) if wait_seconds else self.holdings.get(media_id))
        if state is None:
            state = await self._uploaded(media_id)
            if wait_seconds and state.under_way:
                state = await self.holdings.settled(media_id, wait_seconds) or state
        if state.status == "failed" and state.retryable:
            await self._request_again(state)
        return state

    async def _uploaded(self, media_id: UUID) -> MediaState:
        """An upload that is acknowledged but not projected yet: wait a little, else tell what the upload tells."""
        changed = self.holdings.changed(media_id)
        uploaded = await self.uploads.newest(media_id)
        if uploaded is None:
            raise NotFoundError(f"There is no medium {media_id}.")
        await wait_for(changed, self.catch_up_seconds)
        return await self.holdings.get(media_id) or MediaState.of_upload(*uploaded)

    async def _request_again(self, state: MediaState) -> None:
        failed = (state.media_id, state.generation)
        if failed in self._requested:
            return
        event = ConversionRequested(media_id=state.media_id, generation=state.generation, reason=RequestReason.DISPLAY)
        identity = event_id(event.type, state.media_id, state.generation, RequestReason.DISPLAY)
        try:
            await self.publisher.publish(event, identity, deadline_seconds=_PUBLISH_SECONDS)
        except UnavailableError:
            _log.warning("retry_not_requested", media_id=str(state.media_id))
            return
        if len(self._requested) >= _REMEMBERED_REQUESTS:
            self._requested.clear()  # harmless: the stream and the catalog know the event's id
        self._requested[failed] = None
