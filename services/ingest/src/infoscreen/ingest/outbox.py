"""Events that wait in the bucket while NATS is away, and the relay that publishes them when it returns.

An event keeps its id while it waits, so however often the relay repeats itself, and whichever ingest it runs in,
the stream gets it once. Names begin with the time, so that they are listed in the order of the events, and hold what
an event is about, so that nothing newer about the same medium overtakes it.
"""

import asyncio
import contextlib
import json
from uuid import UUID

import structlog

from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.events import Envelope, MalformedEventError, MediaUploaded, decode, to_body, to_headers
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.object_store import ObjectStore
from infoscreen.common.tracing import current_traceparent
from infoscreen.ingest.media_log import StreamMediaLog
from infoscreen.ingest.observability import PARKED
from infoscreen.ingest.waiting import told_within

_log = structlog.get_logger(__name__)
PREFIX = "outbox/"


class ObjectOutbox:
    """Parked uploads, one object each.

    Args:
        store: where they wait.
        publisher: publishes them in the end.
        media: tells which of them the stream has already.
        source: the CloudEvents source of this service.
        publish_deadline_seconds: when to give up until the next round.
        clock: the time.
    """

    def __init__(
        self,
        store: ObjectStore,
        publisher: Publisher,
        media: StreamMediaLog,
        *,
        source: str,
        publish_deadline_seconds: float,
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._media = media
        self._source = source
        self._publish_deadline_seconds = publish_deadline_seconds
        self._clock = clock
        self._unreadable: set[str] = set()

    async def park(self, event: MediaUploaded, event_id: UUID) -> None:
        """Keep an upload until it can be published.

        Raises:
            UnavailableError: the object store is away too, or does not list what it keeps, so that no relay would find
                it; nothing was acknowledged, the client tries again.
        """
        envelope = Envelope(str(event_id), self._source, self._clock(), event, current_traceparent())
        record = {"headers": to_headers(envelope), "body": json.loads(to_body(event))}
        key = f"{PREFIX}{envelope.time:%Y%m%dT%H%M%S.%f}.{event.media_id}.{event_id}.json"
        await self._store.put(key, json.dumps(record).encode(), "application/json")
        # What is gone by now was relayed; what is there must be found.
        if not await self._store.is_listed(key) and await self._store.stat(key) is not None:
            await self._store.delete(key)
            raise UnavailableError("The object store does not list what it has just stored. Was its disk full?")
        _log.warning("event_parked", event_id=str(event_id), media_id=str(event.media_id))

    async def find(self, event_id: UUID) -> MediaUploaded | None:
        """The upload that waits under this id, or None.

        Raises:
            UnavailableError: the object store is away.
        """
        for key in await self._keys(event_id):
            with contextlib.suppress(NotFoundError, MalformedEventError):
                event = (await self._load(key)).event
                return event if isinstance(event, MediaUploaded) else None
        return None

    async def relay(self, about: UUID | None = None) -> int:
        """Publish what is parked, oldest first; returns how many.

        Args:
            about: only what bears this id, of a medium or of an event.

        Raises:
            UnavailableError: NATS or the object store is away; what was not published stays parked.
        """
        relayed = 0
        for key in await self._keys(about):
            try:
                envelope = await self._load(key)
            except NotFoundError:  # another relay was quicker
                continue
            except MalformedEventError:
                self._complain_once(key)
                continue
            # The server forgets ids after the duplicate window, and an outage may be longer than that.
            if not await self._media.holds(envelope):
                await self._publisher.publish_envelope(envelope, deadline_seconds=self._publish_deadline_seconds)
            await self._store.delete(key)
            _log.info("parked_event_published", event_id=envelope.id)
            relayed += 1
        return relayed

    async def media_ids(self) -> set[UUID]:
        """The media that something is parked about.

        Raises:
            UnavailableError: the object store is away.
        """
        return {UUID(key.split(".")[2]) for key in await self._keys(None) if key not in self._unreadable}

    async def _keys(self, about: UUID | None) -> list[str]:
        keys = [stored.key for stored in await self._store.list(PREFIX)]
        PARKED.set(len(keys))
        return sorted(key for key in keys if about is None or f".{about}." in key)

    async def _load(self, key: str) -> Envelope:
        try:
            record = json.loads(await self._store.get(key))
            return decode(record["headers"], json.dumps(record["body"]).encode())
        except (ValueError, KeyError, TypeError) as error:
            raise MalformedEventError(f"not a parked event: {error}") from error

    def _complain_once(self, key: str) -> None:
        if key not in self._unreadable:
            self._unreadable.add(key)
            _log.error("parked_event_unreadable", key=key, exc_info=True)


async def run_relay(outbox: ObjectOutbox, interval_seconds: float, stop: asyncio.Event) -> None:
    """Relay parked events until told to stop."""
    while True:
        try:
            await outbox.relay()
        except UnavailableError as error:
            _log.warning("relay_waits", error=str(error))
        if await told_within(stop, interval_seconds):
            return
