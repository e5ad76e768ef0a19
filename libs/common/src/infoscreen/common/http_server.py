"""The HTTP protocol of every port, with the deadlines that uvicorn leaves out.

uvicorn closes a kept connection that is silent. It waits for ever for the rest of a request's head, and for a client
that does not take its answer. Here both end, on every route of every service, operators' ports included.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LARGEST_HEAD_BYTES = 64 * 1024  # twice what the edge lets through


class BoundedHttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol; a connection whose client stalls is closed.

    Attributes:
        head_seconds: within which the head of a request must be there, from its first byte on.
        taking_seconds: within which a client must take the better part of 64 KiB of an answer.
    """

    head_seconds = 10.0
    taking_seconds = 30.0

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._taking_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start no timer yet: uvicorn itself closes a connection on which no request begins."""
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def data_received(self, data: bytes) -> None:
        """What is no whole head by now must become one in time; so must the rest of a body that was refused.

        Most heads come in one piece, and cost no timer.
        """
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            if self._head_timer is not None:
                self._disarm()
            return
        if self.transport.is_closing():
            return
        if self._head_timer is None:
            self._head_timer, self._head_bytes = self.loop.call_later(self.head_seconds, self.transport.close), 0
        self._head_bytes += len(data)
        if self._head_bytes > _LARGEST_HEAD_BYTES:
            self.send_400_response(f"The head of a request may have {_LARGEST_HEAD_BYTES} bytes at most.")

    def pause_writing(self) -> None:
        """The client takes its answer more slowly than it is made."""
        super().pause_writing()
        self._taking_timer = self.loop.call_later(self.taking_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client took most of what was waiting."""
        super().resume_writing()
        self._disarm_taking()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timers."""
        self._disarm()
        self._disarm_taking()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def _disarm(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _disarm_taking(self) -> None:
        if self._taking_timer is not None:
            self._taking_timer.cancel()
            self._taking_timer = None
