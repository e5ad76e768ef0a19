"""`inspection`, done in a process that is killed when a document makes it hang, crash or swell."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infoscreen.common.document_types import DOCUMENT_TYPES, DocumentType, Family
from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.isolation.worker_pool import WorkerPool, WorkerStartError
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerTimeoutError
from infoscreen.converter.document import EngineUnavailableError

_DEADLINE_SECONDS = 120.0  # a package that unpacks to 2 GiB takes ten on an idle machine


@dataclass(frozen=True, slots=True)
class Admitted:
    """A document that an engine may be given.

    Attributes:
        document_type: what it is.
        pages: how many pages its PDF will have; None where the document does not tell.
    """

    document_type: DocumentType
    pages: int | None = None


class SourceInspector:
    """Inspects documents in warm processes of their own.

    Args:
        work_dir: absolute; documents are below it, and the processes can reach nothing else.
    """

    def __init__(self, work_dir: Path) -> None:
        self._pool = WorkerPool("infoscreen.converter.inspection_worker", writable=[work_dir])

    async def start(self) -> None:
        """Start the first process, so that the first document does not wait for it.

        Raises:
            EngineUnavailableError: it does not come up.
        """
        try:
            await self._pool.start()
        except WorkerStartError as error:
            raise EngineUnavailableError(str(error)) from error

    async def inspect(self, source: Path, filename: str, page_range: str | None = None) -> Admitted:
        """As `inspection.admit_source`, for a document of which this range of pages (None: all) is asked for.

        Raises:
            PermanentError: as there; empty_result for a presentation that shows no slide of the range; corrupt or
                timeout, at the second try, where inspecting takes too much.
            TransientError: there is no process to do it in.
        """
        answer = await self._ask({"source": str(source), "filename": filename, "page_range": page_range})
        if "extension" in answer:
            return Admitted(DOCUMENT_TYPES[answer["extension"]], answer["pages"])
        raise PermanentError(FailureReason(answer["reason"]), answer["detail"], message=answer["message"])

    async def has_text(self, source: Path, document_type: DocumentType) -> bool:
        """As `written_text.has_text`, for a document that `inspect` admitted; raises as that."""
        answer = await self._ask({"source": str(source), "type": document_type.extension})
        return bool(answer["has_text"])

    async def is_locked(self, source: Path, document_type: DocumentType) -> bool:
        """As `inspection.is_locked_workbook`, for a document that `inspect` admitted; raises as that."""
        if document_type.family is not Family.SPREADSHEET:
            return False
        return bool((await self._ask({"locked": str(source)}))["locked"])

    async def _ask(self, request: dict[str, object]) -> dict[str, Any]:
        try:
            async with self._pool.worker() as worker:
                return await worker.request(request, deadline_seconds=_DEADLINE_SECONDS)
        except WorkerStartError as error:
            raise TransientError(str(error)) from error
        except WorkerTimeoutError as error:
            raise PermanentError(FailureReason.TIMEOUT, f"inspecting it: {error}", attempts_allowed=2) from error
        except WorkerDiedError as error:
            raise PermanentError(FailureReason.CORRUPT, f"inspecting it: {error}", attempts_allowed=2) from error

    async def close(self) -> None:
        """End the processes."""
        await self._pool.close()
