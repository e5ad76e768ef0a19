"""Tells whether messages wait in a lane."""

import asyncio
from collections.abc import Sequence

import nats.errors

from infoscreen.common.events import Priority, subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection


class LaneBacklog:
    """Asks the durables of the lanes that are not for bulk."""

    def __init__(self, connection: Connection, lanes: Sequence[subjects.Lane] = subjects.LANES) -> None:
        self._connection = connection
        self._durables = [lane.durable for lane in lanes if lane.priority is not Priority.BULK]

    async def waits(self) -> bool:
        """True when there is work in them; False also when NATS does not say."""
        try:
            infos = await asyncio.gather(
                *(self._connection.js.consumer_info(topology.STREAM, durable) for durable in self._durables)
            )
        except (TimeoutError, nats.errors.Error):
            return False
        return any(info.num_pending for info in infos)
