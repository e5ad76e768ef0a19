"""The connection to NATS: it never gives up, replays nothing stale, and says when it is away."""

import asyncio
import contextlib
import re
from typing import Any

import nats
import structlog
from nats.aio.client import DEFAULT_INBOX_PREFIX, Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext

from infoscreen.common.errors import UnavailableError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.permissions import inbox_prefix
from infoscreen.common.observability import NATS_ERRORS, NATS_REFUSALS
from infoscreen.common.settings import NatsSettings
from infoscreen.common.waiting import wait_for_any

_log = structlog.get_logger(__name__)
API_TIMEOUT_SECONDS = 5.0

_REFUSED = re.compile(r'permissions violation for (publish|subscription) to "([^"]+)"', re.IGNORECASE)
_MEND = (
    "NATS runs with the users of another release, or NATS_URL names another service: see docs/runbook/nats-refuses.md."
)


class RefusedError(nats.errors.Error):
    """The server's permissions do not allow this user to publish to a subject."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"NATS refuses to let this service publish to {subject}. {_MEND}")


def unavailable(
    error: Exception, otherwise: str = "The message broker does not answer. Try again in a moment."
) -> UnavailableError:
    """What a failed request means to the caller: a refusal as it is, anything else as a broker that is away."""
    return UnavailableError(str(error) if isinstance(error, RefusedError) else otherwise)


class _Client(Client):
    """nats-py's client, in which a cancelled request is always cancelled, and one that is refused says so at once.

    nats-py itself uses `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that comes together with the
    answer (python/cpython#86296): a caller that repeats its request until it is confirmed would then never end. And it
    reports a refusal only beside the request, whose answer never comes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._requests: dict[asyncio.Event, str] = {}

    async def request(self, subject: str, *args: Any, **kwargs: Any) -> Msg:
        refused = asyncio.Event()
        self._requests[refused] = subject
        tasks = asyncio.ensure_future(super().request(subject, *args, **kwargs)), asyncio.ensure_future(refused.wait())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if refused.is_set():
                raise RefusedError(subject)
            return tasks[0].result()
        finally:
            del self._requests[refused]
            for task in tasks:
                task.cancel()
                task.add_done_callback(_take_note)

    def refuse(self, subject: str) -> None:
        """End every request to a subject that the server does not let this user publish to."""
        for refused, asked in self._requests.items():
            if asked.lower() == subject.lower():  # the client tells of errors in lower case
                refused.set()


def _take_note(task: asyncio.Task[Any]) -> None:
    """Look at an error that came too late for its request, so that asyncio does not report it."""
    if not task.cancelled():
        task.exception()


class Connection:
    """A NATS connection with its JetStream context.

    Open it with ``connect``; ``close`` ends it at once (``drain`` was seen to run to its full timeout).
    """

    def __init__(self) -> None:
        self.client = _Client()
        self._js: JetStreamContext = self.client.jetstream(timeout=API_TIMEOUT_SECONDS)
        self._opened = False
        self._connected = asyncio.Event()
        self._closing = False
        self._closed = asyncio.Event()

    @property
    def js(self) -> JetStreamContext:
        """JetStream.

        Raises:
            nats.errors.Error: there was no connection yet. (nats-py would subscribe to answers on a connection that
                is not there, and never hear one.)
        """
        if not self._opened:
            raise nats.errors.Error("not connected yet")
        return self._js

    async def open(self, settings: NatsSettings, name: str) -> None:
        """Connect, waiting for a server that is not up yet for as long as it takes."""
        await self.client.connect(
            settings.servers,
            name=name,
            inbox_prefix=inbox_prefix(settings.user) if settings.user else DEFAULT_INBOX_PREFIX,
            # The default of 60 closes the client for ever; the default buffer replays stale requests after a reconnect.
            max_reconnect_attempts=-1,
            pending_size=0,
            ping_interval=10,
            max_outstanding_pings=2,
            reconnect_time_wait=1,
            connect_timeout=2,
            allow_reconnect=True,
            error_cb=self._on_error,
            disconnected_cb=self._on_disconnected,
            reconnected_cb=self._on_reconnected,
            closed_cb=self._on_closed,
        )
        self._opened = True
        self._connected.set()

    async def close(self) -> None:
        """End the connection."""
        self._closing = True
        if self._opened:  # nats-py cannot close what never was connected
            with contextlib.suppress(OSError):  # the flush of a connection that is broken already
                await self.client.close()

    async def wait_connected(self) -> None:
        """Return once the connection is open.

        Raises:
            ConnectionClosedError: the client has given up for good (mostly refused credentials): restart the process.
        """
        await self._connected.wait()
        if self._closed.is_set():
            raise nats.errors.ConnectionClosedError

    async def keep(self, settings: NatsSettings, name: str, stop: asyncio.Event) -> None:
        """Background work for a service that also starts and answers without NATS: connect, then ``watch``."""
        opening, told = asyncio.create_task(self.open(settings, name)), asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({opening, told}, return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                await opening
                await self.watch(stop)
        finally:
            opening.cancel()
            told.cancel()

    async def watch(self, stop: asyncio.Event) -> None:
        """Background work that ends the process when the connection is closed for good.

        Raises:
            ConnectionClosedError: as ``wait_connected``.
        """
        await wait_for_any(stop, self._closed)
        if not stop.is_set():
            raise nats.errors.ConnectionClosedError

    async def check(self) -> str | None:
        """Health: None when connected and the topology answers, else what is wrong."""
        if not self.client.is_connected:
            return "not connected to NATS"
        await self.js.stream_info(topology.STREAM)
        return None

    async def _on_error(self, error: Exception) -> None:
        NATS_ERRORS.inc()
        refused = _REFUSED.search(str(error))
        if refused is None:
            _log.warning("nats_error", error=repr(error))
            return
        action, subject = refused.groups()
        NATS_REFUSALS.inc()
        _log.error("nats_refused", action=action, subject=subject, mend=_MEND)
        if action == "publish":
            self.client.refuse(subject)

    async def _on_disconnected(self) -> None:
        self._connected.clear()
        if not self._closing:
            _log.warning("nats_disconnected")

    async def _on_closed(self) -> None:
        self._closed.set()
        self._connected.set()  # a waiter learns of it from _closed

    async def _on_reconnected(self) -> None:
        self._connected.set()
        _log.info("nats_reconnected")


async def connect(settings: NatsSettings, name: str) -> Connection:
    """Open a connection and wait until the declared topology exists."""
    connection = Connection()
    await connection.open(settings, name)
    await wait_for_topology(connection)
    return connection


async def wait_for_topology(connection: Connection) -> None:
    """Wait, without end, for the topology job to have run; services never create what is missing."""
    announced: list[str] | None = None
    while True:
        try:
            absent = await topology.missing(connection.js)
        except (TimeoutError, nats.errors.Error) as error:
            absent = [repr(error)]
        if not absent:
            return
        if absent != announced:
            _log.warning("topology_missing", missing=absent, mend="run `infoscreen topology apply`")
            announced = absent
        await asyncio.sleep(0.5)
