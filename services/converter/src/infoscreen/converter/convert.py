"""The use case of the converter: one document becomes one stored, verified, registered PDF, and the stream says so.

The order of effects is what makes it safe to be killed anywhere: write the object, verify it, register the
rendition (the first writer wins), publish the result; only then is the message acknowledged. The next try
finds the registered rendition and publishes the same result under the same id.
"""

import asyncio
import hashlib
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import structlog

from infoscreen.common.backoff import delays
from infoscreen.common.document_types import DocumentType
from infoscreen.common.errors import FailureReason, NotFoundError, PermanentError, TransientError
from infoscreen.common.events import (
    ConversionEvent,
    ConversionFailed,
    ConversionProgressed,
    ConversionStarted,
    ConversionSucceeded,
    EventPublisher,
    event_id,
)
from infoscreen.common.events.publishing import OutdatedError
from infoscreen.common.failpoints import failpoint
from infoscreen.common.rendition import PREVIEW_TARGET, Rendition
from infoscreen.converter import media
from infoscreen.converter.document import DocumentConverter, Progress
from infoscreen.converter.engine_slots import Reservation
from infoscreen.converter.engines.opened import Opened
from infoscreen.converter.media import MediaOpener
from infoscreen.converter.page_sheets import PageSheets
from infoscreen.converter.pdf import PdfInspector, PdfSummary, ReportRequest
from infoscreen.converter.preparation.preparer import DocumentPreparer
from infoscreen.converter.protocols import DocumentStore, GenerationWatch, Renditions
from infoscreen.converter.settings import ConverterSettings
from infoscreen.converter.source_inspector import Admitted, SourceInspector
from infoscreen.converter.stored import put_whole, store_opened
from infoscreen.converter.task import ConversionTask
from infoscreen.converter.workspace import Workspace

_log = structlog.get_logger(__name__)
_FIRST_PROGRESS_SECONDS, _LONGEST_PROGRESS_SECONDS = 4.0, 30.0
_PDF, _THUMBNAIL, _REPORT = "result.pdf", "page1.webp", "report.json"  # in the folder of a job


