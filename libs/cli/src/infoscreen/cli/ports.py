"""Picks free ports on loopback and keeps them across restarts of a child and, if still free, of the whole system.

The ports are below the kernel's ephemeral range, so that no outgoing connection can take the port of a child while it
restarts.
"""

import json
import os
import random
import socket
from pathlib import Path

from infoscreen.cli.errors import SetupError
from infoscreen.cli.files import write_private

FIRST_PORT = 20_000
LAST_PORT = 32_000
RANGE_VARIABLE = "INFOSCREEN_PORTS"
LOOPBACK = "127.0.0.1"
_LAST_OF_ALL = 65_535


def port_range() -> range:
    """The ports to choose from: those that INFOSCREEN_PORTS names, as ``20000-23999``, or the usual ones.

    Two processes that choose at the same moment may choose the same port unless each has a range of its own.

    Raises:
        SetupError: the variable names no range of ports.
    """
    wanted = os.environ.get(RANGE_VARIABLE)
    if not wanted:
        return range(FIRST_PORT, LAST_PORT)
    first, _, last = wanted.partition("-")
    if first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last) <= _LAST_OF_ALL:
        return range(int(first), int(last) + 1)
    raise SetupError(
        f"{RANGE_VARIABLE} is {wanted!r}, which is no range of ports. Give the first and the last: 20000-23999."
    )


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
    """Assigns one port per name: the previous one if it is still free, otherwise a new one.

    Args:
        path: the JSON file that keeps the assignments; None keeps them in memory only.
        reserved: a port that must not be assigned, although no server listens on it yet.
    """

    def __init__(self, path: Path | None = None, reserved: int | None = None) -> None:
        self._path = path
        self._taken = set() if reserved is None else {reserved}
        self._previous: dict[str, int] = json.loads(path.read_text()) if path and path.exists() else {}
        self._assigned: dict[str, int] = {}

    def port(self, name: str, *, companion_offset: int = 0) -> int:
        """The port of this name.

        Args:
            name: the listener.
            companion_offset: the fixed distance of a second listener's port, which is free as well.
        """
        if name not in self._assigned:
            self._assigned[name] = self._pick(self._previous.get(name), companion_offset)
            self._save()
        return self._assigned[name]

    def _pick(self, preferred: int | None, companion_offset: int) -> int:
        taken = {*self._taken, *(p for p in self._previous.values() if p != preferred)}
        offered = port_range()
        candidates = random.sample(offered, k=len(offered))
        for port in [preferred, *candidates] if preferred else candidates:
            wanted = {port, port + companion_offset}
            if wanted.isdisjoint(taken) and all(map(is_free, wanted)):
                self._taken |= wanted
                return port
        taken_range = f"from {offered[0]} to {offered[-1]}"
        raise SetupError(f"No port {taken_range} is free. Stop what takes them, or name others in {RANGE_VARIABLE}.")

    def _save(self) -> None:
        if self._path:
            self._previous |= self._assigned
            write_private(self._path, json.dumps(self._previous, indent=2) + "\n")
