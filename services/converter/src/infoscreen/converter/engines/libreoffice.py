"""A pool of warm LibreOffice processes: one job costs its conversion and nothing else.

Each slot has one office, started and warmed up before work arrives, and there are spares. A document that hangs,
crashes or bloats its office costs that slot its office, and others nothing: a spare takes over, and the next
office starts in the background. One that has done its share, or that has grown too large, works until that is warm.
"""

import asyncio
import os
import shutil
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog

from infoscreen.common.backoff import delays
from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.document_types import DocumentType
from infoscreen.common.errors import FailureReason, PermanentError, TransientError
from infoscreen.common.isolation import sandbox
from infoscreen.common.isolation.sandbox import Fence
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerTimeoutError
from infoscreen.converter.document import EngineUnavailableError, Progress
from infoscreen.converter.engines.office_process import OfficeProcess, OfficeSettings, remove_home
from infoscreen.converter.fences import require_fences
from infoscreen.converter.fonts.fontconfig import FontFolders
from infoscreen.converter.fonts.preparation import prepare_fonts
from infoscreen.converter.outline import Outline

log = structlog.get_logger(__name__)

_FIRST_RESTART_PAUSE_SECONDS, _LONGEST_RESTART_PAUSE_SECONDS = 0.5, 15.0
_WAIT_FOR_OFFICE_SECONDS = 30.0
_DOUBTFUL = ("export", "memory")  # after these, the state of an office is unknown
_FREE_DISK_BYTES = 64 * 1024**2  # below this a failed export says nothing about the document


@dataclass(frozen=True, slots=True)
class RecyclePolicy:
    """When an office is replaced by a fresh one.

    Attributes:
        conversions: after this many; LibreOffice leaks a little with each.
        resident_bytes: when it occupies more than this after a conversion.
    """

    conversions: int = 200
    resident_bytes: int = 1024**3

    def applies_to(self, office: OfficeProcess) -> bool:
        """True when the office should be replaced."""
        return office.conversions >= self.conversions or office.resident_bytes > self.resident_bytes


