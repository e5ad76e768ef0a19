"""Named places in the code at which a test can have the process die, stand still or hang; nothing in production.

``INFOSCREEN_FAILPOINTS=converter.stored=kill,ingest.put=stop`` arms them. Unset, a failpoint costs a look into an
empty dict.
"""

import os
import re
import signal
from collections.abc import Callable, Mapping


def _send(signum: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), signum)


def _hang() -> None:
    """Hold the interpreter in C code for longer than any deadline; no signal and no other thread interrupts it."""
    re.fullmatch("(a|a)*b", "a" * 100)


_ACTIONS: Mapping[str, Callable[[], None]] = {
    "kill": _send(signal.SIGKILL),
    "stop": _send(signal.SIGSTOP),
    "hang": _hang,
}


def _armed(setting: str) -> dict[str, Callable[[], None]]:
    """The armed failpoints, parsed from ``INFOSCREEN_FAILPOINTS``."""
    pairs = (part.strip().partition("=") for part in setting.split(",") if part.strip())
    return {name: _ACTIONS[action] for name, _, action in pairs}


_ARMED = _armed(os.environ.get("INFOSCREEN_FAILPOINTS", ""))


def failpoint(name: str) -> None:
    """Die, stand still or hang here, if a test asked for it."""
    if name in _ARMED:
        _ARMED[name]()
