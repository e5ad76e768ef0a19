"""Keeps child processes running, and leaves none behind.

One task per child starts it, waits for its death, backs off, and starts it again, until the supervisor stops it. There
is no central loop and no state outside these tasks. Guarantees:

- `start` returns when every child of the group is ready, or raises and names the log to read;
- a child that dies is restarted with the same command, so it keeps its ports;
- a child that lives but no longer answers is killed, and then restarted;
- `stop_all` stops groups in the reverse of their order of start, each child with its own signal and grace;
- a child's descendants are killed after it, and the kernel kills the children if the supervisor itself dies.
"""

import contextlib
import math
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anyio
import anyio.abc
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.to_thread import run_sync

from infoscreen.cli.backoff import RestartBackoff
from infoscreen.cli.child import ChildSpec, Liveness, mark
from infoscreen.cli.descendants import is_held, kill_marked
from infoscreen.cli.errors import StartError
from infoscreen.cli.logfile import LogFile
from infoscreen.cli.probes import Probe
from infoscreen.cli.terminal import Terminal

LONGEST_LINE_BYTES = 64 * 1024
PROBE_EVERY_SECONDS = 0.1


class _Child:
    """A supervised process and its state."""

    def __init__(self, spec: ChildSpec, log: LogFile) -> None:
        self.spec = spec
        self.log = log
        self.process: anyio.abc.Process | None = None
        self.stopping = anyio.Event()
        self.died = anyio.Event()  # at least once, or it could not be started
        self.done = anyio.Event()
        self.exit_code: int | None = None
        self.up = False  # its process was ready once, or has answered

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process and self.process.returncode is None else None

    @property
    def is_held(self) -> bool:
        return self.pid is not None and is_held(self.pid)

    def signal(self, number: signal.Signals) -> None:
        if self.process and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)


