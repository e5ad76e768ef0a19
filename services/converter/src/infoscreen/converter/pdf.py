"""Checks on what an engine made: it is a PDF, it has pages and not too many, and here is its first page as a picture.

An exit status says nothing (LibreOffice reports success for garbage), so only what opens counts.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.isolation.worker_pool import WorkerPool, WorkerStartError
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerTimeoutError
from infoscreen.converter.document import EngineUnavailableError

_DEADLINE_SECONDS = 60.0
_THUMBNAIL_WIDTH = 480
_THUMBNAIL_MAX_HEIGHT = 1440  # of a page like a roll of paper


@dataclass(frozen=True, slots=True)
class PdfSummary:
    """What is known of a PDF once it has been checked.

    Attributes:
        pages: how many there are.
        size_bytes: of the file.
        is_blank: True where no page shows anything.
    """

    pages: int
    size_bytes: int
    is_blank: bool = False


class PdfInspector:
    """Opens PDFs in warm processes of their own, each started when it is first needed or when a PDF has killed it.

    Args:
        work_dir: absolute; PDFs and thumbnails are below it, and the processes can touch nothing else.
        workers: how many PDFs at a time, so that one that is slow to draw does not hold up the others.
    """

    def __init__(self, work_dir: Path, workers: int = 1) -> None:
        self._pool = WorkerPool("infoscreen.converter.pdf_worker", workers, writable=[work_dir])

    async def start(self) -> None:
        """Start the first process, so that the first PDF does not wait for it.

        Raises:
            EngineUnavailableError: it does not start.
        """
        try:
            await self._pool.start()
        except WorkerStartError as error:
            raise EngineUnavailableError(str(error)) from error

    async def inspect(self, pdf: Path, thumbnail: Path, *, max_pages: int = 2000) -> PdfSummary:
        """Check a PDF, colour its emoji if they are blank, and write a WebP picture of its first page.

        Raises:
            PermanentError: empty_result, too_many_pages, or engine_crashed when it is no PDF.
            TransientError: there is no process to open it in.
        """
        if not _size_bytes(pdf):
            raise PermanentError(FailureReason.EMPTY_RESULT, "the engine wrote no PDF")
        request = {
            "pdf": str(pdf),
            "thumbnail": str(thumbnail),
            "max_pages": max_pages,
            "width": _THUMBNAIL_WIDTH,
            "max_height": _THUMBNAIL_MAX_HEIGHT,
        }
        answer = await self._ask(request)
        pages = int(answer["pages"])
        if pages == 0:
            raise PermanentError(FailureReason.EMPTY_RESULT, "the PDF has no pages")
        if pages > max_pages:
            raise PermanentError(FailureReason.TOO_MANY_PAGES, f"{pages} pages, {max_pages} are allowed")
        return PdfSummary(pages=pages, size_bytes=_size_bytes(pdf), is_blank=bool(answer.get("blank")))

    async def close(self) -> None:
        """End the processes."""
        await self._pool.close()

    async def _ask(self, request: dict[str, object]) -> dict[str, Any]:
        try:
            async with self._pool.worker() as worker:
                answer = await worker.request(request, deadline_seconds=_DEADLINE_SECONDS)
        except WorkerStartError as error:
            raise TransientError(str(error)) from error
        except WorkerTimeoutError as error:
            raise PermanentError(FailureReason.TIMEOUT, f"inspecting the PDF: {error}", attempts_allowed=2) from error
        except WorkerDiedError as error:
            detail = f"inspecting the PDF: {error}"
            raise PermanentError(FailureReason.ENGINE_CRASHED, detail, attempts_allowed=2) from error
        if "error" in answer:
            raise PermanentError(FailureReason.ENGINE_CRASHED, f"no PDF: {answer['detail']}", attempts_allowed=2)
        return answer


def _size_bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
