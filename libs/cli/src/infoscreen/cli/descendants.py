"""Reads process states from /proc, and kills the processes that a dead child has left behind.

No process outlives its supervised ancestor. The kernel ends children when the supervisor dies (PR_SET_PDEATHSIG),
but not grandchildren: a LibreOffice could outlive its killed converter. Grandchildren carry the child's mark in their
environment.
"""

import os
import signal
from pathlib import Path

from infoscreen.cli.child import MARK


def kill_marked(prefix: str) -> list[int]:
    """Kills (SIGKILL) every process whose mark starts with the prefix; returns their pids."""
    wanted, killed = f"{MARK}={prefix}".encode(), []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            variables = (directory / "environ").read_bytes().split(b"\0")
            if any(variable.startswith(wanted) for variable in variables):
                os.kill(int(directory.name), signal.SIGKILL)
                killed.append(int(directory.name))
        except OSError:
            continue  # the process has ended, or belongs to another user
    return killed


def is_held(pid: int) -> bool:
    """True for a process that a signal or a debugger has stopped: it cannot answer, but it does not hang."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1]
    except OSError:
        return False  # the process has ended
    return state in {"T", "t"}
