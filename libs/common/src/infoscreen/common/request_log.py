"""The record of every HTTP request: one log line, one observation of its duration, and a span."""

import time

import structlog
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infoscreen.common.observability import HTTP_SECONDS
from infoscreen.common.tracing import traced

_log = structlog.get_logger(__name__)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TRACE_HEADERS = frozenset({b"traceparent", b"tracestate"})
_CLIENT_GONE = 499  # nginx's status of a request whose client left before the answer


def install_request_log(app: FastAPI) -> None:
    """Log, measure and trace every request of an app."""
    app.add_middleware(_RequestLog)


class _RequestLog:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), _CLIENT_GONE

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with traced("http request", _trace_headers(scope)):
            try:
                await self._app(scope, receive, send_noting)
            except Exception:
                status = 500
                raise
            finally:
                _note(scope, status, time.perf_counter() - started)


def _trace_headers(scope: Scope) -> dict[str, str]:
    """The headers of the trace alone, because this runs for every request."""
    return {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _TRACE_HEADERS}


def _note(scope: Scope, status: int, seconds: float) -> None:
    """Record a request under bounded labels: the route's template, never a path, and known methods only."""
    method = scope["method"] if scope["method"] in _METHODS else "other"
    route = getattr(scope.get("route"), "path", "unmatched")
    HTTP_SECONDS.labels(method, route, str(status)).observe(seconds)
    _log.info("request_handled", method=method, path=scope["path"], status=status, duration_seconds=round(seconds, 4))
