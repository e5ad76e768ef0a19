"""Ways to make PDFs of decks, each behind the same few methods."""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench_decks import Deck
from process_memory import Peak, named_in_command, watched

from infoscreen.cli.ports import PortBook
from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.isolation.worker_process import WorkerProcess
from infoscreen.converter.document import DocumentConverter
from infoscreen.converter.engines import import_filters
from infoscreen.converter.engines.gotenberg import GotenbergConverter
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.engines.office_process import OfficeSettings

DEADLINE_SECONDS = 120.0
START_SECONDS = 60.0
OFFICE = OfficeSettings()


@dataclass
class Figures:
    """What was measured of one contender, over all rounds."""

    wall_seconds: float = 0.0
    seconds: list[float] = field(default_factory=list)
    peak: Peak = field(default_factory=Peak)


class Contender:
    """One way. Subclasses convert one deck; `concurrency` of them at a time."""

    name: str
    concurrency = 1

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="bench-convert-"))

    async def start(self) -> None:
        """Get warm, where there is something to get warm."""

    async def stop(self) -> None:
        """End what was started."""
        shutil.rmtree(self.home, ignore_errors=True)

    async def convert(self, deck: Deck, destination: Path) -> float:
        """Write a PDF and return the seconds that it took."""
        raise NotImplementedError

    def processes(self) -> set[int]:
        """Those whose memory counts."""
        return named_in_command(self.home)

    async def run(self, decks: Sequence[Deck], figures: Figures) -> None:
        """Convert all, and add to the figures."""
        waiting = iter(enumerate(decks))

        async def work() -> None:
            for number, deck in waiting:
                figures.seconds.append(await self.convert(deck, self.home / f"{number}.pdf"))

        async with watched(self.processes, figures.peak):
            began = time.perf_counter()
            await asyncio.gather(*(work() for _ in range(self.concurrency)))
            figures.wall_seconds += time.perf_counter() - began


async def timed(work: object) -> float:
    """The seconds that something awaitable takes."""
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


class FreshSoffice(Contender):
    """`soffice --convert-to pdf` for each deck, on a profile that it has used before."""

    name = "fresh soffice per job"

    async def convert(self, deck: Deck, destination: Path) -> float:
        return await timed(self._soffice(deck))

    async def _soffice(self, deck: Deck) -> None:
        process = await asyncio.create_subprocess_exec(
            "soffice",
            f"-env:UserInstallation={(self.home / 'profile').as_uri()}",
            "--headless",
            *("--convert-to", "pdf", "--outdir", str(self.home), str(deck.path)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await process.wait()
        if not (self.home / deck.path.with_suffix(".pdf").name).exists():
            raise RuntimeError(f"soffice made no PDF of {deck.path.name}")


class Unoserver(Contender):
    """A running unoserver, asked over XML-RPC as its own client does, without the cost of starting that client."""

    name = "unoserver"

    def __init__(self, program: Path) -> None:
        super().__init__()
        self._program = program

    async def start(self) -> None:
        ports = PortBook()
        port = ports.port("xmlrpc")
        self._process = await asyncio.create_subprocess_exec(
            str(self._program),
            *("--port", str(port), "--uno-port", str(ports.port("uno"))),
            *("--user-installation", str(self.home / "profile")),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self._address = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(START_SECONDS):
            while not await asyncio.to_thread(self._answers):
                await asyncio.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with xmlrpc.client.ServerProxy(self._address, allow_none=True) as server:
                server.info()
        except OSError:
            return False
        return True

    async def convert(self, deck: Deck, destination: Path) -> float:
        return await timed(asyncio.to_thread(self._convert, deck, destination))

    def _convert(self, deck: Deck, destination: Path) -> None:
        with xmlrpc.client.ServerProxy(self._address, allow_none=True) as server:
            server.convert(str(deck.path), None, str(destination), "pdf")

    async def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await super().stop()


class RawUno(Contender):
    """See raw_uno.py; timed by itself. Two of them show what a second process gains on this machine at best."""

    def __init__(self, name: str = "raw warm UNO", *, processes: int = 1) -> None:
        super().__init__()
        self.name, self.concurrency = name, processes
        self._idle: asyncio.Queue[WorkerProcess] = asyncio.Queue()

    async def start(self) -> None:
        self._workers = [await self._spawn(number) for number in range(self.concurrency)]
        for worker in self._workers:
            await worker.ready(deadline_seconds=START_SECONDS)
            self._idle.put_nowait(worker)

    async def _spawn(self, number: int) -> WorkerProcess:
        program = str(Path(__file__).with_name("raw_uno.py"))
        return await WorkerProcess.spawn(
            [OFFICE.python, program, f"{self.home}/profile-{number}"],
            environment={
                "HOME": str(self.home),
                "PATH": "/usr/bin:/bin",
                "SAL_USE_VCLPLUGIN": "svp",
                "LANG": "C.UTF-8",
            },
            directory=self.home,
        )

    async def convert(self, deck: Deck, destination: Path) -> float:
        request = {
            "source": str(deck.path),
            "destination": str(destination),
            "import_filter": import_filters.import_filters(deck.document_type)[0],
            "export_filter": import_filters.export_filter(deck.document_type),
        }
        worker = await self._idle.get()
        try:
            return float((await worker.request(request, deadline_seconds=DEADLINE_SECONDS))["seconds"])
        finally:
            self._idle.put_nowait(worker)

    async def stop(self) -> None:
        for worker in self._workers:
            await worker.kill()
        await super().stop()


class Engine(Contender):
    """One of the converter's own engines."""

    def __init__(self, name: str, engine: DocumentConverter | None = None, *, slots: int = 1) -> None:
        super().__init__()
        self.name, self.concurrency = name, slots
        self._engine = engine or LibreOfficeConverter(slots, self.home)
        self._staged: dict[Path, Path] = {}

    async def start(self) -> None:
        await self._engine.start()

    async def convert(self, deck: Deck, destination: Path) -> float:
        if deck.path not in self._staged:  # documents and offices are in one directory, as in the service
            self._staged[deck.path] = Path(shutil.copy(deck.path, self.home))
        source, options = self._staged[deck.path], ConversionOptions()
        return await timed(self._engine.convert(source, destination, deck.document_type, options, DEADLINE_SECONDS))

    async def stop(self) -> None:
        await self._engine.close()
        await super().stop()


def gotenberg(url: str) -> Contender:
    """A Gotenberg through the converter's client; its memory is its own affair."""
    return Engine("Gotenberg", GotenbergConverter(url, 1))
