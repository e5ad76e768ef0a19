"""Free ports on loopback, kept over restarts of a child and, where they are still free, of the whole system.

They are picked below the kernel's ephemeral range, so that no outgoing connection of this machine can take the
port of a child that is just being restarted.
"""

import json
import random
import socket
from pathlib import Path

from infoscreen.cli.files import write_private

FIRST_PORT = 20_000
LAST_PORT = 32_000
LOOPBACK = "127.0.0.1"


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """True if a server could listen on the port now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


class PortBook:
    """Hands out one port a name: yesterday's if it is still free, else a new one.

    Args:
        path: where the book is kept, as JSON; None keeps it in memory only.
        reserved: a port that is somebody else's, though nobody listens there yet.
    """

    def __init__(self, path: Path | None = None, reserved: int | None = None) -> None:
        self._path = path
        self._taken = set() if reserved is None else {reserved}
        self._remembered: dict[str, int] = json.loads(path.read_text()) if path and path.exists() else {}
        self._given: dict[str, int] = {}

    def port(self, name: str, *, companion_offset: int = 0) -> int:
        """The port of this name.

        Args:
            name: what listens there.
            companion_offset: a second listener's fixed distance from the port; that port is free as well.
        """
        if name not in self._given:
            self._given[name] = self._pick(self._remembered.get(name), companion_offset)
            self._save()
        return self._given[name]

    def _pick(self, preferred: int | None, companion_offset: int) -> int:
        taken = {*self._taken, *(p for p in self._remembered.values() if p != preferred)}
        candidates = random.sample(range(FIRST_PORT, LAST_PORT), k=LAST_PORT - FIRST_PORT)
        for port in [preferred, *candidates] if preferred else candidates:
            wanted = {port, port + companion_offset}
            if wanted.isdisjoint(taken) and all(map(is_free, wanted)):
                self._taken |= wanted
                return port
        raise RuntimeError(f"no port between {FIRST_PORT} and {LAST_PORT} is free")

    def _save(self) -> None:
        if self._path:
            self._remembered |= self._given
            write_private(self._path, json.dumps(self._remembered, indent=2) + "\n")
