"""Requests as the doctor makes them: short of patience, and with every answer an answer, whatever its status."""

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
class Answer:
    """What came back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def facts(self) -> dict[str, Any]:
        """The body as a JSON object; empty where it is none."""
        try:
            content = json.loads(self.body)
        except ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def __str__(self) -> str:
        """For people: the status and what the problem says."""
        detail = self.facts.get("detail") or self.body[:200].decode(errors="replace")
        return f"{self.status} {detail}".strip()


class UnansweredError(Exception):
    """Nothing answers there, or not in time."""


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


# No proxy of the environment: that is for the outside world.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _StayHere)


def ask(
    method: str,
    url: str,
    *,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = REQUEST_SECONDS,
) -> Answer:
    """One request, redirects not followed.

    Raises:
        UnansweredError: no answer came.
    """
    request = urllib.request.Request(url, data=data, headers=dict(headers or {}), method=method)  # noqa: S310 - http
    try:
        with _OPENER.open(request, timeout=seconds) as response:
            return Answer(response.status, response.read(), _plain(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(), _plain(error.headers))
    except (OSError, http.client.HTTPException) as error:
        raise UnansweredError(str(getattr(error, "reason", error)) or type(error).__name__) from error


def _plain(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
