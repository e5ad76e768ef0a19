"""Warm worker processes of one kind, each started when it is first needed or when its predecessor is gone."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from infoscreen.common.isolation import import_roots
from infoscreen.common.isolation.sandbox import Fence
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerProcess, WorkerTimeoutError

_START_SECONDS = 60.0
WORKER_PATH = "/usr/bin:/bin"
"""Where a worker finds programs."""


class WorkerStartError(Exception):
    """A worker process does not start on this machine; the message says why."""


class WorkerPool:
    """Lends out worker processes, one job at a time to each: as many as the caller has jobs at a time.

    Args:
        module: what they run, as `python -m`; it calls `isolation.worker.serve`.
        workers: how many there may be, for a caller that does not itself bound its jobs; more jobs wait.
        writable: the only directories that they may change.

    Attributes:
        missing_fences: what the kernel did not put around the process that was started last.
    """

    def __init__(self, module: str, workers: int | None = None, *, writable: Sequence[Path] = ()) -> None:
        self._module = module
        self.missing_fences: frozenset[Fence] = frozenset()
        self._writable = [str(directory) for directory in writable]
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._limit = nullcontext() if workers is None else asyncio.Semaphore(workers)

    async def start(self) -> None:
        """Start the first process, so that the first job does not wait for it.

        Raises:
            WorkerStartError: it does not come up.
        """
        async with self.worker():
            pass

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[WorkerProcess]:
        """A process for as long as the block lasts.

        Raises:
            WorkerStartError: there was none, and a new one does not come up.
        """
        async with self._limit:
            worker = next((idle for idle in self._idle if idle.alive), None) or await self._start_worker()
            self._idle = [idle for idle in self._idle if idle.alive and idle is not worker]
            self._busy.add(worker)
            try:
                yield worker
            finally:
                self._busy.discard(worker)
                if worker.alive:
                    self._idle.append(worker)

    async def close(self) -> None:
        """End the processes."""
        await asyncio.gather(*(worker.kill() for worker in {*self._idle, *self._busy}))

    async def _start_worker(self) -> WorkerProcess:
        settings = json.dumps({"writable": self._writable, "parent_pid": os.getpid()})
        try:
            worker = await WorkerProcess.spawn(
                [sys.executable, "-m", self._module, settings],
                environment={"PATH": WORKER_PATH, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(import_roots())},
                directory=Path(self._writable[0] if self._writable else "/"),
            )
            word = await worker.ready(deadline_seconds=_START_SECONDS)
            self.missing_fences = frozenset(map(Fence, word["missing_fences"]))
        except (WorkerDiedError, WorkerTimeoutError, OSError) as error:
            raise WorkerStartError(f"{self._module} does not start: {error}") from error
        return worker
