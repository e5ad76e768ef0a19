"""Asks a server whether it is ready.

Probes are plain blocking functions with a short timeout: the supervisor calls them in a thread, tests and
`infoscreen status` call them directly.
"""

import http.client
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable

PROBE_SECONDS = 2.0
LIVENESS_SECONDS = 5.0
"""How long a busy process may take to show that it lives."""

Probe = Callable[[], str | None]
"""Returns None when ready, else what was seen instead, for the person who waits."""


def http_ok(url: str, timeout_seconds: float = PROBE_SECONDS) -> Probe:
    """Ready when the URL answers 2xx in time."""

    def probe() -> str | None:
        try:
            with urllib.request.urlopen(url, timeout=timeout_seconds):  # noqa: S310 - our own http URL
                return None
        except urllib.error.HTTPError as error:
            return f"HTTP {error.code} {error.read(300).decode(errors='replace').strip()}".strip()
        except (OSError, http.client.HTTPException) as error:
            return str(error)

    return probe


def http_answers(url: str, timeout_seconds: float = PROBE_SECONDS) -> Probe:
    """Ready when the URL answers at all in time, whatever the status."""
    ask = http_ok(url, timeout_seconds)

    def probe() -> str | None:
        seen = ask()
        return None if seen is None or seen.startswith("HTTP ") else seen

    return probe


def tcp_accepts(host: str, port: int) -> Probe:
    """Ready when the port takes connections."""

    def probe() -> str | None:
        try:
            socket.create_connection((host, port), timeout=PROBE_SECONDS).close()
        except OSError as error:
            return str(error)
        return None

    return probe


def command_succeeds(run: Callable[[], int], meaning: str) -> Probe:
    """Ready when the command exits 0; `meaning` is what is reported otherwise."""
    return lambda: None if run() == 0 else meaning


def wait_until_ready(
    probe: Probe, timeout_seconds: float, still_alive: Callable[[], bool] = lambda: True
) -> str | None:
    """Polls until ready (None), the deadline or the server's death (what was seen last)."""
    deadline = time.monotonic() + timeout_seconds
    while (seen := probe()) is not None:
        if time.monotonic() > deadline or not still_alive():
            return seen
        time.sleep(0.05)
    return None
