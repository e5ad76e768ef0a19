"""Checks on what an engine made: it is a PDF, it has pages and not too many, and here is its first page as a picture.

An exit status says nothing (LibreOffice reports success for garbage), so only what opens counts.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import structlog

from infoscreen.common.deck_report import Finding
from infoscreen.common.document_types import DocumentType
from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.isolation.worker_pool import WorkerPool, WorkerStartError
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerTimeoutError
from infoscreen.converter.document import EngineUnavailableError

_DEADLINE_SECONDS = 60.0
_THUMBNAIL_WIDTH = 480
_THUMBNAIL_MAX_HEIGHT = 1440  # of a page like a roll of paper

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A report that is wanted of a PDF.

    Attributes:
        source: the document, as it was uploaded.
        document_type: its type.
        page_range: of which pages the PDF is; None for all.
        destination: where to write the report.
    """

    source: Path
    document_type: DocumentType
    page_range: str | None
    destination: Path


@dataclass(frozen=True, slots=True)
class PdfSummary:
    """What is known of a PDF once it has been checked.

    Attributes:
        pages: how many there are.
        size_bytes: of the file.
        is_blank: True where no page shows anything.
        findings: the worst of the report; None where there is no report.
        finding_counts: how many there are of a kind.
    """

    pages: int
    size_bytes: int
    is_blank: bool = False
    findings: tuple[Finding, ...] | None = None
    finding_counts: dict[str, int] = field(default_factory=dict)


class PdfInspector:
    """Opens PDFs in warm processes of their own, each started when it is first needed or when a PDF has killed it.

    Args:
        work_dir: absolute; PDFs and thumbnails are below it, and the processes can touch nothing else.
    """

    def __init__(self, work_dir: Path) -> None:
        self._pool = WorkerPool("infoscreen.converter.pdf_worker", writable=[work_dir])

    async def start(self) -> None:
        """Start the first process, so that the first PDF does not wait for it.

        Raises:
            EngineUnavailableError: it does not start.
        """
        try:
            await self._pool.start()
        except WorkerStartError as error:
            raise EngineUnavailableError(str(error)) from error

    async def inspect(
        self, pdf: Path, thumbnail: Path, *, max_pages: int = 2000, report: ReportRequest | None = None
    ) -> PdfSummary:
        """Check a PDF, colour its emoji if they are blank, write a WebP picture of its first page, and a report.

        A PDF of which no report can be made is as good as any.

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
            "report": report
            and {
                "source": str(report.source),
                "extension": report.document_type.extension,
                "page_range": report.page_range,
                "destination": str(report.destination),
            },
        }
        answer = await self._answer(request)
        pages = int(answer["pages"])
        if pages == 0:
            raise PermanentError(FailureReason.EMPTY_RESULT, "the PDF has no pages")
        if pages > max_pages:
            raise PermanentError(FailureReason.TOO_MANY_PAGES, f"{pages} pages, {max_pages} are allowed")
        if "no_report" in answer:
            _log.warning("report_not_made", error=answer["no_report"])
        summary = PdfSummary(pages, _size_bytes(pdf), is_blank=bool(answer.get("blank")))
        if "findings" not in answer:
            return summary
        findings = tuple(map(Finding.model_validate, answer["findings"]))
        return replace(summary, findings=findings, finding_counts=answer["finding_counts"])

    async def close(self) -> None:
        """End the processes."""
        await self._pool.close()

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            try:
                answer = await self._asked(request)
            except (WorkerTimeoutError, WorkerDiedError) as error:
                if request["report"] is None:
                    raise
                _log.warning("report_not_made", error=str(error))
                answer = await self._asked(request | {"report": None})
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

    async def _asked(self, request: dict[str, Any]) -> dict[str, Any]:
        async with self._pool.worker() as worker:
            return await worker.request(request, deadline_seconds=_DEADLINE_SECONDS)


def _size_bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
