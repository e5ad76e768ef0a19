"""Checks on what an engine made: it is a PDF, it has pages and not too many, and here is its first page as a picture.

An exit status says nothing (LibreOffice reports success for garbage), so only what opens counts.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.common.isolation import import_roots
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerProcess, WorkerTimeoutError
from infoscreen.converter.document import EngineUnavailableError

_DEADLINE_SECONDS = 60.0
_THUMBNAIL_WIDTH = 480
_THUMBNAIL_MAX_HEIGHT = 1440  # of a page like a roll of paper


@dataclass(frozen=True, slots=True)
class PdfSummary:
    """What is known of a PDF once it has been checked."""

    pages: int
    size_bytes: int


class PdfInspector:
    """Opens PDFs in warm processes of their own, each started when it is first needed or when a PDF has killed it.

    Args:
        work_dir: absolute; PDFs and thumbnails are below it, and the processes can touch nothing else.
        workers: how many PDFs at a time, so that one that is slow to draw does not hold up the others.
    """

    def __init__(self, work_dir: Path, workers: int = 1) -> None:
        self._work_dir = work_dir
        self._idle: list[WorkerProcess] = []
        self._busy: set[WorkerProcess] = set()
        self._turns = asyncio.Semaphore(workers)

    async def start(self) -> None:
        """Start the first process, so that the first PDF does not wait for it.

        Raises:
            EngineUnavailableError: it does not start.
        """
        try:
            async with self._worker():
                pass
        except (WorkerDiedError, WorkerTimeoutError, OSError) as error:
            raise EngineUnavailableError(f"the PDF inspector does not start: {error}") from error

    async def inspect(self, pdf: Path, thumbnail: Path, *, max_pages: int = 2000) -> PdfSummary:
        """Check a PDF, colour its emoji if they are blank, and write a WebP picture of its first page.

        Raises:
            PermanentError: empty_result, too_many_pages, or engine_crashed when it is no PDF.
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
        pages = await self._pages(request)
        if pages == 0:
            raise PermanentError(FailureReason.EMPTY_RESULT, "the PDF has no pages")
        if pages > max_pages:
            raise PermanentError(FailureReason.TOO_MANY_PAGES, f"{pages} pages, {max_pages} are allowed")
        return PdfSummary(pages=pages, size_bytes=_size_bytes(pdf))

    async def close(self) -> None:
        """End the processes."""
        await asyncio.gather(*(worker.kill() for worker in {*self._idle, *self._busy}))

    async def _pages(self, request: dict[str, object]) -> int:
        try:
            async with self._worker() as worker:
                answer = await worker.request(request, deadline_seconds=_DEADLINE_SECONDS)
        except WorkerTimeoutError as error:
            raise PermanentError(FailureReason.TIMEOUT, f"inspecting the PDF: {error}", attempts_allowed=2) from error
        except WorkerDiedError as error:
            detail = f"inspecting the PDF: {error}"
            raise PermanentError(FailureReason.ENGINE_CRASHED, detail, attempts_allowed=2) from error
        if "error" in answer:
            raise PermanentError(FailureReason.ENGINE_CRASHED, f"no PDF: {answer['detail']}", attempts_allowed=2)
        return int(answer["pages"])

    @asynccontextmanager
    async def _worker(self) -> AsyncIterator[WorkerProcess]:
        async with self._turns:
            worker = next((idle for idle in self._idle if idle.alive), None) or await self._start_worker()
            self._idle = [idle for idle in self._idle if idle.alive and idle is not worker]
            self._busy.add(worker)
            try:
                yield worker
            finally:
                self._busy.discard(worker)
                if worker.alive:
                    self._idle.append(worker)

    async def _start_worker(self) -> WorkerProcess:
        settings = json.dumps({"work_dir": str(self._work_dir), "parent_pid": os.getpid()})
        worker = await WorkerProcess.spawn(
            [sys.executable, "-m", "infoscreen.converter.pdf_worker", settings],
            environment={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(import_roots())},
            directory=self._work_dir,
        )
        await worker.ready(deadline_seconds=_DEADLINE_SECONDS)
        return worker


def _size_bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
