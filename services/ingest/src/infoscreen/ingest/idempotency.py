"""Binds Idempotency-Keys to uploads: an object for each key, because the bucket answers while NATS is away.

JetStream knows the same by its message ids, but cannot be asked when it is needed most: a client that got no answer
repeats its request during the outage. The binding is made before the event is published and holds all of it, so a
repeated request finishes what an ingest that died had begun. Of several requests at once the store lets one make it
(`If-None-Match`, `If-Match`).
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.errors import NotFoundError
from infoscreen.common.events import MalformedEventError
from infoscreen.common.object_keys import IDEMPOTENCY_KEYS
from infoscreen.common.object_store import ObjectStore
from infoscreen.ingest.announcement import CONTENT_TYPE, Announcement

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class KeyBindings:
    """The keys that are in use.

    Args:
        store: where they are kept.
        window: how long a key binds; then it is free.
        clock: the time.
    """

    store: ObjectStore
    window: timedelta
    clock: Clock = utc_now

    async def bind(self, own: Announcement) -> Announcement:
        """The upload that has the key of ``own``: itself, or the first one within the window.

        Raises:
            UnavailableError: the object store is away.
        """
        name, record = _name(own), own.to_record()
        while not await self.store.create(name, record, CONTENT_TYPE):
            try:
                stored, tag = await self.store.get_tagged(name)
            except NotFoundError:  # collected just now
                continue
            first = self._binding(stored)
            if first is not None:
                return own if first.upload == own.upload else first
            if await self.store.replace(name, record, CONTENT_TYPE, tag):
                break
        return own

    async def rebind(self, first: Announcement) -> None:
        """Bind a key to the upload that is first in the stream."""
        await self.store.put(_name(first), first.to_record(), CONTENT_TYPE)

    async def release(self, own: Announcement) -> None:
        """Free the key of an upload that was refused."""
        await self.store.delete(_name(own))

    def _binding(self, stored: bytes) -> Announcement | None:
        """The upload that a record binds; None once the window has passed, or for what is no record."""
        try:
            first = Announcement.from_record(stored)
        except MalformedEventError:
            _log.warning("key_unreadable", exc_info=True)
            return None
        return None if self.clock() - first.envelope.time > self.window else first

    async def forget_expired(self) -> int:
        """Remove the bindings that have long expired; returns how many."""
        before = self.clock() - 2 * self.window
        expired = [
            item
            for item in await self.store.list(IDEMPOTENCY_KEYS)
            if item.modified_at is not None and item.modified_at < before
        ]
        for item in expired:
            await self.store.delete(item.key)
        return len(expired)


def _name(announcement: Announcement) -> str:
    return f"{IDEMPOTENCY_KEYS}{announcement.message_id}.json"
