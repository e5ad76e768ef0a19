"""A child process that answers one JSON line with one JSON line, and can always be killed.

Code that may hang, crash or eat memory runs in such a child. It leads a process group of its own; whatever goes
wrong with a request (deadline, cancellation, death) ends the whole group, because its state is then unknown.
Before its answer it may say how far it is, in lines of their own.
"""

import asyncio
import contextlib
import json
import math
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

_LINE_LIMIT_BYTES = 1024 * 1024
_LAST_WORDS_BYTES = 2048
_LONGEST_LOOK_SECONDS, _SHORTEST_LOOK_SECONDS = 1.0, 0.01  # between two looks at a clock that is not the wall's


class WorkerDiedError(Exception):
    """The child ended without an answer; the message is the end of what it wrote to stderr."""


class WorkerTimeoutError(Exception):
    """The child did not answer in time and was killed."""


def _ignore(progress: object) -> None:
    """Nothing is to be done about progress."""


async def _finish_in_time(
    answering: "asyncio.Task[dict[str, Any]]", deadline_seconds: float, clock: Callable[[], float]
) -> None:
    """Wait until the task is done; raises WorkerTimeoutError once the clock has counted too many seconds."""
    end = clock() + deadline_seconds
    longest_look = math.inf if clock is time.monotonic else _LONGEST_LOOK_SECONDS
    while not answering.done():
        left = end - clock()
        if left <= 0:
            raise WorkerTimeoutError(f"no answer in {deadline_seconds:g} s")
        await asyncio.wait({answering}, timeout=max(min(left, longest_look), _SHORTEST_LOOK_SECONDS))


class WorkerProcess:
    """One child, and every process that it starts."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last_words = b""
        # Every member of the group holds stderr open, so its end is the end of all of them.
        self._group_ended = asyncio.create_task(self._drain_stderr())

    @classmethod
    async def spawn(cls, command: Sequence[str], *, environment: Mapping[str, str], directory: Path) -> Self:
        """Start `command` in a new session; raises OSError when that fails."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(environment),
            cwd=directory,
            start_new_session=True,
            limit=_LINE_LIMIT_BYTES,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Of the child, which is also the id of its process group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False once the child has ended."""
        return self._process.returncode is None

    async def request(
        self,
        message: Mapping[str, Any],
        *,
        deadline_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        on_progress: Callable[[Any], None] = _ignore,
    ) -> dict[str, Any]:
        """Send one line, await one.

        Args:
            message: the line.
            deadline_seconds: how long the answer may take.
            clock: the seconds that count towards the deadline.
            on_progress: called with what the child says of its progress: the value of a line's ``progress``.

        Raises:
            WorkerTimeoutError: no answer in `deadline_seconds`; the group was killed.
            WorkerDiedError: it ended instead; so did the rest of its group.
        """
        line = json.dumps(message).encode() + b"\n"
        return await self._exchange(line, deadline_seconds, clock, on_progress)

    async def ready(self, *, deadline_seconds: float) -> dict[str, Any]:
        """Await the line that it writes unasked when it can work; raises as `request` does."""
        return await self._exchange(b"", deadline_seconds)

    async def ended(self) -> None:
        """Return once the child has ended."""
        await self._process.wait()

    async def kill(self) -> None:
        """Kill the process group, and return once its memory and files are released. It is safe to repeat."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await asyncio.shield(self._reap())

    async def _exchange(
        self,
        line: bytes,
        deadline_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        on_progress: Callable[[Any], None] = _ignore,
    ) -> dict[str, Any]:
        answering = asyncio.create_task(self._answer(line, on_progress))
        try:
            await _finish_in_time(answering, deadline_seconds, clock)
            return answering.result()
        except (EOFError, ConnectionError, ValueError) as error:
            await self.kill()
            raise WorkerDiedError(self._obituary()) from error
        except BaseException:
            await self.kill()
            raise
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

    async def _answer(self, line: bytes, on_progress: Callable[[Any], None]) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for as a pipe
        assert self._process.stdout is not None  # noqa: S101 - as above
        self._process.stdin.write(line)
        await self._process.stdin.drain()
        while True:
            answer: dict[str, Any] = json.loads(await self._process.stdout.readuntil())
            if "progress" not in answer:
                return answer
            on_progress(answer["progress"])

    def _obituary(self) -> str:
        words = self._last_words.decode("utf-8", "replace").strip().splitlines()
        return f"exit status {self._process.returncode}" + (f", {words[-1]}" if words else "")

    async def _reap(self) -> None:
        await self._process.wait()
        await self._group_ended
        assert self._process.stdin is not None  # noqa: S101 - it was asked for as a pipe
        self._process.stdin.close()

    async def _drain_stderr(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - it was asked for as a pipe
        while chunk := await self._process.stderr.read(65536):
            self._last_words = (self._last_words + chunk)[-_LAST_WORDS_BYTES:]
