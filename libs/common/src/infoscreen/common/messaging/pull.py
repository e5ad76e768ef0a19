"""How one slot gets its next message: short pulls into an inbox of its own, after a wake-up signal.

No pull is cancelled between the server's answer and the caller, and an inbox that is given up hands back the messages
in it, so that none stays behind in the client.
"""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from infoscreen.common.events import subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.waiting import wait_for

_log = structlog.get_logger(__name__)
_ANSWER_SECONDS = 5.0
_LINGER_SECONDS = 0.25
_NO_RESPONDERS = "503"


class WakeUp:
    """The wake-up signal of one slot, with the lane that it was last set for."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._lane: subjects.Lane | None = None

    def set(self, lane: subjects.Lane | None) -> None:
        """Wake the slot; None means that any lane may have something."""
        self._lane = lane or self._lane
        self._event.set()

    def take(self) -> subjects.Lane | None:
        """The lane that the signal was set for since the last call; clears the signal."""
        lane, self._lane = self._lane, None
        self._event.clear()
        return lane

    async def wait(self, seconds: float) -> None:
        """Return once the signal is set, or after some seconds."""
        await wait_for(self._event, seconds)


class PullInbox:
    """Pulls one message at a time from durables. Use it as a context manager, one per slot."""

    def __init__(self, connection: Connection, stream: str = topology.STREAM) -> None:
        self._connection = connection
        self._stream = stream
        self._subscription: Subscription | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._give_up_inbox()

    async def take(self, lanes: Sequence[subjects.Lane], likely: subjects.Lane | None) -> Msg | None:
        """The next message of the first lane that has one, or None.

        Args:
            lanes: which durables to ask, in order, without waiting.
            likely: the lane that the wake-up signal names: its message may not be stored yet, so linger on it.

        Raises:
            ConnectionClosedError: for good; the process must end, and its supervisor starts it anew.
        """
        await self._connection.wait_connected()
        for lane in lanes:
            msg = await self._pull(lane, 0)
            if msg is not None:
                return msg
        return None if likely is None else await self._pull(likely, _LINGER_SECONDS)

    async def _pull(self, lane: subjects.Lane, linger_seconds: float) -> Msg | None:
        limit = {"expires": int(linger_seconds * 1e9)} if linger_seconds else {"no_wait": True}
        client = self._connection.client
        try:
            if self._subscription is None:
                self._subscription = await client.subscribe(client.new_inbox())
            await client.publish(
                f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{lane.durable}",
                json.dumps({"batch": 1, **limit}).encode(),
                reply=self._subscription.subject,
            )
            msg = await self._subscription.next_msg(timeout=linger_seconds + _ANSWER_SECONDS)
        except nats.errors.ConnectionClosedError:
            raise
        except (TimeoutError, nats.errors.Error) as error:
            _log.warning("pull_failed", durable=lane.durable, error=repr(error))
            await self._give_up_inbox()
            return None
        status = (msg.headers or {}).get("Status")
        if status == _NO_RESPONDERS:
            _log.warning("durable_missing", durable=lane.durable, mend="run `infoscreen topology apply`")
        return msg if status is None else None

    async def _give_up_inbox(self) -> None:
        """Leave the inbox, handing back what is in it."""
        subscription, self._subscription = self._subscription, None
        if subscription is None:
            return
        with contextlib.suppress(TimeoutError, nats.errors.Error):
            while subscription.pending_msgs:
                msg = await subscription.next_msg(timeout=1)
                if not (msg.headers or {}).get("Status"):
                    await msg.nak()
        with contextlib.suppress(nats.errors.Error):
            await subscription.unsubscribe()
