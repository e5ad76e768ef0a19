"""The use case of sheets: pictures of all pages of what was converted, once its result is published.

They are an extra: whatever hinders them is logged, and the conversion stands. A rendition whose converter was killed
before they were there has them once it answers another request, or another upload of the same bytes.
"""

from dataclasses import dataclass
from pathlib import Path

import structlog

from infoscreen.common.errors import InfoscreenError
from infoscreen.common.page_sheets import sheet_count, sheet_key
from infoscreen.common.rendition import Rendition
from infoscreen.converter.pdf import PdfInspector
from infoscreen.converter.protocols import DocumentStore
from infoscreen.converter.stored import put_whole
from infoscreen.converter.task import ConversionTask
from infoscreen.converter.workspace import Workspace

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PageSheets:
    """Makes the sheets of renditions."""

    store: DocumentStore
    pdfs: PdfInspector
    workspace: Workspace

    async def make(self, task: ConversionTask, rendition: Rendition) -> None:
        """Make the sheets of a rendition, unless it has them or has only one page."""
        pdf_key, size_bytes = _pdf_of(task, rendition)
        if pdf_key is None or not sheet_count(rendition.pages):
            return
        try:
            if await self.store.stat(sheet_key(rendition.pdf_key, sheet_count(rendition.pages) - 1)) is None:
                async with self.workspace.job(size_bytes) as folder:
                    await self._make(pdf_key, rendition, folder)
        except InfoscreenError as error:
            _log.warning("sheets_not_made", error=str(error))

    async def _make(self, pdf_key: str, rendition: Rendition, folder: Path) -> None:
        pdf, sheet = folder / "result.pdf", folder / "sheet.webp"
        await self.store.get_file(pdf_key, pdf)
        for number in range(sheet_count(rendition.pages)):
            await self.pdfs.draw_sheet(pdf, sheet, number)
            await put_whole(self.store, sheet_key(rendition.pdf_key, number), sheet, "image/webp")


def _pdf_of(task: ConversionTask, rendition: Rendition) -> tuple[str | None, int]:
    """The key and the size of the PDF that is shown: the rendition, or an original; None for a picture or a film."""
    if rendition.pdf_key.endswith(".pdf"):
        return rendition.pdf_key, rendition.pdf_size_bytes
    return (task.source.object_key if task.source.extension == "pdf" else None), task.source.size_bytes
