"""Blocking HTTP requests with a timeout: each answer is a Response, whatever its status; no answer is an error."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

REQUEST_SECONDS = 10.0


@dataclass(frozen=True)
class Response:
    """The server's answer. Header names are in lower case."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty if the body is anything else."""
        try:
            content = json.loads(self.body)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def __str__(self) -> str:
        """For people: the status and the problem's detail, or the beginning of the body."""
        detail = self.json.get("detail") or self.body[:200].decode(errors="replace")
        return f"{self.status} {detail}".strip()


class NoResponseError(Exception):
    """The server did not answer, or not in time."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


# The environment's proxy is for addresses outside; the system's servers are reached directly.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def send(
    method: str,
    url: str,
    *,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float = REQUEST_SECONDS,
) -> Response:
    """Sends one request; does not follow redirects.

    Raises:
        NoResponseError: the server did not answer in time.
    """
    request = urllib.request.Request(url, data=data, headers=dict(headers or {}), method=method)  # noqa: S310 - http
    try:
        with _OPENER.open(request, timeout=timeout_seconds) as response:
            return Response(response.status, response.read(), _lower_case(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            return _error_response(error)
    except (OSError, http.client.HTTPException) as error:
        raise NoResponseError(str(getattr(error, "reason", error)) or type(error).__name__) from error


def _error_response(error: urllib.error.HTTPError) -> Response:
    try:
        return Response(error.code, error.read(), _lower_case(error.headers))
    except (OSError, http.client.HTTPException) as broken:
        raise NoResponseError(f"status {error.code}, then no body: {broken}") from broken


def _lower_case(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
