"""How far the lanes' durable consumers have delivered, as JetStream reports it."""

import asyncio
from collections.abc import Mapping

import nats.errors
import nats.js.errors

from infoscreen.common.errors import UnavailableError
from infoscreen.common.events import Priority, subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection


class JetStreamLanes:
    """Reads the delivered sequence of each lane's durable consumer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def delivered(self) -> Mapping[Priority, int]:
        """Return the stream sequence each lane has delivered up to; 0 for a durable that is missing.

        Raises:
            UnavailableError: the broker does not answer.
        """
        sequences = await asyncio.gather(*(self._delivered(lane.durable) for lane in subjects.LANES))
        return {lane.priority: sequence for lane, sequence in zip(subjects.LANES, sequences, strict=True)}

    async def _delivered(self, durable: str) -> int:
        try:
            info = await self._connection.js.consumer_info(topology.STREAM, durable)
        except nats.js.errors.NotFoundError:
            return 0
        except (TimeoutError, nats.errors.Error) as error:
            raise UnavailableError("The message broker does not answer. Try again in a moment.") from error
        return int(info.delivered.stream_seq) if info.delivered else 0
