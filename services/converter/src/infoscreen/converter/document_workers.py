"""Work on one document at a time, done in warm processes that are killed when a document makes them hang or swell."""

from pathlib import Path
from typing import Any, ClassVar

from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.isolation.runnable_time import RunnableTime
from infoscreen.common.isolation.worker_pool import WorkerPool, WorkerStartError
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerTimeoutError
from infoscreen.converter.document import EngineUnavailableError


class DocumentWorkers:
    """The processes of one kind of work; each starts when it is first needed, or when a document has killed one.

    Args:
        work_dir: absolute; documents are below it, and the processes can reach nothing else.

    Attributes:
        MODULE: what the processes run.
        DOING: the work, for messages.
        FATAL: why a document failed that killed its process.
    """

    MODULE: ClassVar[str]
    DOING: ClassVar[str]
    FATAL: ClassVar[FailureReason] = FailureReason.CORRUPT

    def __init__(self, work_dir: Path) -> None:
        self._pool = WorkerPool(self.MODULE, writable=[work_dir])

    async def start(self) -> None:
        """Start the first process, so that the first document does not wait for it.

        Raises:
            EngineUnavailableError: it does not come up.
        """
        try:
            await self._pool.start()
        except WorkerStartError as error:
            raise EngineUnavailableError(str(error)) from error

    async def _ask(self, request: dict[str, Any], deadline_seconds: float) -> dict[str, Any]:
        """Return what a process answers within a deadline, of which the time counts in which it could run.

        Raises:
            PermanentError: at the second try, timeout, or `FATAL` where the process died.
            TransientError: there is no process to do it in.
        """
        try:
            async with self._pool.worker() as worker:
                clock = RunnableTime(worker.pid)
                return await worker.request(request, deadline_seconds=deadline_seconds, clock=clock)
        except WorkerStartError as error:
            raise TransientError(str(error)) from error
        except WorkerTimeoutError as error:
            raise PermanentError(FailureReason.TIMEOUT, f"{self.DOING}: {error}", attempts_allowed=2) from error
        except WorkerDiedError as error:
            raise PermanentError(self.FATAL, f"{self.DOING}: {error}", attempts_allowed=2) from error

    async def close(self) -> None:
        """End the processes."""
        await self._pool.close()
