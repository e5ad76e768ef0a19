"""`prepare`, done in a process that is killed when a document makes it hang, crash or swell."""

from collections.abc import Collection
from pathlib import Path

from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.isolation.sandbox import Fence
from infoscreen.common.isolation.worker_pool import WorkerPool, WorkerStartError
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerTimeoutError
from infoscreen.converter.document import EngineUnavailableError
from infoscreen.converter.fences import require_fences

_DEADLINE_SECONDS = 120.0  # 256 MiB of XML, the most that is let through, take half of it


class DocumentPreparer:
    """Prepares documents in warm processes of their own.

    Args:
        work_dir: absolute; documents are below it, and the processes can reach nothing else.
        accept_missing_fences: which of the kernel's fences the processes may do without.
    """

    def __init__(self, work_dir: Path, *, accept_missing_fences: Collection[Fence] = ()) -> None:
        self._pool = WorkerPool("infoscreen.converter.preparation.worker", writable=[work_dir])
        self._accept_missing_fences = accept_missing_fences

    async def start(self) -> None:
        """Start the first process, so that the first document does not wait for it.

        Raises:
            EngineUnavailableError: it does not come up, or a fence is missing that is not to be missed.
        """
        try:
            await self._pool.start()
        except WorkerStartError as error:
            raise EngineUnavailableError(str(error)) from error
        require_fences(self._pool.missing_fences, self._accept_missing_fences)

    async def prepare(self, source: Path) -> Path:
        """What an engine may open in the place of `source`: itself, or a copy beside it that refers to nothing outside.

        Raises:
            PermanentError: corrupt, too_large, or, at the second try, timeout.
            TransientError: there is no process to do it in.
        """
        destination = source.with_name(f"{source.name}.prepared")
        request = {"source": str(source), "destination": str(destination)}
        try:
            async with self._pool.worker() as worker:
                answer = await worker.request(request, deadline_seconds=_DEADLINE_SECONDS)
        except WorkerStartError as error:
            raise TransientError(str(error)) from error
        except WorkerTimeoutError as error:
            raise PermanentError(FailureReason.TIMEOUT, f"preparing it: {error}", attempts_allowed=2) from error
        except WorkerDiedError as error:
            raise PermanentError(FailureReason.CORRUPT, f"preparing it: {error}", attempts_allowed=2) from error
        if "reason" in answer:
            raise PermanentError(FailureReason(answer["reason"]), f"preparing it: {answer['detail']}")
        return destination if answer["changed"] else source

    async def close(self) -> None:
        """End the processes."""
        await self._pool.close()