class LibreOfficeConverter:
    """DocumentConverter over warm LibreOffice processes on this machine.

    Args:
        slots: how many offices, and so conversions, at a time.
        work_dir: where offices live, and where documents come from and PDFs go. It belongs to this pool alone:
            `start` removes from it the offices that a killed predecessor left.
        spares: how many more offices are kept warm.
        office: how an office is started.
        recycle: when an office is replaced.
        own_fonts: a folder of fonts beside the system's; it need not exist.
    """

    name = "libreoffice"

    def __init__(
        self,
        slots: int,
        work_dir: Path,
        *,
        spares: int = 0,
        office: OfficeSettings | None = None,
        recycle: RecyclePolicy | None = None,
        own_fonts: Path | None = None,
    ) -> None:
        self.slots = slots
        self.spares = spares
        self._work_dir = work_dir.absolute()
        self._settings = office or OfficeSettings()
        self._recycle = recycle or RecyclePolicy()
        self._own_fonts = own_fonts
        self._idle: deque[OfficeProcess] = deque()
        self._idle_count = asyncio.Semaphore(0)  # len(_idle), to be awaited
        self._busy: set[OfficeProcess] = set()
        self._spares: dict[OfficeProcess, OfficeProcess] = {}  # a busy office that shall go -> its warm successor
        self._renewals: dict[OfficeProcess, asyncio.Task[None]] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._start_trouble: str | None = None

    async def start(self) -> None:
        """Start the slots' offices, all at once; the spares come up in the background.

        Raises:
            EngineUnavailableError: one does not come up, or a fence is missing that is not to be missed.
        """
        self._work_dir.mkdir(parents=True, exist_ok=True)
        for abandoned in self._work_dir.glob("office-*"):
            remove_home(abandoned)
        fonts = await asyncio.to_thread(_prepare_fonts, self._work_dir / "fonts", self._own_fonts)
        self._settings = replace(self._settings, fonts=fonts)
        started = await asyncio.gather(*(self._start_office() for _ in range(self.slots)), return_exceptions=True)
        for office in started:
            if isinstance(office, OfficeProcess):
                self._make_idle(office)
        for trouble in started:
            if isinstance(trouble, BaseException):
                await self.close()
                raise trouble
        await self._require_fences(self._idle[0].missing_fences)
        for _ in range(self.spares):
            self._in_background(self._add_office())

    async def ready(self) -> None:
        """Return when an office is idle and warm."""
        await self._wait_for_idle()
        self._idle_count.release()

    async def convert(
        self,
        source: Path,
        destination: Path,
        document_type: DocumentType,
        options: ConversionOptions,
        deadline_seconds: float,
        *,
        progress: Progress | None = None,
    ) -> None:
        """See `DocumentConverter`; `source` and `destination` are below the work_dir."""
        office = await self._take()
        try:
            answer = await office.convert(
                source, destination, document_type, options, deadline_seconds, progress=progress
            )
            if answer.get("error") == "export" and _shows_nothing(answer["shown"], options):
                raise PermanentError(FailureReason.EMPTY_RESULT, answer["detail"])
            if answer.get("error") in _DOUBTFUL or office.holds_fonts:
                await office.end()
            _raise_for(answer, destination)
        except WorkerTimeoutError as error:
            raise PermanentError(FailureReason.TIMEOUT, str(error), attempts_allowed=2) from error
        except WorkerDiedError as error:
            raise PermanentError(FailureReason.ENGINE_CRASHED, str(error), attempts_allowed=3) from error
        finally:
            self._give_back(office)

    async def check(self) -> str | None:
        """None while offices work or are being restarted; else why they do not start."""
        return None if self._idle or self._busy else self._start_trouble

    async def close(self) -> None:
        """End all offices, whatever they do, and remove what they kept."""
        tasks = {*self._renewals.values(), *self._background}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        offices = {*self._idle, *self._busy, *self._spares.values()}
        self._idle.clear()
        self._spares.clear()
        await asyncio.gather(*(office.end() for office in offices))

    async def _require_fences(self, missing: frozenset[Fence]) -> None:
        try:
            require_fences(missing, self._settings.accept_missing_fences)
        except EngineUnavailableError:
            await self.close()
            raise
        if missing:
            log.warning("office_fences_missing", fences=sorted(missing))

    async def _take(self) -> OfficeProcess:
        while True:
            await self._wait_for_idle()
            office = self._idle.pop()  # the one that worked last: its memory is in the caches
            if office.alive:
                self._busy.add(office)
                return office
            self._renew(office)

    async def _wait_for_idle(self) -> None:
        try:
            async with asyncio.timeout(_WAIT_FOR_OFFICE_SECONDS):
                await self._idle_count.acquire()
        except TimeoutError:
            raise TransientError(f"no LibreOffice is ready: {self._start_trouble or 'all are busy'}") from None

    def _give_back(self, office: OfficeProcess) -> None:
        self._busy.discard(office)
        if office.alive and not self._recycle.applies_to(office):
            self._make_idle(office)
        elif spare := self._spares.pop(office, None):
            self._make_idle(spare)
            self._in_background(office.end())
        else:
            if office.alive:
                self._make_idle(office)
            else:
                self._in_background(office.end())
            self._renew(office)

    def _make_idle(self, office: OfficeProcess) -> None:
        self._idle.append(office)
        self._idle_count.release()

    def _renew(self, office: OfficeProcess) -> None:
        """Start a fresh office in the place of this one, unless one is starting."""
        if office not in self._renewals:
            self._renewals[office] = asyncio.create_task(self._replace(office))

    async def _replace(self, office: OfficeProcess) -> None:
        fresh = await self._start_until_up()
        del self._renewals[office]
        log.info("office_replaced", conversions=office.conversions, resident_bytes=office.resident_bytes)
        if office in self._busy:
            self._spares[office] = fresh
            return
        if office in self._idle:
            self._idle[self._idle.index(office)] = fresh
        else:
            self._make_idle(fresh)
        await office.end()

    async def _add_office(self) -> None:
        self._make_idle(await self._start_until_up())

    async def _start_until_up(self) -> OfficeProcess:
        pauses = delays(_FIRST_RESTART_PAUSE_SECONDS, _LONGEST_RESTART_PAUSE_SECONDS)
        while True:
            try:
                return await self._start_office()
            except (EngineUnavailableError, OSError) as error:
                self._start_trouble, pause = str(error), next(pauses)
                log.warning("office_start_failed", error=str(error), retry_seconds=pause)
            await asyncio.sleep(pause)

    async def _start_office(self) -> OfficeProcess:
        office = await OfficeProcess.start(self._settings, self._work_dir)
        self._start_trouble = None
        self._in_background(self._notice_end(office))
        return office

    async def _notice_end(self, office: OfficeProcess) -> None:
        """Replace an office that is killed between jobs at once, not when the next job finds it dead."""
        await office.ended()
        if office in self._idle:
            self._renew(office)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _shows_nothing(shown: list[bool] | None, options: ConversionOptions) -> bool:
    """True for a presentation that has no slide to show, which is no fault of the office."""
    return shown is not None and not Outline(tuple(shown)).shows(options.page_range)


def _prepare_fonts(directory: Path, own: Path | None) -> FontFolders:
    """As `prepare_fonts`; started by root, all that offices read of fonts belongs to the user that they run as."""
    if os.geteuid() != 0:
        return prepare_fonts(directory, own)
    copies = directory / "own"
    shutil.rmtree(copies, ignore_errors=True)
    if own is not None and own.is_dir():
        shutil.copytree(own, copies)
        own = copies
    folders = prepare_fonts(directory, own)
    sandbox.give_away(directory, sandbox.transient_user(os.getpid()))
    return folders


def _raise_for(answer: dict[str, Any], destination: Path) -> None:
    """Raise the error for an office's refusal: the document's trouble or the machine's."""
    if "error" not in answer:
        return
    if answer["error"] == "load":
        raise PermanentError(FailureReason.CORRUPT, answer["detail"])
    if shutil.disk_usage(destination.parent).free < _FREE_DISK_BYTES:
        raise TransientError(f"no space left for PDFs: {answer['detail']}", retry_after_seconds=30)
    raise PermanentError(FailureReason.ENGINE_CRASHED, answer["detail"], attempts_allowed=3)
