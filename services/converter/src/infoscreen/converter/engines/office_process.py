"""One warm LibreOffice in a process group, a profile and a temporary directory of its own."""

import contextlib
import hashlib
import itertools
import json
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from infoscreen.common.conversion_options import ConversionOptions, Profile
from infoscreen.common.document_types import DOCUMENT_TYPES, DocumentType
from infoscreen.common.isolation import import_roots, sandbox
from infoscreen.common.isolation.runnable_time import RunnableTime
from infoscreen.common.isolation.sandbox import Fence
from infoscreen.common.isolation.worker_process import WorkerDiedError, WorkerProcess, WorkerTimeoutError
from infoscreen.converter.document import EngineUnavailableError, Progress
from infoscreen.converter.engines import import_filters
from infoscreen.converter.engines.office_profile import EMBEDDED_FONTS, FONTS_FILE, write_fonts_file, write_profile
from infoscreen.converter.engines.warm_up import WARM_UP_DOCUMENT
from infoscreen.converter.fences import ALL_FENCES
from infoscreen.converter.fonts.fontconfig import FontFolders

_START_SECONDS = 60.0  # seen: 1.5 s on an idle machine; a loaded one may take ten times that
_EXHAUSTED = 0.9  # of its address space
_FILE_SIZE_BYTES = 1024**3  # of any one file that the office writes, so a runaway PDF cannot fill the disk
INSTALL_ADVICE = (
    "Install what it needs: apt-get install libreoffice-impress libreoffice-writer libreoffice-calc python3-uno"
)


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """What every office of a pool is started with.

    Attributes:
        soffice_program: LibreOffice's own binary, not the shell script that starts it.
        python: a Python with the ``uno`` module.
        address_space_bytes: what one office may map before it crashes.
        fonts: where there are fonts beside the system's.
        accept_missing_fences: which of the kernel's fences an office may do without.
        offered_fences: what the kernel is asked for; only tests of a kernel that lacks some ask for less.
    """

    soffice_program: str = "/usr/lib/libreoffice/program/soffice.bin"
    python: str = "/usr/bin/python3"
    address_space_bytes: int = 4 * 1024**3
    fonts: FontFolders = field(default_factory=FontFolders)
    accept_missing_fences: frozenset[Fence] = frozenset()
    offered_fences: frozenset[Fence] = ALL_FENCES