@dataclass(frozen=True)
class Conversions:
    """Converts documents and publishes what became of them."""

    store: DocumentStore
    publisher: EventPublisher
    renditions: Renditions
    generation_watch: GenerationWatch
    engine: DocumentConverter
    sources: SourceInspector
    preparer: DocumentPreparer
    pdfs: PdfInspector
    media: MediaOpener
    sheets: PageSheets
    workspace: Workspace
    settings: ConverterSettings

    async def convert(self, task: ConversionTask, reservation: Reservation) -> None:
        """Convert a task's document, or find that it was done before, and publish the result.

        Raises:
            PermanentError: the document's trouble; nothing was published about it yet.
            TransientError: not the document's trouble.
            CrowdedOutError: it was slow while others waited.
        """
        rendition, cached = await self._registered(task), True
        if rendition is None:
            rendition, cached = await self._make(task, reservation), False
        event = ConversionSucceeded.model_validate(
            {**task.facts(self.settings.name, self._engine_name(task)), **rendition.model_dump(), "cached": cached}
        )
        await self._publish_result(task, event)
        await self.sheets.make(task, rendition)

    async def fail(self, task: ConversionTask, reason: FailureReason, message: str | None = None) -> None:
        """Publish that a task's document will not be tried again by itself.

        Args:
            task: whose document it is.
            reason: why.
            message: what its uploader is told, where it is more than the reason's sentence.
        """
        event = ConversionFailed.model_validate(
            {
                **task.facts(self.settings.name, self._engine_name(task)),
                "reason": reason,
                "message": message or reason.sentence,
                "retryable": reason.retryable,
                "attempts": task.attempt,
            }
        )
        await self._publish_result(task, event)

    def _engine_name(self, task: ConversionTask) -> str:
        return media.NAME if media.opens(task.source.extension) else self.engine.name

    async def _publish_result(self, task: ConversionTask, event: ConversionEvent) -> None:
        """Store a result, on the condition that its medium was neither replaced nor deleted: the server decides."""
        identity = event_id(event.type, task.media_id, task.trigger_sequence)
        after: int | None = task.generation
        while after is not None:
            try:
                await self.publisher.publish(event, identity, after=after)
            except OutdatedError:
                after = await self.generation_watch.last_change(task.media_id, task.generation)
            else:
                failpoint("converter.published")
                return
        _log.info("result_obsolete")

    async def _registered(self, task: ConversionTask) -> Rendition | None:
        rendition = await self.renditions.find(task.rendition_key)
        if rendition is None:
            return None
        stored = await self.store.stat(rendition.pdf_key)
        if stored is not None and stored.size_bytes == rendition.pdf_size_bytes:
            return rendition
        _log.error("rendition_object_missing", key=rendition.pdf_key)
        await self.renditions.forget(task.rendition_key, rendition.pdf_key)
        return None

    async def _make(self, task: ConversionTask, reservation: Reservation) -> Rendition:
        if self._is_shown_unseen(task):
            async with self.workspace.job() as folder:
                return await self._register(
                    task, await store_opened(self.store, task.source.sha256, folder, media.unseen(folder), 0)
                )
        self._require_fitting_size(task.source.size_bytes)
        async with self.workspace.job(task.source.size_bytes) as folder:
            source, pdf, thumbnail, report = (folder / name for name in ("source", _PDF, _THUMBNAIL, _REPORT))
            admitted = await self._fetch(task, source)
            document_type = admitted.document_type
            if media.opens(document_type.extension):
                rendition = await self._open(task, source, document_type, reservation)
                return await self._register(task, rendition)
            prepared = await self.preparer.prepare(source)
            seconds = await reservation.convert(lambda progress: self._convert(task, prepared, pdf, admitted, progress))
            failpoint("converter.converted")
            wanted = ReportRequest(source, document_type, task.options.page_range, report)
            summary = await self.pdfs.inspect(pdf, thumbnail, max_pages=self.settings.max_pages, report=wanted)
            if summary.is_blank and not task.options.page_range and await self.sources.has_text(source, document_type):
                raise PermanentError(FailureReason.CORRUPT, f"{summary.pages} blank pages of a document with text")
            rendition = await self._store(task, folder, summary, seconds)
            failpoint("converter.stored")
        return await self._register(task, rendition)

    async def _open(
        self, task: ConversionTask, source: Path, document_type: DocumentType, reservation: Reservation
    ) -> Rendition:
        """Have a picture, a film or a PDF opened, and store its thumbnail and what is to be shown of it."""

        async def convert(_: Progress) -> tuple[Opened, float]:
            async with self._begun(task):
                started = time.monotonic()
                deadline_seconds = self.settings.deadline_seconds(task.source.size_bytes)
                opened = await self.media.open(source, source.parent, document_type, deadline_seconds)
                return opened, time.monotonic() - started

        opened, seconds = await reservation.convert(convert)
        return await store_opened(self.store, task.source.sha256, source.parent, opened, seconds)

    @property
    def _largest_source_bytes(self) -> int:
        return min(self.settings.max_source_bytes, self.workspace.largest_source_bytes)

    def _is_shown_unseen(self, task: ConversionTask) -> bool:
        """True for an original that is shown as it is and does not fit here: it needs no converter to be shown."""
        return task.target_format == PREVIEW_TARGET and task.source.size_bytes > self._largest_source_bytes

    def _require_fitting_size(self, size_bytes: int) -> None:
        """A document that this converter can never take is refused before it is fetched."""
        limit_bytes = self._largest_source_bytes
        if size_bytes > limit_bytes:
            raise PermanentError(
                FailureReason.TOO_LARGE,
                f"{size_bytes} bytes, {limit_bytes} are allowed",
                message=f"The file has {_mebibytes(size_bytes)}; documents may have up to {_mebibytes(limit_bytes)}. "
                "Make its pictures smaller or split it.",
            )

    async def _fetch(self, task: ConversionTask, source: Path) -> Admitted:
        """The original on local disk, proven to be what was uploaded and fit to be converted."""
        try:
            arrived = await self.store.get_file(task.source.object_key, source)
            if arrived.sha256 != task.source.sha256:  # damaged on the way, perhaps
                arrived = await self.store.get_file(task.source.object_key, source)
        except NotFoundError as error:
            raise PermanentError(FailureReason.SOURCE_MISSING, str(error)) from error
        if arrived.size_bytes < task.source.size_bytes:
            raise TransientError(f"{task.source.object_key} was cut short after {arrived.size_bytes} bytes")
        if arrived.sha256 != task.source.sha256:
            raise PermanentError(FailureReason.SOURCE_MISSING, f"{task.source.object_key} is not what was uploaded")
        return await self.sources.inspect(source, task.source.filename, task.options.page_range)

    async def _convert(
        self, task: ConversionTask, source: Path, pdf: Path, admitted: Admitted, progress: Progress
    ) -> float:
        """Have the engine convert; returns the seconds that it took."""
        document_type, progress.pages = admitted.document_type, admitted.pages
        deadline_seconds = self.settings.deadline_seconds(task.source.size_bytes, admitted.pages)
        async with self._begun(task), self._told(task, progress):
            started = time.monotonic()
            try:
                await self.engine.convert(source, pdf, document_type, task.options, deadline_seconds, progress=progress)
            except PermanentError as error:
                if error.reason is FailureReason.CORRUPT and await self.sources.is_locked(source, document_type):
                    raise PermanentError(FailureReason.PASSWORD_PROTECTED, error.detail) from error
                raise
            return time.monotonic() - started

    @asynccontextmanager
    async def _told(self, task: ConversionTask, progress: Progress) -> AsyncIterator[None]:
        """Publish conversion.progressed from time to time while the block runs, which quick documents never see."""
        telling = asyncio.create_task(self._tell(task, progress))
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, task: ConversionTask, progress: Progress) -> None:
        pauses = delays(_FIRST_PROGRESS_SECONDS, _LONGEST_PROGRESS_SECONDS)
        for number in itertools.count(1):
            await asyncio.sleep(next(pauses))
            event = ConversionProgressed.model_validate(
                {
                    **task.facts(self.settings.name, self._engine_name(task)),
                    "pages": progress.pages,
                    "pages_done": progress.pages_done,
                    "remaining_seconds": progress.remaining_seconds,
                }
            )
            identity = event_id(event.type, task.media_id, task.trigger_sequence, task.attempt, number)
            await self.publisher.publish(event, identity)

    @asynccontextmanager
    async def _begun(self, task: ConversionTask) -> AsyncIterator[None]:
        """Publish conversion.started before the engine opens the document, so that a crash is attributed to it.

        The block does not wait for the confirmation, but a fact about the document is published after it.
        """
        event = ConversionStarted.model_validate(task.facts(self.settings.name, self._engine_name(task)))
        identity = event_id(event.type, task.media_id, task.trigger_sequence, task.attempt)
        publication = asyncio.create_task(self.publisher.publish(event, identity))
        try:
            yield
            await publication
        except PermanentError:
            await publication
            raise
        finally:
            publication.cancel()
            await asyncio.gather(publication, return_exceptions=True)

    async def _store(self, task: ConversionTask, folder: Path, summary: PdfSummary, seconds: float) -> Rendition:
        """Write the PDF, its thumbnail and its report under fresh keys, and see that it is there."""
        base = f"converted/{task.source.sha256}/{uuid4()}"
        report_key = None if summary.findings is None else f"{base}.report.json"
        uploads = [
            put_whole(self.store, f"{base}.pdf", folder / _PDF, "application/pdf"),
            put_whole(self.store, f"{base}.webp", folder / _THUMBNAIL, "image/webp"),
        ]
        if report_key is not None:
            uploads.append(put_whole(self.store, report_key, folder / _REPORT, "application/json"))
        sha256, *_ = await asyncio.gather(asyncio.to_thread(_sha256, folder / _PDF), *uploads)
        return Rendition(
            pdf_key=f"{base}.pdf",
            pdf_sha256=sha256,
            pdf_size_bytes=summary.size_bytes,
            pages=summary.pages,
            thumbnail_key=f"{base}.webp",
            duration_seconds=round(seconds, 3),
            report_key=report_key,
            findings=summary.findings or (),
            finding_counts=summary.finding_counts,
            page_seconds=summary.page_seconds,
        )

    async def _register(self, task: ConversionTask, rendition: Rendition) -> Rendition:
        winner = await self.renditions.register(task.rendition_key, rendition)
        if winner.pdf_key != rendition.pdf_key:
            _log.info("rendition_lost_race", winner=winner.pdf_key)
            for key in rendition.object_keys:
                await self.store.delete(key)
        failpoint("converter.registered")
        return winner


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mebibytes(size_bytes: int) -> str:
    return f"{size_bytes / 1024**2:.1f} MiB"
