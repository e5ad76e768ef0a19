"""``infoscreen up``, with what a nemesis needs between its parts: proxies, small disks, failpoints, a Gotenberg.

Run as a program it is the stack itself; the harness starts it with ``running_stack``. The product has no switch for
this: only the description of the system differs.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chaos import disks
from chaos.toxics import Proxy
from infoscreen.cli import up
from infoscreen.cli.child import ChildSpec
from infoscreen.cli.system import EngineChoice, Options, System
from infoscreen.cli.terminal import Terminal

SERVERS = ("nats", "s3", "postgres")
OWN_LINES = {name: f"nats/{name}" for name in ("converter-1", "ingest")}
"""Parts with a line to NATS of their own, so that each can be cut off alone."""

_START_SECONDS = 180
_STOP_SECONDS = 90
# As in production, but shorter: what takes long is to be seen within a campaign.
MAX_UPLOAD_BYTES = 8 * 1024**2
BODY_IDLE_SECONDS = 5
_HANG_SECONDS = 10
PAUSED = "converter-2"
"""The converter that is paused for longer than a hung process lives, and goes on then."""
KEY_WINDOW_SECONDS = 120
"""For how long an Idempotency-Key binds: short enough for a campaign to see keys become free."""
_SETTINGS = {
    "NATS_STREAM_DUPLICATE_WINDOW_SECONDS": str(KEY_WINDOW_SECONDS),
    "INGEST_MAX_UPLOAD_BYTES": str(MAX_UPLOAD_BYTES),
    "INGEST_BODY_IDLE_SECONDS": str(BODY_IDLE_SECONDS),
    "PROCESS_HANG_SECONDS": str(_HANG_SECONDS),
    "CONVERTER_DEADLINE_BASE_SECONDS": "45",
    "CATALOG_PENDING_DEADLINE_SECONDS": "180",
    "CATALOG_PROCESSING_DEADLINE_SECONDS": "180",
}


@dataclass(frozen=True)
class Layout:
    """How a stack under test differs from an ordinary one; what the harness tells the process it starts.

    Attributes:
        proxies: the port of each line's proxy. gotenberg_url: where its stand-in listens.
        converters: with LibreOffice; one more has Gotenberg. small_disks: servers get disks that can be filled.
    """

    data_dir: str
    port: int
    proxies: dict[str, int]
    gotenberg_url: str
    converters: int
    small_disks: bool


class SystemUnderTest(System):
    """The embedded system whose services reach the servers through other ports."""

    @property
    def layout(self) -> Layout:
        """What the harness wants."""
        return Layout(**json.loads(os.environ["CHAOS_LAYOUT"]))

    def environment(self) -> dict[str, str]:
        """The services' settings, with every server's port exchanged for its proxy's."""
        environment = super().environment() | _SETTINGS
        for name in ("NATS_URL", "S3_ENDPOINT", "CATALOG_DATABASE_URL", "PLAYER_GATEWAY_DATABASE_URL"):
            for server in SERVERS:
                way = f"127.0.0.1:{self.layout.proxies[server]}"
                environment[name] = environment[name].replace(f"127.0.0.1:{self.ports.port(server)}", way)
        return environment

    def converter(self, number: int) -> ChildSpec:
        """One converter; the last has Gotenberg as its engine."""
        if number <= self.layout.converters or self.options.engine is EngineChoice.GOTENBERG:
            return super().converter(number)
        options = replace(self.options, engine=EngineChoice.GOTENBERG, gotenberg_url=self.layout.gotenberg_url)
        return replace(self, options=options).converter(number)

    def service(self, name: str, module: str, settings: Mapping[str, str]) -> ChildSpec:
        """A service that can be armed with failpoints, and cut off where it has a line of its own."""
        spec = super().service(name, module, settings)
        environment = dict(spec.env)
        if name == PAUSED:
            environment["PROCESS_HANG_SECONDS"] = "600"
        if name in OWN_LINES:
            common, own = (self.layout.proxies[line] for line in ("nats", OWN_LINES[name]))
            environment["NATS_URL"] = environment["NATS_URL"].replace(f"127.0.0.1:{common}", f"127.0.0.1:{own}")
        argv = (sys.executable, "-m", "chaos.armed", f"infoscreen.{module}", str(failpoints_file(self.data.path, name)))
        return replace(spec, argv=argv, env=environment)


