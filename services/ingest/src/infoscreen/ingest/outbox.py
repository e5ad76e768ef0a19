"""The outbox: uploads in the bucket while NATS is away, and the relay that publishes them once it is back.

An upload keeps its event id while it waits, so however often the relay repeats itself, and whichever ingest it runs in,
the stream gets it once. Names begin with the time, so that they are listed in the order of the events, and hold the
medium, so that nothing newer about it overtakes them and no clean-up takes its files. Objects with other names are
foreign: they are reported once and otherwise left alone.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import structlog

from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.events import MalformedEventError
from infoscreen.common.object_keys import OUTBOX, ParkedName, parked_media
from infoscreen.common.object_store import ObjectStore, StoredObject
from infoscreen.common.waiting import wait_for
from infoscreen.ingest.announcement import CONTENT_TYPE, Announcement
from infoscreen.ingest.announcer import Announcer
from infoscreen.ingest.observability import PARKED

_log = structlog.get_logger(__name__)
_MAX_RECORD_BYTES = 256 * 1024
"""Four times what the stream takes: what is larger is no record of an upload."""


@dataclass(frozen=True)
class ObjectOutbox:
    """Parked uploads, one object each.

    Args:
        store: where they wait.
        announcer: publishes them in the end.
    """

    store: ObjectStore
    announcer: Announcer
    _reported: set[str] = field(default_factory=set)

    async def park(self, announcement: Announcement) -> None:
        """Store an upload until it can be published, after the uploads of its medium that are parked already.

        Raises:
            UnavailableError: the object store is away too, or does not list what it keeps, so that no relay would find
                it; nothing was acknowledged, the client tries again.
        """
        name = await self._name(announcement)
        key = name.key
        if await self.store.is_listed(key):  # by an earlier request under the same Idempotency-Key
            return
        await self.store.put(key, announcement.to_record(), CONTENT_TYPE)
        # An object that is gone by now was relayed; one that is there must be listed, or no relay finds it.
        if not await self.store.is_listed(key) and await self.store.stat(key) is not None:
            await self.store.delete(key)
            raise UnavailableError("The object store does not list what it has just stored. Was its disk full?")
        _log.warning("event_parked", event_id=announcement.envelope.id, media_id=str(name.media_id))

    async def _name(self, announcement: Announcement) -> ParkedName:
        """The name of a parked upload: the one that it has already, or one that sorts after its medium's others.

        The upload that makes a medium is the first about it. Ingests' clocks differ, so time alone would not do for
        its replacements.
        """
        name = ParkedName(announcement.envelope.time, announcement.upload.media_id, announcement.message_id)
        if not announcement.replacement:
            return name
        for item in await self._parked(name.media_id):
            other, parked = ParkedName.of(item.key), await self._load(item)
            if other is not None and parked is not None and parked.envelope.id == announcement.envelope.id:
                return other
            if other is not None:
                name = replace(name, time=max(name.time, other.time + timedelta(microseconds=1)))
        return name

    async def relay(self, about: UUID | None = None) -> int:
        """Publish what is parked, oldest first; returns how many.

        Args:
            about: only what is about this medium.

        Raises:
            UnavailableError: NATS or the object store is away; what was not published stays parked.
        """
        relayed = 0
        for item in await self._parked(about):
            announcement = await self._load(item)
            if announcement is None:
                continue
            await self.announcer.announce(announcement, acknowledged=True)
            await self.store.delete(item.key)
            _log.info("parked_event_published", event_id=announcement.envelope.id)
            relayed += 1
        return relayed

    async def media_ids(self) -> set[UUID]:
        """The media that have a parked upload.

        Raises:
            UnavailableError: the object store is away.
        """
        return parked_media(item.key for item in await self._parked(None))

    async def _parked(self, about: UUID | None) -> list[StoredObject]:
        """The parked uploads, in the order of their events."""
        parked: list[tuple[ParkedName, StoredObject]] = []
        for item in await self.store.list(OUTBOX):
            if (name := ParkedName.of(item.key)) is not None:
                parked.append((name, item))
            else:
                self._report(item, "its name is none of a parked upload")
        PARKED.set(len(parked))
        wanted = [item for name, item in parked if about in (None, name.media_id)]
        return sorted(wanted, key=lambda item: item.key)

    async def _load(self, item: StoredObject) -> Announcement | None:
        """A parked upload; None where another relay has published it, or the object is no record of an upload."""
        if item.size_bytes > _MAX_RECORD_BYTES:
            self._report(item, "it is too large")
            return None
        try:
            return Announcement.from_record(await self.store.get(item.key))
        except NotFoundError:
            return None
        except MalformedEventError as error:
            self._report(item, str(error))
            return None

    def _report(self, item: StoredObject, why: str) -> None:
        if item.key not in self._reported:
            self._reported.add(item.key)
            _log.error("not_a_parked_event", key=item.key, why=why)


async def run_relay(outbox: ObjectOutbox, interval_seconds: float, stop: asyncio.Event) -> None:
    """Relay parked events until told to stop."""
    while True:
        try:
            await outbox.relay()
        except UnavailableError as error:
            _log.warning("relay_waits", error=str(error))
        if await wait_for(stop, interval_seconds):
            return
