"""Tells systemd that the player is up, and that it still looks after the screen.

The protocol is one datagram: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

import os
import socket
import time
from collections.abc import Mapping

_AT_MOST_EVERY_SECONDS = 5.0


class Watchdog:
    """Notifies the service manager; does nothing where the environment names none."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._alive_at = float("-inf")

    def ready(self) -> None:
        """The player has started."""
        self._notify("READY=1")

    def alive(self) -> None:
        """The player looks after the screen. Callers may call this at any rate."""
        now = time.monotonic()
        if now - self._alive_at >= _AT_MOST_EVERY_SECONDS:
            self._alive_at = now
            self._notify("WATCHDOG=1")

    def stopping(self) -> None:
        """The player is about to end."""
        self._notify("STOPPING=1")

    def _notify(self, message: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            try:
                sender.connect(self._address)
                sender.send(message.encode())
            except OSError:
                return  # systemd restarts a service that stays silent