def failpoints_file(data_dir: Path, name: str) -> Path:
    """What the next start of a part is armed with."""
    return data_dir / f"failpoints-{name}"


@dataclass
class Stack:
    """A running system under test."""

    data_dir: Path
    process: asyncio.subprocess.Process
    proxies: dict[str, Proxy]
    no_disks: str | None

    @property
    def endpoints(self) -> dict[str, Any]:
        """Where everything is now; pids change as children restart."""
        return dict(json.loads((self.data_dir / "endpoints.json").read_text()))

    def pid(self, name: str) -> int | None:
        """The process of a part, or None while it is being restarted."""
        try:
            return int(self.endpoints["pids"][name])
        except (OSError, KeyError, ValueError):
            return None

    def signal(self, name: str, signum: int) -> bool:
        """Send a signal to a part; False where it is not there."""
        pid = self.pid(name)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)
            return True
        return False

    def disk(self, name: str) -> disks.Disk:
        """A server's own disk."""
        return disks.Disk(self.process.pid, self.data_dir / name)


@contextlib.asynccontextmanager
async def running_stack(data_dir: Path, gotenberg_url: str, converters: int = 2) -> AsyncIterator[Stack]:
    """Start proxies and system, wait until it is ready, and stop both in the end."""
    data_dir.mkdir(parents=True, exist_ok=True)
    ports = {name: _free_port() for name in SERVERS}
    (data_dir / "ports.json").write_text(json.dumps(ports))
    no_disks = disks.unavailable()
    async with contextlib.AsyncExitStack() as stack:
        lines = ports | dict.fromkeys(OWN_LINES.values(), ports["nats"])
        proxies = {name: await stack.enter_async_context(Proxy(port)) for name, port in lines.items()}
        layout = Layout(
            data_dir=str(data_dir),
            port=_free_port(),
            proxies={name: proxy.port for name, proxy in proxies.items()},
            gotenberg_url=gotenberg_url,
            converters=converters,
            small_disks=no_disks is None,
        )
        process = await _start(layout, data_dir / "up.log")
        try:
            await _until_ready(process, data_dir)
            yield Stack(data_dir, process, proxies, no_disks)
        finally:
            await _stop(process)


async def _start(layout: Layout, log_file: Path) -> asyncio.subprocess.Process:
    paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "CHAOS_LAYOUT": json.dumps(vars(layout)), "PYTHONPATH": os.pathsep.join(paths)}
    namespace = ["unshare", "--mount"] if layout.small_disks else []
    with log_file.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *(*namespace, sys.executable, "-m", "chaos.stack"),
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def _until_ready(process: asyncio.subprocess.Process, data_dir: Path) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while not (data_dir / "endpoints.json").exists():
            if process.returncode is not None:
                raise RuntimeError(f"the stack did not start: {(data_dir / 'up.log').read_text()[-4000:]}")
            await asyncio.sleep(0.1)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _nothing(_system: System, _terminal: Terminal) -> None:
    """What to do once ready: nothing, the harness does."""


def _main() -> None:
    layout = Layout(**json.loads(os.environ["CHAOS_LAYOUT"]))
    data_dir = Path(layout.data_dir)
    if layout.small_disks:
        disks.mount(data_dir)
    options = Options(data_dir=data_dir, port=layout.port, converters=layout.converters + 1)
    up.up(options, Terminal(), _nothing, SystemUnderTest)


if __name__ == "__main__":
    _main()
