"""Metrics of the stream and of the lanes' durable consumers, which only the leading process exports."""

import asyncio
from dataclasses import dataclass

import nats.errors
import nats.js.errors
import structlog

from infoscreen.catalog.observability import (
    STREAM_BYTES,
    STREAM_MAX_BYTES,
    UNACKNOWLEDGED_MESSAGES,
    WAITING_MESSAGES,
)
from infoscreen.common.events import subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.waiting import wait_for

_GAUGES = (STREAM_BYTES, STREAM_MAX_BYTES, WAITING_MESSAGES, UNACKNOWLEDGED_MESSAGES)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class StreamMetrics:
    """Updates the gauges from what JetStream reports, while this process leads."""

    connection: Connection
    interval_seconds: float

    async def run(self, stop: asyncio.Event) -> None:
        """Measure until ``stop`` is set, then clear the gauges. While NATS is away they are cleared, too."""
        try:
            while not stop.is_set():
                try:
                    await self.measure()
                except (TimeoutError, nats.errors.Error) as error:
                    _clear()
                    _log.warning("stream_unknown", error=repr(error))
                await wait_for(stop, self.interval_seconds)
        finally:
            _clear()

    async def measure(self) -> None:
        """Ask JetStream once and set the gauges.

        Raises:
            nats.errors.Error: the broker does not answer, or there is no stream.
        """
        info = await self.connection.js.stream_info(topology.STREAM)
        STREAM_BYTES.labels(topology.STREAM).set(info.state.bytes)
        STREAM_MAX_BYTES.labels(topology.STREAM).set(max(0, info.config.max_bytes or 0))
        await asyncio.gather(*(self._measure(lane.durable) for lane in subjects.LANES))

    async def _measure(self, durable: str) -> None:
        try:
            info = await self.connection.js.consumer_info(topology.STREAM, durable)
        except nats.js.errors.NotFoundError:
            return
        WAITING_MESSAGES.labels(durable).set(info.num_pending or 0)
        UNACKNOWLEDGED_MESSAGES.labels(durable).set(info.num_ack_pending or 0)


def _clear() -> None:
    for gauge in _GAUGES:
        gauge.clear()
