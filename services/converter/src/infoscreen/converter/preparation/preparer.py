"""`prepare`, done in a process that is killed when a document makes it hang, crash or swell."""

from collections.abc import Collection
from pathlib import Path

from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.common.isolation.sandbox import Fence
from infoscreen.converter.document_workers import DocumentWorkers
from infoscreen.converter.fences import require_fences

_DEADLINE_SECONDS = 120.0  # 256 MiB of XML, the most that is let through, take half of it


class DocumentPreparer(DocumentWorkers):
    """Prepares documents in warm processes of their own.

    Args:
        work_dir: as of every worker.
        accept_missing_fences: which of the kernel's fences the processes may do without.
    """

    MODULE = "infoscreen.converter.preparation.worker"
    DOING = "preparing it"

    def __init__(self, work_dir: Path, *, accept_missing_fences: Collection[Fence] = ()) -> None:
        super().__init__(work_dir)
        self._accept_missing_fences = accept_missing_fences

    async def start(self) -> None:
        """Start the first process.

        Raises:
            EngineUnavailableError: it does not come up, or a fence is missing that is not to be missed.
        """
        await super().start()
        require_fences(self._pool.missing_fences, self._accept_missing_fences)

    async def prepare(self, source: Path) -> Path:
        """What an engine may open in the place of `source`: itself, or a copy beside it that refers to nothing outside.

        Raises:
            PermanentError: corrupt, too_large, or, at the second try, timeout.
            TransientError: there is no process to do it in.
        """
        destination = source.with_name(f"{source.name}.prepared")
        request = {"source": str(source), "destination": str(destination)}
        answer = await self._ask(request, _DEADLINE_SECONDS)
        if "reason" in answer:
            raise PermanentError(FailureReason(answer["reason"]), f"preparing it: {answer['detail']}")
        return destination if answer["changed"] else source
