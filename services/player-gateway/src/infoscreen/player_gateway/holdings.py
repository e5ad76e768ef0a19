"""The media this gateway holds in memory: fresh while the catalog's notifications arrive, and still there when not.

A notification marks a medium stale rather than dropping it, so that with Postgres away the last known state is
served. Whoever waits for a change is woken by the notification and reads once for all.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from infoscreen.common.errors import UnavailableError
from infoscreen.player_gateway.database import MediaState

_FRESH_SECONDS = 30.0  # the bound on staleness, should a notification ever be lost
_LOOK_AGAIN_SECONDS = 5.0

_log = structlog.get_logger(__name__)
Load = Callable[[UUID], Awaitable[MediaState | None]]


@dataclass(slots=True)
class _Held:
    state: MediaState
    fresh_until: float


class Holdings:
    """A bounded, least-recently-used store of media states.

    Args:
        load: reads a medium's state; raises ``UnavailableError`` when it cannot.
        capacity: how many media are held.
        now: a monotonic clock.
    """

    def __init__(self, load: Load, capacity: int, now: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._capacity = capacity
        self._now = now
        self._held: OrderedDict[UUID, _Held] = OrderedDict()
        self._loading: dict[UUID, asyncio.Task[MediaState | None]] = {}
        self._waiting: dict[UUID, asyncio.Event] = {}
        self._listening = False

    async def get(self, media_id: UUID) -> MediaState | None:
        """A medium's state, or None where the view has none.

        Raises:
            UnavailableError: the database is away and nothing is held.
        """
        held = self._held.get(media_id)
        if held is not None and self._listening and held.fresh_until > self._now():
            self._held.move_to_end(media_id)
            return held.state
        try:
            return await self._load_once(media_id)
        except UnavailableError:
            held = self._held.get(media_id)
            if held is None:
                raise
            _log.warning("serving_held_state", media_id=str(media_id))
            return held.state

    async def settled(self, media_id: UUID, seconds: float) -> MediaState | None:
        """As ``get``, but waits up to so long while the medium is under way."""
        deadline = self._now() + seconds
        while True:
            changed = self.changed(media_id)
            state = await self.get(media_id)
            left = deadline - self._now()
            if state is None or not state.under_way or left <= 0:
                return state
            await wait_for(changed, min(left, _LOOK_AGAIN_SECONDS))

    def changed(self, media_id: UUID) -> asyncio.Event:
        """Set when the medium changes next; take it before looking."""
        return self._waiting.setdefault(media_id, asyncio.Event())

    def invalidate(self, media_id: UUID) -> None:
        """A medium changed: read it anew when it is next asked for, and wake those who wait."""
        if held := self._held.get(media_id):
            held.fresh_until = 0
        self._loading.pop(media_id, None)  # what is being read now may be from before the change
        if event := self._waiting.pop(media_id, None):
            event.set()

    def invalidate_all(self, *, listening: bool) -> None:
        """Notifications begin or end: what is held may be stale, and everybody who waits looks again."""
        self._listening = listening
        for media_id in [*self._held, *self._waiting]:
            self.invalidate(media_id)

    async def _load_once(self, media_id: UUID) -> MediaState | None:
        """However many ask at once, read once."""
        task = self._loading.get(media_id)
        if task is None:
            task = self._loading[media_id] = asyncio.create_task(self._load_and_hold(media_id))
        return await asyncio.shield(task)

    async def _load_and_hold(self, media_id: UUID) -> MediaState | None:
        this = asyncio.current_task()
        try:
            state = await self._load(media_id)
        finally:
            overtaken = self._loading.get(media_id) is not this
            if not overtaken:
                del self._loading[media_id]
        if state is None:
            self._held.pop(media_id, None)
            return None
        self._held[media_id] = _Held(state, 0 if overtaken else self._now() + _FRESH_SECONDS)
        self._held.move_to_end(media_id)
        while len(self._held) > self._capacity:
            self._held.popitem(last=False)
        return state


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """True as soon as the event is set; False when the time is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
