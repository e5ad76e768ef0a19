"""`inspection`, done in a process that is killed when a document makes it hang, crash or swell."""

from dataclasses import dataclass
from pathlib import Path

from infoscreen.common.document_types import DOCUMENT_TYPES, DocumentType, Family
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.converter.document_workers import DocumentWorkers

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


class SourceInspector(DocumentWorkers):
    """Inspects documents in warm processes of their own."""

    MODULE = "infoscreen.converter.inspection_worker"
    DOING = "inspecting it"

    async def inspect(self, source: Path, filename: str, page_range: str | None = None) -> Admitted:
        """As `inspection.admit_source`, for a document of which this range of pages (None: all) is asked for.

        Raises:
            PermanentError: as there; empty_result for a presentation that shows no slide of the range; corrupt or
                timeout, at the second try, where inspecting takes too much.
            TransientError: there is no process to do it in.
        """
        answer = await self._ask(
            {"source": str(source), "filename": filename, "page_range": page_range}, _DEADLINE_SECONDS
        )
        if "extension" in answer:
            return Admitted(DOCUMENT_TYPES[answer["extension"]], answer["pages"])
        raise PermanentError(FailureReason(answer["reason"]), answer["detail"], message=answer["message"])

    async def has_text(self, source: Path, document_type: DocumentType) -> bool:
        """As `written_text.has_text`, for a document that `inspect` admitted; raises as that."""
        answer = await self._ask({"source": str(source), "type": document_type.extension}, _DEADLINE_SECONDS)
        return bool(answer["has_text"])

    async def is_locked(self, source: Path, document_type: DocumentType) -> bool:
        """As `inspection.is_locked_workbook`, for a document that `inspect` admitted; raises as that."""
        if document_type.family is not Family.SPREADSHEET:
            return False
        return bool((await self._ask({"locked": str(source)}, _DEADLINE_SECONDS))["locked"])