class OfficeProcess:
    """A LibreOffice that is ready to convert.

    Attributes:
        conversions: how many it has done.
        resident_bytes: how much memory it occupied after the last one.
        missing_fences: which of the kernel's fences are not up.
    """

    def __init__(self, worker: WorkerProcess, home: Path, address_space_bytes: int) -> None:
        self._worker = worker
        self._home = home
        self._address_space_bytes = address_space_bytes
        self.conversions = 0
        self.resident_bytes = 0
        self.missing_fences: frozenset[Fence] = frozenset()
        self._office_pid = 0

    @classmethod
    async def start(cls, settings: OfficeSettings, work_dir: Path) -> Self:
        """Start an office in a new directory below `work_dir`, and warm it up with a little document.

        Raises:
            EngineUnavailableError: it does not start, or cannot convert even that.
        """
        home = Path(tempfile.mkdtemp(prefix="office-", dir=work_dir))
        try:
            program_directory = Path(settings.soffice_program).parent
            write_profile(home / "profile", program_directory)
            write_fonts_file(home, settings.fonts, program_directory)
            worker = await WorkerProcess.spawn(
                [settings.python, "-m", "infoscreen.converter.engines.uno_driver", _driver_settings(settings, home)],
                environment=_environment(home),
                directory=home,
            )
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
        office = cls(worker, home, settings.address_space_bytes)
        try:
            await office._warm_up()
        except BaseException as error:
            await office.end()
            if isinstance(error, WorkerDiedError | WorkerTimeoutError):
                raise EngineUnavailableError(f"LibreOffice does not start ({error}). {INSTALL_ADVICE}") from error
            raise
        return office

    @property
    def pid(self) -> int:
        """The id of its process group."""
        return self._worker.pid

    @property
    def alive(self) -> bool:
        """False once its driver has ended."""
        return self._worker.alive

    @property
    def holds_fonts(self) -> bool:
        """True once a document brought fonts of its own: LibreOffice draws every later document in them as well."""
        return any((self._home / EMBEDDED_FONTS).glob("*"))

    async def convert(
        self,
        source: Path,
        destination: Path,
        document_type: DocumentType,
        options: ConversionOptions,
        deadline_seconds: float,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """The driver's answer: ``error`` and ``detail`` are in it when the office refused the document.

        The office sees the document by a second name in its own home, the only place that it can touch, so nothing
        of one document is within reach of another's. All three paths are on one file system.

        Raises:
            WorkerTimeoutError, WorkerDiedError: and the office is gone.
        """
        staged, result = self._home / "source", self._home / "result.pdf"
        request = {
            "source": str(staged),
            "destination": str(result),
            "import_filters": import_filters.import_filters(document_type),
            "export_filter": import_filters.export_filter(document_type),
            "filter_data": _filter_data(options),
        }
        try:
            os.link(source, staged)
            if os.geteuid() == 0:
                sandbox.give_away(staged, sandbox.transient_user(os.getpid()))
            progress = progress or Progress()
            clock = RunnableTime(self._office_pid)
            progress.begin(clock)
            answer = await self._worker.request(
                request,
                deadline_seconds=deadline_seconds,
                clock=clock,
                on_progress=lambda pages: progress.note_pages(*pages),
            )
            self._look_at_memory(answer)
            if "error" not in answer and not _take(result, destination):
                await self.end()
                raise WorkerDiedError("it left something else than a file under the name of its PDF")
        finally:
            staged.unlink(missing_ok=True)
            result.unlink(missing_ok=True)
        self.conversions += 1
        return answer

    async def end(self) -> None:
        """Kill it and remove all that it kept on disk. Does not fail and can be repeated."""
        await self._worker.kill()
        remove_home(self._home)

    async def ended(self) -> None:
        """Return when it has ended, which it does not do by itself."""
        await self._worker.ended()

    def _look_at_memory(self, answer: dict[str, Any]) -> None:
        """Note how much the office occupies; one that has mapped nearly all it may failed for want of memory."""
        with contextlib.suppress(OSError):  # it has just ended
            fields = dict(
                line.split(":", 1) for line in Path(f"/proc/{self._office_pid}/status").read_text().splitlines()
            )
            self.resident_bytes = int(fields["VmRSS"].split()[0]) * 1024
            peak_bytes = int(fields["VmPeak"].split()[0]) * 1024
            if "error" in answer and peak_bytes > _EXHAUSTED * self._address_space_bytes:
                answer["error"] = "memory"

    async def _warm_up(self) -> None:
        readiness = await self._worker.ready(deadline_seconds=_START_SECONDS)
        self._office_pid, self.missing_fences = (
            readiness["office_pid"],
            frozenset(map(Fence, readiness["missing_fences"])),
        )
        _remove_pipes(self._home)  # the connection stands: their names would only outlive a killed office
        source, destination = self._home / "warm-up.fodp", self._home / "warm-up.pdf"
        source.write_text(WARM_UP_DOCUMENT, encoding="utf-8")
        answer = await self.convert(source, destination, DOCUMENT_TYPES["fodp"], ConversionOptions(), _START_SECONDS)
        if "error" in answer:
            raise WorkerDiedError(answer["detail"])
        self.conversions = 0


def _take(result: Path, destination: Path) -> bool:
    """Accept a PDF if it is a file, and not a link to one that is not the office's to show."""
    if not stat.S_ISREG(result.lstat().st_mode):
        return False
    result.replace(destination)
    return True


def remove_home(home: Path) -> None:
    """Remove all that an office, which has ended, kept on disk."""
    _remove_pipes(home)
    shutil.rmtree(home, ignore_errors=True)


def _remove_pipes(home: Path) -> None:
    """LibreOffice makes its pipes in /tmp, whatever TMPDIR says: ours, and one named after a hash of its profile."""
    profile = (home / "profile").as_uri().encode("utf-16-le")
    profile_hash = "".join(f"{byte:x}" for byte in hashlib.md5(profile, usedforsecurity=False).digest())
    with contextlib.suppress(OSError):
        users = ("", f"{home.stat().st_uid}_")  # LibreOffice may not find out who it is
        for user, name in itertools.product(users, (_pipe(home), f"SingleOfficeIPC_{profile_hash}")):
            Path(f"/tmp/OSL_PIPE_{user}{name}").unlink(missing_ok=True)  # noqa: S108 - as said above


def _pipe(home: Path) -> str:
    return f"infoscreen-{home.name}"


def _driver_settings(settings: OfficeSettings, home: Path) -> str:
    return json.dumps(
        {
            "home": str(home),
            "pipe": _pipe(home),
            "parent_pid": os.getpid(),
            "soffice_program": settings.soffice_program,
            "required_filters": import_filters.REQUIRED_FILTERS,
            "offered_fences": sorted(settings.offered_fences),
            "readable": [*_program_directories(settings), *settings.fonts.readable],
            "address_space_bytes": settings.address_space_bytes,
            "file_size_bytes": _FILE_SIZE_BYTES,
        }
    )


def _program_directories(settings: OfficeSettings) -> list[str]:
    """Of a LibreOffice that does not come from Debian: all of its installation."""
    return [str(Path(settings.soffice_program).resolve().parents[1])]


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the service's own environment, which holds its credentials."""
    return {
        "HOME": str(home),
        "FONTCONFIG_FILE": str(home / FONTS_FILE),
        "TMPDIR": str(home),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(import_roots()),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SAL_USE_VCLPLUGIN": "svp",  # draws without a display
    }


def _filter_data(options: ConversionOptions) -> dict[str, Any]:
    data: dict[str, Any] = {
        "ExportNotes": False,
        "ExportNotesPages": False,
        "ExportHiddenSlides": False,
        # A picture goes into the PDF as it is: reducing it means decoding, scaling and encoding it for each page.
        "ReduceImageResolution": False,
    }
    if options.profile is Profile.PDFA:
        data["SelectPdfVersion"] = 2
    if options.page_range is not None:
        data["PageRange"] = options.page_range
    if options.image_quality is not None:
        data["Quality"] = options.image_quality
    return data
