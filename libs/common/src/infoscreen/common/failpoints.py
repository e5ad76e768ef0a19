"""Named places in the code at which a test can have the process die or stand still; nothing in production.

``INFOSCREEN_FAILPOINTS=converter.stored=kill,ingest.put=stop`` arms them. Unset, a failpoint costs a look into an
empty dict.
"""

import os
import signal
from collections.abc import Mapping

_ACTIONS: Mapping[str, signal.Signals] = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


def _armed(setting: str) -> dict[str, signal.Signals]:
    """What ``INFOSCREEN_FAILPOINTS`` asks for."""
    pairs = (part.strip().partition("=") for part in setting.split(",") if part.strip())
    return {name: _ACTIONS[action] for name, _, action in pairs}


_ARMED = _armed(os.environ.get("INFOSCREEN_FAILPOINTS", ""))


def failpoint(name: str) -> None:
    """Die or stand still here, if a test asked for it."""
    if name in _ARMED:
        os.kill(os.getpid(), _ARMED[name])
