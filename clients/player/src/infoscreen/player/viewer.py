"""The viewer's process: the player starts it with files, watches it, and ends it with all that it started."""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from infoscreen.player.errors import ViewerError

_TERM_SECONDS = 3.0
_LAST_LINES = 5
_OWN_VARIABLES = (
    "CREDENTIALS_DIRECTORY",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "VIRTUAL_ENV",
    "LD_PRELOAD",
)


class Viewer:
    """A running viewer."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._reading = asyncio.create_task(self._read())
        self._waiting = asyncio.create_task(process.wait())

    @classmethod
    async def start(cls, command: Sequence[str], files: Sequence[Path], runtime_dir: Path) -> "Viewer":
        """Start a viewer with files.

        Raises:
            ViewerError: the command does not exist or cannot be run.
        """
        # setpriv: the kernel ends the viewer with its player, however the player ends, so that two never run.
        try:
            process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig=TERM", "--", *command, *map(str, files)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=environment(runtime_dir),
                cwd=runtime_dir,
                start_new_session=True,
            )
        except OSError as error:
            raise ViewerError(f"The viewer cannot be started: {error}") from error
        return cls(process)

    @property
    def pid(self) -> int:
        """The id of the process and of its group."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.returncode is None

    @property
    def ended(self) -> "asyncio.Task[int]":
        """A task that is done when the process has ended."""
        return self._waiting

    @property
    def exit_description(self) -> str:
        """How the process ended, and the last line that it wrote."""
        code = self._process.returncode
        how = "runs" if code is None else f"ended with {code}" if code >= 0 else f"was ended by signal {-code}"
        last_line = self._last_lines[-1] if self._last_lines else ""
        return f"the viewer {how}" + (f": {last_line}" if last_line else "")

    async def stop(self) -> None:
        """End the process and all that it started."""
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)  # a stopped process would not notice
        try:
            await asyncio.wait([self._waiting], timeout=_TERM_SECONDS)
        finally:
            self._signal(signal.SIGKILL)  # the whole group, of which a renderer may have survived
            await asyncio.wait([self._waiting, self._reading], timeout=_TERM_SECONDS)
            self._reading.cancel()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _read(self) -> None:
        """Keep the last lines of its output; a pipe that is not read would fill up and stop it."""
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        while block := await self._process.stdout.read(4096):
            self._last_lines.extend(line for line in block.decode(errors="replace").splitlines() if line.strip())


def environment(runtime_dir: Path) -> dict[str, str]:
    """The viewer's environment: the system's Python first, no secret of the player, temporary files in memory."""
    passed = {name: value for name, value in os.environ.items() if name not in _OWN_VARIABLES}
    passed = {name: value for name, value in passed.items() if not name.startswith(("PYTHON", "PLAYER_"))}
    # impressive begins with `env python3` and needs the Python that has Debian's pygame.
    return {**passed, "PATH": f"/usr/bin:/bin:{passed.get('PATH', '')}", "TMPDIR": str(runtime_dir)}
