"""Checks on what an engine made: it is a PDF, it has pages and not too many, and here is its first page as a picture.

An exit status says nothing (LibreOffice reports success for garbage), so only what opens counts.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import structlog

from infoscreen.common.deck_report import Finding
from infoscreen.common.document_types import DocumentType
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.common.rendition import PageSeconds
from infoscreen.converter.document_workers import DocumentWorkers

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
        page_seconds: how long its pages stay by the document's own times; None where it has none.
    """

    pages: int
    size_bytes: int
    is_blank: bool = False
    findings: tuple[Finding, ...] | None = None
    finding_counts: dict[str, int] = field(default_factory=dict)
    page_seconds: PageSeconds | None = None


class PdfInspector(DocumentWorkers):
    """Opens PDFs in warm processes of their own."""

    MODULE = "infoscreen.converter.pdf_worker"
    DOING = "inspecting the PDF"
    FATAL = FailureReason.ENGINE_CRASHED

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
        times = answer["page_seconds"]
        return replace(
            summary,
            findings=findings,
            finding_counts=answer["finding_counts"],
            page_seconds=None if times is None else tuple(times),
        )

    async def draw_sheet(self, pdf: Path, sheet: Path, number: int) -> None:
        """Draw a sheet of page pictures of a PDF that was inspected.

        Raises:
            PermanentError: PDFium cannot draw it.
            TransientError: there is no process to draw it in.
        """
        request = {"pdf": str(pdf), "sheet": str(sheet), "number": number}
        answer = await self._ask(request, _DEADLINE_SECONDS)
        if "error" in answer:
            raise PermanentError(FailureReason.ENGINE_CRASHED, f"no sheet: {answer['detail']}")

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = await self._ask(request, _DEADLINE_SECONDS)
        except PermanentError as error:
            if request["report"] is None:
                raise
            _log.warning("report_not_made", error=error.detail)
            answer = await self._ask(request | {"report": None}, _DEADLINE_SECONDS)
        if "error" in answer:
            raise PermanentError(FailureReason.ENGINE_CRASHED, f"no PDF: {answer['detail']}", attempts_allowed=2)
        return answer


def _size_bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
