"""The directory in which a converter works: its own, private, and empty of what a killed predecessor left."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from infoscreen.common.errors import InfoscreenError, TransientError

_JOB_PREFIX = "job-"
_FILES_OF_A_JOB = 3  # each as large as the document: itself, a copy for the engine, the PDF
_SCRATCH_BYTES = 128 * 1024**2  # what an engine keeps in its home, and unpacks there
_ROOM_RETRY_SECONDS = 15.0


def job_bytes(source_bytes: int) -> int:
    """The disk space that a job needs for a document of this size, with the home of its engine."""
    return _FILES_OF_A_JOB * source_bytes + _SCRATCH_BYTES


class WorkspaceInUseError(InfoscreenError):
    """Another converter works in this directory; the message says what to do."""


class Workspace:
    """One converter's directory, its own while the block lasts. Jobs and engines have theirs below it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self._lock = -1

    def __enter__(self) -> Self:
        """Take the directory, and remove the jobs in it.

        Raises:
            WorkspaceInUseError: another converter has it.
        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.directory / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # it ends with the process, however that ends
        except BlockingIOError:
            os.close(lock)
            advice = "Give each converter a CONVERTER_WORK_DIR of its own."
            raise WorkspaceInUseError(f"another converter works in {self.directory}. {advice}") from None
        self._lock = lock
        for abandoned in self.directory.glob(f"{_JOB_PREFIX}*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Release the directory to other converters."""
        os.close(self._lock)

    @property
    def largest_source_bytes(self) -> int:
        """The largest document that fits when nothing else is there."""
        return max(0, (shutil.disk_usage(self.directory).total - _SCRATCH_BYTES) // _FILES_OF_A_JOB)

    @asynccontextmanager
    async def job(self, source_bytes: int = 0) -> AsyncIterator[Path]:
        """A folder for one job, gone after it.

        Raises:
            TransientError: on entering; there is no room for a document of this size at the moment.
        """
        free_bytes = shutil.disk_usage(self.directory).free
        if source_bytes and job_bytes(source_bytes) > free_bytes:
            raise TransientError(
                f"a document of {source_bytes} bytes takes {job_bytes(source_bytes)}, {free_bytes} are free in "
                f"{self.directory}",
                retry_after_seconds=_ROOM_RETRY_SECONDS,
            )
        # Not in a thread: a job that is cancelled while it waits for one would leave the folder behind.
        folder = Path(tempfile.mkdtemp(prefix=_JOB_PREFIX, dir=self.directory))
        try:
            yield folder
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))
