"""Events that wait in the bucket while NATS is away, and the relay that publishes them when it returns.

An event keeps its id while it waits, so however often the relay repeats itself, and whichever ingest it runs in,
the stream gets it once.
"""

import asyncio
import contextlib
import json
from uuid import UUID

import structlog

from infoscreen.common.clock import Clock, utc_now
from infoscreen.common.errors import NotFoundError, UnavailableError
from infoscreen.common.events import Envelope, Event, MalformedEventError, decode, to_body, to_headers
from infoscreen.common.messaging.publisher import Publisher
from infoscreen.common.object_store import ObjectStore

_log = structlog.get_logger(__name__)
PREFIX = "outbox/"


class ObjectOutbox:
    """Parked events, one object each."""

    def __init__(self, store: ObjectStore, source: str, clock: Clock = utc_now) -> None:
        self._store = store
        self._source = source
        self._clock = clock

    async def park(self, event: Event, event_id: UUID) -> Event:
        """Keep an event until it can be published; returns the one kept first under this id.

        Raises:
            UnavailableError: the object store is away too; nothing was acknowledged, the client tries again.
        """
        key = f"{PREFIX}{event_id}.json"
        with contextlib.suppress(NotFoundError, MalformedEventError):
            return _load(await self._store.get(key)).event
        envelope = Envelope(str(event_id), self._source, self._clock(), event)
        record = {"headers": to_headers(envelope), "body": json.loads(to_body(event))}
        await self._store.put(key, json.dumps(record).encode(), "application/json")
        _log.warning("event_parked", event_id=str(event_id), type=event.type)
        return event

    async def relay(self, publisher: Publisher, deadline_seconds: float) -> int:
        """Publish what is parked, oldest first; returns how many. What fails stays parked."""
        parked = sorted(await self._store.list(PREFIX), key=lambda o: (o.modified_at is None, o.modified_at))
        for entry in parked:
            try:
                envelope = _load(await self._store.get(entry.key))
            except NotFoundError:
                continue
            except MalformedEventError:
                _log.exception("parked_event_unreadable", key=entry.key)
                continue
            await publisher.publish_envelope(envelope, deadline_seconds=deadline_seconds)
            await self._store.delete(entry.key)
            _log.info("parked_event_published", event_id=envelope.id)
        return len(parked)


async def run_relay(
    outbox: ObjectOutbox, publisher: Publisher, interval_seconds: float, deadline_seconds: float, stop: asyncio.Event
) -> None:
    """Relay parked events until told to stop."""
    while not stop.is_set():
        try:
            await outbox.relay(publisher, deadline_seconds)
        except UnavailableError as error:
            _log.warning("relay_waits", error=str(error))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(interval_seconds):
                await stop.wait()


def _load(data: bytes) -> Envelope:
    try:
        record = json.loads(data)
        return decode(record["headers"], json.dumps(record["body"]).encode())
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedEventError(f"not a parked event: {error}") from error