class Supervisor:
    """Runs groups of children inside one task group.

    The supervisor calls `on_change` after every start of a child, so that the caller can publish the pids.

    Args:
        tasks: the task group of the children's tasks.
        owner: the data directory, which marks the children.
        logs: the directory of the children's logs.
        terminal: shows the children's lines.
    """

    def __init__(
        self,
        tasks: anyio.abc.TaskGroup,
        *,
        owner: str,
        logs: Path,
        terminal: Terminal,
    ) -> None:
        self._tasks = tasks
        self._owner = owner
        self._logs = logs
        self._terminal = terminal
        self.on_change: Callable[[], None] = lambda: None
        self._groups: dict[str, list[_Child]] = {}  # in their order of start
        self._killing = False

    @property
    def _children(self) -> list[_Child]:
        return [child for group in self._groups.values() for child in group]

    @property
    def pids(self) -> dict[str, int]:
        """The pids of the children that run now, by name."""
        return {child.spec.name: child.pid for child in self._children if child.pid}

    async def start(self, group: str, specs: Sequence[ChildSpec]) -> None:
        """Starts children in parallel and returns when all of them are ready.

        Args:
            group: the children that stop together; an existing group is extended.
            specs: the children.

        Raises:
            StartError: a child stopped or was not ready in time. The others continue; the caller stops them.
        """
        children = [_Child(spec, LogFile(self._logs / f"{spec.name}.log")) for spec in specs]
        self._groups.setdefault(group, []).extend(children)
        for child in children:
            self._tasks.start_soon(self._keep, child)
        for child in children:
            await self._until_ready(child)

    async def run_jobs(self, jobs: Mapping[str, Sequence[str]], env: Mapping[str, str]) -> None:
        """Runs commands in parallel and waits until all have ended.

        Raises:
            StartError: some failed; the message names their logs.
        """
        probe: Probe = lambda: None  # noqa: E731 - a job is never asked
        children = [
            _Child(ChildSpec(name=name, argv=tuple(argv), env=env, probe=probe), LogFile(self._logs / f"{name}.log"))
            for name, argv in jobs.items()
        ]
        try:
            async with anyio.create_task_group() as tasks:
                for child in children:
                    tasks.start_soon(self._run_once, child)
        finally:
            for child in children:
                child.log.close()
        if failed := [child for child in children if child.exit_code]:
            raise StartError(
                " ".join(f"{c.spec.name} failed ({_cause(c.exit_code)}): its log is {c.log.path}." for c in failed)
            )

    async def remove(self, name: str) -> None:
        """Stops one child and does not restart it."""
        for group in self._groups.values():
            for child in [c for c in group if c.spec.name == name]:
                await self._stop(child)
                group.remove(child)
        self.on_change()

    async def stop_all(self) -> None:
        """Stops all children, the last group first."""
        for group in reversed(self._groups.values()):
            async with anyio.create_task_group() as stops:
                for child in group:
                    stops.start_soon(self._stop, child)

    def kill_all(self) -> None:
        """Kills all children; a running `stop_all` then returns."""
        self._killing = True
        for child in self._children:
            child.stopping.set()
            child.signal(signal.SIGKILL)

    async def _stop(self, child: _Child) -> None:
        child.stopping.set()
        child.signal(signal.SIGKILL if self._killing else child.spec.stop_signal)
        with anyio.move_on_after(child.spec.grace_seconds):
            await child.done.wait()
        if not child.done.is_set():
            self._terminal.say(f"{child.spec.name} did not stop within {child.spec.grace_seconds:.0f} s: killed.")
            child.signal(signal.SIGKILL)
            await child.done.wait()

    async def _until_ready(self, child: _Child) -> None:
        name, seen = child.spec.name, "no answer"
        with anyio.move_on_after(child.spec.ready_seconds):
            while not child.died.is_set():
                answer = await run_sync(child.spec.probe, abandon_on_cancel=True)
                # Another process may hold the port and answer in the child's place: ready means alive as well.
                if answer is None and child.pid:
                    child.up = True
                    return
                seen = answer or seen
                await anyio.sleep(PROBE_EVERY_SECONDS)
        if child.died.is_set():
            why = f"stopped with exit code {child.exit_code} before it was ready"
        else:
            why = f"is not ready after {child.spec.ready_seconds:.0f} s ({seen})"
        raise StartError(f"{name} {why}: its log is {child.log.path}.")

    async def _keep(self, child: _Child) -> None:
        backoff = RestartBackoff()
        try:
            while not child.stopping.is_set():
                started = time.monotonic()
                await self._run_once(child)
                child.died.set()
                if child.stopping.is_set():
                    break
                delay_seconds = backoff.after_death(time.monotonic() - started)
                self._terminal.say(
                    f"{child.spec.name} died ({_cause(child.exit_code)}); started again in {delay_seconds:g} s."
                )
                with anyio.move_on_after(delay_seconds):
                    await child.stopping.wait()
        finally:
            child.log.close()
            child.done.set()

    async def _run_once(self, child: _Child) -> None:
        """Runs the process once, until it and all its descendants have ended."""
        spec, child.up = child.spec, False
        try:
            child.process = await anyio.open_process(
                spec.command(),
                env=spec.environment(self._owner),
                cwd=spec.cwd or "/",
                stdin=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the supervisor only
            )
        except OSError as error:
            child.exit_code = error.errno
            self._terminal.say(f"{spec.name} cannot be started: {error}")
            return
        if child.stopping.is_set():
            child.signal(spec.stop_signal)
        self.on_change()
        # Cancellation of the wait kills a job's process.
        async with child.process, anyio.create_task_group() as tasks:
            tasks.start_soon(self._copy_output, child, child.process)
            async with anyio.create_task_group() as watch:
                if spec.liveness:
                    watch.start_soon(self._kill_when_hung, child, spec.liveness)
                child.exit_code = await child.process.wait()
                watch.cancel_scope.cancel()
            await run_sync(kill_marked, mark(self._owner, spec.name))  # descendants may hold the pipe open

    async def _kill_when_hung(self, child: _Child, liveness: Liveness) -> None:
        """Kills the child after too many unanswered probes: more of them before it was up; none once it is stopping."""
        misses, startup = 0, max(liveness.failures, math.ceil(child.spec.ready_seconds / liveness.every_seconds))
        while misses < (liveness.failures if child.up else startup):
            await anyio.sleep(liveness.every_seconds)
            seen = await run_sync(liveness.probe, abandon_on_cancel=True)
            if seen is None:
                misses, child.up = 0, True
            elif not child.is_held:
                misses += 1
        if not child.stopping.is_set():
            seconds = misses * liveness.every_seconds
            self._terminal.say(f"{child.spec.name} has not answered for {seconds:g} s ({seen}): killed.")
            child.signal(signal.SIGKILL)

    async def _copy_output(self, child: _Child, process: anyio.abc.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - open_process pipes it by default
        lines = BufferedByteReceiveStream(process.stdout)
        with contextlib.suppress(anyio.IncompleteRead, anyio.ClosedResourceError, anyio.BrokenResourceError):
            while True:
                try:
                    line = await lines.receive_until(b"\n", LONGEST_LINE_BYTES)
                except anyio.DelimiterNotFound:
                    line = await lines.receive_exactly(LONGEST_LINE_BYTES)
                child.log.write(line)
                text = line.decode(errors="replace")
                if child.spec.shows(text):
                    self._terminal.child_line(child.spec.name, text)


def _cause(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit code {exit_code}"
