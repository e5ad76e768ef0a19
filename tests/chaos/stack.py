"""``infoscreen up``, with the services' ways to NATS, S3 and Postgres led through proxies.

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
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chaos.toxics import Proxy
from infoscreen.cli import up
from infoscreen.cli.system import Options, System
from infoscreen.cli.terminal import Terminal

SERVERS = ("nats", "s3", "postgres")
_START_SECONDS = 180
_STOP_SECONDS = 90


class ProxiedSystem(System):
    """The embedded system whose services reach the servers through other ports."""

    def environment(self) -> dict[str, str]:
        """The services' settings, with every server's port exchanged for its proxy's."""
        ways = {str(self.ports.port(name)): os.environ[f"CHAOS_{name.upper()}_PORT"] for name in SERVERS}
        environment = super().environment()
        for name in ("NATS_URL", "S3_ENDPOINT", "CATALOG_DATABASE_URL", "PLAYER_GATEWAY_DATABASE_URL"):
            for port, proxy in ways.items():
                environment[name] = environment[name].replace(f"127.0.0.1:{port}", f"127.0.0.1:{proxy}")
        return environment


@dataclass
class Stack:
    """A running system under test."""

    data_dir: Path
    process: asyncio.subprocess.Process
    proxies: dict[str, Proxy]

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


@contextlib.asynccontextmanager
async def running_stack(data_dir: Path, converters: int = 2) -> AsyncIterator[Stack]:
    """Start proxies and system, wait until it is ready, and stop both in the end."""
    data_dir.mkdir(parents=True, exist_ok=True)
    ports = {name: _free_port() for name in SERVERS}
    (data_dir / "ports.json").write_text(json.dumps(ports))
    async with contextlib.AsyncExitStack() as stack:
        proxies = {name: await stack.enter_async_context(Proxy(port)) for name, port in ports.items()}
        environment = {**os.environ, **{f"CHAOS_{n.upper()}_PORT": str(p.port) for n, p in proxies.items()}}
        environment["PYTHONPATH"] = str(Path(__file__).parents[1])
        with (data_dir / "up.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "chaos.stack", str(data_dir), str(_free_port()), str(converters)),
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            await _until_ready(process, data_dir)
            yield Stack(data_dir, process, proxies)
        finally:
            await _stop(process)


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


if __name__ == "__main__":
    chosen = Options(data_dir=Path(sys.argv[1]), port=int(sys.argv[2]))
    up.up(replace(chosen, converters=int(sys.argv[3])), Terminal(), _nothing, ProxiedSystem)
