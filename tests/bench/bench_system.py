"""The whole system as a contender: decks wait in the lanes, and converters take them from there."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import httpx
from bench_decks import Deck
from contenders import DEADLINE_SECONDS, Contender, Figures
from process_memory import descendants, watched
from pydantic import SecretStr

from infoscreen.cli import endpoints
from infoscreen.cli.endpoints import Endpoints
from infoscreen.cli.ports import PortBook
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.messaging.stream_reader import StreamReader
from infoscreen.common.settings import NatsSettings

_START_SECONDS = 180
_LINGERS_SECONDS = 1.0  # for as long as a converter that was just stopped may have a question open


class RunningSystem:
    """`infoscreen up` with a number of converters, each of one slot."""

    def __init__(self, converters: int) -> None:
        self.converters = converters
        self._home = Path(tempfile.mkdtemp(prefix="bench-system-"))
        self._next = 1

    @property
    def work_dir(self) -> Path:
        """Where its converters have theirs."""
        return self._home / "data" / "work"

    @property
    def endpoints(self) -> Endpoints:
        """Where everything is."""
        return endpoints.read(self._home / "data" / "endpoints.json")

    async def start(self) -> None:
        """Return when it is ready."""
        command = ["up", "--data-dir", str(self._home / "data"), "--port", str(PortBook().port("edge"))]
        with (self._home / "up.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "infoscreen.cli", *command, "--converters", str(self.converters)),
                env={**os.environ, "INGEST_RATE_LIMIT": "1000000/minute"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            await self._until_up()
        except BaseException:
            await self._end()
            raise
        self._connection = Connection()
        await self._connection.open(NatsSettings(url=SecretStr(self.endpoints.nats)), "bench")
        self._reader = StreamReader(self._connection)

    async def stop(self) -> None:
        """End it, whatever state its converters are in."""
        self._signal(signal.SIGCONT, range(1, self.converters + 1))
        await self._connection.close()
        await self._end()

    async def _until_up(self) -> None:
        async with asyncio.timeout(_START_SECONDS):
            while not (self._home / "data" / "endpoints.json").exists():
                if self._process.returncode is not None:
                    raise SystemExit((self._home / "up.log").read_text()[-2000:])
                await asyncio.sleep(0.2)

    async def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        await self._process.wait()
        shutil.rmtree(self._home, ignore_errors=True)

    def converter(self, number: int) -> int:
        """The process id of a converter."""
        return self.endpoints.pids[f"converter-{number}"]

    async def convert(self, decks: Sequence[Deck], converters: int) -> tuple[float, list[float]]:
        """The seconds from the first start to the last result, and those that each deck was in hand.

        The decks wait in the lane before any converter may look.
        """
        async with self._held_back(converters):
            expected = {await self._upload(deck) for deck in decks}
        started, ended = await self._until_ended(expected)
        wall = (max(ended.values()) - min(started.values())).total_seconds()
        return wall, [(ended[media_id] - started[media_id]).total_seconds() for media_id in expected]

    @asynccontextmanager
    async def _held_back(self, converters: int) -> AsyncIterator[None]:
        """While the block lasts all converters stand still; then so many go on."""
        self._signal(signal.SIGSTOP, range(1, self.converters + 1))
        await asyncio.sleep(_LINGERS_SECONDS)
        self._next = await self._reader.last_sequence() + 1
        yield
        self._signal(signal.SIGCONT, range(1, converters + 1))

    async def _upload(self, deck: Deck) -> str:
        running = self.endpoints
        headers = {"Authorization": f"Bearer {running.uploader_token}"}
        async with httpx.AsyncClient(base_url=running.edge, headers=headers, timeout=60) as client:
            answer = await client.post("/api/media", params={"filename": deck.path.name}, content=deck.copy())
        return str(answer.raise_for_status().json()["media_id"])

    async def _until_ended(self, expected: set[str]) -> tuple[dict[str, datetime], dict[str, datetime]]:
        started: dict[str, datetime] = {}
        ended: dict[str, datetime] = {}
        async with asyncio.timeout(DEADLINE_SECONDS + len(expected)):
            while ended.keys() != expected:
                for message in await self._reader.read_batch(self._next, 500):
                    self._next = message.sequence + 1
                    kind, _, media_id = message.subject.rpartition(".")
                    if kind == "conversion.failed":
                        raise RuntimeError(f"{media_id} failed: {message.data!r}")
                    if media_id in expected and kind == "conversion.started":
                        started[media_id] = message.stored_at
                    if media_id in expected and kind == "conversion.succeeded":
                        ended[media_id] = message.stored_at
                await asyncio.sleep(0.1)
        return started, ended

    def _signal(self, signum: signal.Signals, numbers: range) -> None:
        for number in numbers:
            with contextlib.suppress(ProcessLookupError, KeyError):
                os.kill(self.converter(number), signum)


class Pipeline(Contender):
    """Some of a running system's converters. A deck's time is from the start of its conversion to its result."""

    def __init__(self, system: RunningSystem, converters: int) -> None:
        super().__init__()
        self.name = f"pipeline, {converters} converter{'s' if converters > 1 else ''}"
        self.concurrency = converters
        self._system = system

    def processes(self) -> set[int]:
        numbers = range(1, self.concurrency + 1)
        return set().union(*(descendants(self._system.converter(number)) for number in numbers))

    async def run(self, decks: Sequence[Deck], figures: Figures) -> None:
        async with watched(self.processes, figures.peak):
            wall, seconds = await self._system.convert(decks, self.concurrency)
        figures.wall_seconds += wall
        figures.seconds += seconds
