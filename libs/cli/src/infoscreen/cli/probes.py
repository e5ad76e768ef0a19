"""Asks a server whether it is ready.

Probes are blocking functions with a short timeout: the supervisor calls them in a thread; tests and
`infoscreen status` call them directly.
"""

import time
from collections.abc import Callable
from http import HTTPStatus

from infoscreen.cli.http_client import NoResponseError, send

PROBE_SECONDS = 2.0
LIVENESS_SECONDS = 5.0
"""How long a busy process may take to answer a liveness probe."""

Probe = Callable[[], str | None]
"""Returns None when the server is ready, else what the probe saw, for the person who waits."""


def http_ok(url: str, timeout_seconds: float = PROBE_SECONDS) -> Probe:
    """Ready when the URL answers 2xx in time."""

    def probe() -> str | None:
        try:
            response = send("GET", url, timeout_seconds=timeout_seconds)
        except NoResponseError as error:
            return str(error)
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return None
        return f"HTTP {response.status} {response.body[:300].decode(errors='replace').strip()}".strip()

    return probe


def http_answers(url: str, timeout_seconds: float = PROBE_SECONDS) -> Probe:
    """Ready when the URL answers in time, whatever the status."""

    def probe() -> str | None:
        try:
            send("GET", url, timeout_seconds=timeout_seconds)
        except NoResponseError as error:
            return str(error)
        return None

    return probe


def command_succeeds(run: Callable[[], int], meaning: str) -> Probe:
    """Ready when the command exits 0; otherwise the probe returns `meaning`."""
    return lambda: None if run() == 0 else meaning


def wait_until_ready(
    probe: Probe, timeout_seconds: float, still_alive: Callable[[], bool] = lambda: True
) -> str | None:
    """Polls until the server is ready (returns None), or until the deadline or its death (returns the last answer)."""
    deadline = time.monotonic() + timeout_seconds
    while (seen := probe()) is not None:
        if time.monotonic() > deadline or not still_alive():
            return seen
        time.sleep(0.05)
    return None
