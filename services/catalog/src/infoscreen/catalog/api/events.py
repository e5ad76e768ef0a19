"""The event stream of the dashboard: every change of every medium, resumable on any replica, and of the programme."""

import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from starlette.types import Receive, Scope, Send

from infoscreen.catalog.api.dependencies import Dependencies, allow, guard
from infoscreen.catalog.observability import EVENT_STREAMS
from infoscreen.common.auth import RECHECK_SECONDS, Principal, cookie_token, token_digest
from infoscreen.common.errors import UnavailableError
from infoscreen.common.http_api import api_router, principal
from infoscreen.common.problem import ProblemError, problems
from infoscreen.common.roles import EDITORS, PEOPLE
from infoscreen.common.waiting import wait_for_any

_ALIVE_SECONDS = 5.0
_GREETING = format_sse_event(comment="connected", retry=2000)
_ALIVE = format_sse_event(data_str="{}", event="alive")  # comments are invisible to a page
_EVENT = {"type": "object", "properties": {name: {"type": "string"} for name in ("data", "event", "id")}}

LastEventId = Annotated[int | None, Header(ge=0, le=2**63 - 1, description="Go on after this stream sequence")]
Person = Annotated[Principal, Depends(principal)]


def router(deps: Dependencies) -> APIRouter:
    """The route of events."""
    routes = api_router(guard(deps, *PEOPLE))

    @routes.get(
        "/events",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {"itemSchema": _EVENT}}}, **problems(422)},
    )
    async def stream_events(request: Request, person: Person, last_event_id: LastEventId = None) -> StreamingResponse:
        """Changes as they happen: `event` is the fact's type, `id` its stream sequence, `data` a MediaChanged.

        Editors and operators also get `programme`, with `{"changed": [...]}` as data: the nouns (playlist, group,
        entry, override, player) of which people changed something. It has no `id` and does not come again after a
        reconnect, when a client reads again whatever it shows.

        While there is nothing else, `alive` every few seconds: a client that hears nothing at all has lost the
        connection. A stream ends when its token is revoked or its session is signed out, and when its client does not
        take what is sent; the changes of media that were missed come after `Last-Event-ID`.
        """
        return _EventStream(deps, request, person, last_event_id)

    return routes


class _EventStream(StreamingResponse):
    """One open event stream of one client."""

    def __init__(self, deps: Dependencies, request: Request, person: Principal, last_event_id: int | None) -> None:
        super().__init__((), headers={"Cache-Control": "no-cache"}, media_type="text/event-stream")
        self._deps = deps
        self._request = request
        self._person = person
        self._last_event_id = last_event_id
        token = cookie_token(request)
        self._session = token_digest(token) if token else None
        self._opened_at = time.monotonic()
        self._told = deps.edits.counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send changes until the client disconnects or loses its right to them.

        Raises:
            ProblemError: 429, too many streams are open.
            UnavailableError: the database is away, found out before the response begins.
        """
        with self._deps.streams.one_more(self._person), EVENT_STREAMS.track_inprogress():
            offset = await self._deps.feed.offset()
            sequence = offset if self._last_event_id is None else min(self._last_event_id, offset)
            self.body_iterator = self._changes(sequence)
            await super().__call__(scope, receive, send)

    async def _changes(self, sequence: int) -> AsyncIterator[bytes]:
        feed, checked_at = self._deps.feed, self._opened_at
        sent_at = time.monotonic()
        yield _GREETING
        while not self._deps.stop.is_set():
            wake_up, edited = feed.next(), self._deps.edits.next()
            try:
                changes, sequence = await feed.after(sequence)
            except UnavailableError:
                return  # the client reconnects for the rest
            messages = [*(change.data for change in changes), *self._edits()]
            if not messages:
                await wait_for_any(wake_up, edited, self._person.changed, seconds=RECHECK_SECONDS)
                woken = wake_up.is_set() or edited.is_set()
                messages = [] if woken or time.monotonic() - sent_at < _ALIVE_SECONDS else [_ALIVE]
            if messages:
                yield b"".join(messages)
                sent_at = time.monotonic()
            if self._person.changed.is_set() or time.monotonic() - checked_at >= RECHECK_SECONDS:
                if not await self._is_still_allowed():
                    return
                checked_at = time.monotonic()

    def _edits(self) -> list[bytes]:
        """What people changed of the programme since this was asked last, for those who plan it."""
        edits = self._deps.edits
        nouns, self._told = edits.since(self._told), edits.counts
        if not nouns or self._person.role not in EDITORS:
            return []
        return [format_sse_event(data_str=json.dumps({"changed": nouns}), event="programme")]

    async def _is_still_allowed(self) -> bool:
        if self._session and self._deps.sign_outs.since(self._session, self._opened_at):
            return False
        try:
            self._person = await allow(self._deps, *PEOPLE)(self._request)
        except (ProblemError, UnavailableError):  # a session that ended, and NATS cannot tell of another
            return False
        return True
