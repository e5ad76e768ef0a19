"""The state of a medium for a viewer: the use case of the gateway, free of HTTP and of any server.

A medium that the stream knows and the catalog does not yet was uploaded a moment ago, and is pending. One whose
conversion failed in a way that may pass is asked for again where it is to be displayed, once for each failed
generation. Nothing else that is read here starts work.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import structlog

from infoscreen.common.conversion_options import DEFAULT_PROFILE
from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.events import ConversionRequested, EventPublisher, MediaUploaded, RequestReason, event_id
from infoscreen.common.rendition import PDF_TARGET, PREVIEW_TARGET
from infoscreen.common.waiting import retrieve_error, wait_for
from infoscreen.player_gateway.cache import Cache
from infoscreen.player_gateway.media_state import MediaState
from infoscreen.player_gateway.observability import LONG_POLLS, RETRIES_REQUESTED

_log = structlog.get_logger(__name__)
_LOOK_AGAIN_SECONDS = 5.0
_PUBLISH_SECONDS = 1.0
_REMEMBERED_REQUESTS = _REMEMBERED_REMOVALS = 10_000


class UploadLookup(Protocol):
    """Looks uploads up in the stream."""

    async def newest(self, media_id: UUID) -> tuple[MediaUploaded, int] | None:
        """The newest upload of a medium that was neither deleted nor trashed since, with its generation."""


@dataclass(frozen=True)
class Display:
    """Finds what to show."""

    cache: Cache[UUID, MediaState]
    uploads: UploadLookup
    publisher: EventPublisher
    catch_up_seconds: float
    _expected_changes: set[UUID] = field(default_factory=set)
    _removed: dict[UUID, None] = field(default_factory=dict)
    _catching_up: dict[UUID, asyncio.Task[MediaState]] = field(default_factory=dict)
    _requested: set[tuple[UUID, int]] = field(default_factory=set)

    def expect_change(self, media_id: UUID) -> None:
        """A medium was just replaced, deleted, trashed or restored: its cached state is about to change."""
        self._catching_up.pop(media_id, None)  # it began before this
        if media_id in self.cache:
            self._expected_changes.add(media_id)

    def expect_removal(self, media_id: UUID) -> None:
        """A medium was just deleted or trashed: screens lose it, also while the catalog projects nothing."""
        self.expect_change(media_id)
        self._removed[media_id] = None
        if len(self._removed) > _REMEMBERED_REMOVALS:
            del self._removed[next(iter(self._removed))]
        self.cache.invalidate(media_id)

    async def is_removed(self, media_id: UUID) -> bool:
        """True where the stream says that a medium was deleted or trashed, whatever the tables say."""
        if media_id not in self._removed:
            return False
        with contextlib.suppress(UnavailableError):
            if await self.uploads.newest(media_id) is None:
                return True
            self._removed.pop(media_id, None)
        return False

    async def displayed(self, media_id: UUID, wait_seconds: float = 0) -> MediaState:
        """A medium's state for a screen that displays it; with ``wait_seconds``, waits as long while it is under way.

        Raises:
            NotFoundError: there is no such medium.
            UnavailableError: no server that knows can be asked now.
        """
        state = await self.state(media_id)
        if wait_seconds and state.under_way:
            state = await self._settled(media_id, wait_seconds)
        if state.status == "failed" and state.retryable and (state.media_id, state.generation) not in self._requested:
            await self._request_again(state)
        return state

    async def state(self, media_id: UUID) -> MediaState:
        """A medium's state; asking for it changes nothing.

        Raises:
            NotFoundError: there is no such medium.
            UnavailableError: no server that knows can be asked now.
        """
        if await self.is_removed(media_id):
            raise NotFoundError(f"There is no medium {media_id}.")
        state = await self.cache.get(media_id)
        if state is None or media_id in self._expected_changes:
            return await self._caught_up(media_id)
        return state

    async def _settled(self, media_id: UUID, seconds: float) -> MediaState:
        deadline, changed = time.monotonic() + seconds, asyncio.Event()
        with self.cache.watching([media_id], changed), LONG_POLLS.track_inprogress():
            while True:
                changed.clear()
                state = await self.state(media_id)
                left = deadline - time.monotonic()
                if not state.under_way or left <= 0 or self.cache.closing:
                    return state
                await wait_for(changed, min(left, _LOOK_AGAIN_SECONDS))

    async def _caught_up(self, media_id: UUID) -> MediaState:
        """As ``_catch_up``, once for all viewers that ask at the same time: hundreds may.

        A change may have come before the last of them asked, so each looks at the cache again.
        """
        task = self._catching_up.get(media_id)
        if task is None:
            task = self._catching_up[media_id] = asyncio.create_task(self._catch_up(media_id))
            task.add_done_callback(retrieve_error)
        found = await asyncio.shield(task)
        return await self.cache.get(media_id) or found

    async def _catch_up(self, media_id: UUID) -> MediaState:
        """The state once the catalog has projected what the stream holds; if that takes long, what both tell.

        Without the broker, the catalog's state is the best answer there is.
        """
        try:
            return await self._projected(media_id)
        finally:
            if self._catching_up.get(media_id) is asyncio.current_task():  # no further change is expected
                del self._catching_up[media_id]
                self._expected_changes.discard(media_id)

    async def _projected(self, media_id: UUID) -> MediaState:
        deadline, changed = time.monotonic() + self.catch_up_seconds, asyncio.Event()
        with self.cache.watching([media_id], changed):
            try:
                newest = await self.uploads.newest(media_id)
            except UnavailableError:
                state = await self.cache.get(media_id)
                if state is None:  # perhaps uploaded a moment ago
                    raise
                return state
            while True:
                changed.clear()
                state = await self.cache.get(media_id)
                projected = _is_projected(state, newest)
                left = deadline - time.monotonic()
                if projected or left <= 0:
                    break
                await wait_for(changed, left)
        if newest is None:
            raise NotFoundError(f"There is no medium {media_id}.")
        return state or MediaState.of_upload(*newest)

    async def _request_again(self, state: MediaState) -> None:
        event = ConversionRequested(
            media_id=state.media_id,
            generation=state.generation,
            target_format=PDF_TARGET if state.convertible else PREVIEW_TARGET,
            reason=RequestReason.DISPLAY,
            profile=state.profile or DEFAULT_PROFILE,
        )
        identity = event_id(event.type, state.media_id, state.generation, RequestReason.DISPLAY)
        try:
            await self.publisher.publish(event, identity, deadline_seconds=_PUBLISH_SECONDS)
        except UnavailableError:
            _log.warning("retry_not_requested", media_id=str(state.media_id))
            return
        if len(self._requested) >= _REMEMBERED_REQUESTS:
            self._requested.clear()  # harmless: the stream and the catalog know the event by its id
        self._requested.add((state.media_id, state.generation))
        RETRIES_REQUESTED.inc()


def _is_projected(state: MediaState | None, newest: tuple[MediaUploaded, int] | None) -> bool:
    """True where the catalog is as far as the stream: at the newest upload, or at the deletion."""
    if state is None or newest is None:
        return state is None and newest is None
    return state.generation >= newest[1]
