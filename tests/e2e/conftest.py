"""The whole system, started as an operator starts it: ``infoscreen up`` in a directory of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from support.until import wait_until

START_SECONDS = 120
STOP_SECONDS = 60


@dataclass(frozen=True)
class RunningSystem:
    """A started system, seen only through its public interfaces."""

    process: "subprocess.Popen[bytes]"
    data_dir: Path

    @property
    def endpoints(self) -> dict:
        """What `infoscreen up` says about itself now; pids change as children restart."""
        return json.loads((self.data_dir / "endpoints.json").read_text())

    def client(self, role: str = "operator") -> httpx.Client:
        """An HTTP client of the edge with a token of this role."""
        endpoints = self.endpoints
        headers = {"Authorization": f"Bearer {endpoints[f'{role}_token']}"}
        return httpx.Client(base_url=endpoints["edge"], headers=headers, timeout=60)

    def kill(self, name: str) -> None:
        """Kill one process with SIGKILL; its supervisor starts it anew."""
        os.kill(self.endpoints["pids"][name], signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_system(
    data_dir: Path, *, port: int | None = None, converters: int = 2, options: Sequence[str] = ()
) -> RunningSystem:
    """Start a system, with further options of `infoscreen up`, and wait until it says that it is ready."""
    command = [sys.executable, "-m", "infoscreen.cli", "up", "--data-dir", str(data_dir)]
    command += ["--port", str(port or free_port()), "--converters", str(converters), *options]
    log = data_dir.parent / f"{data_dir.name}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)

    def ready() -> bool:
        assert process.poll() is None, f"infoscreen up ended with {process.returncode}: {log.read_text()[-3000:]}"
        return (data_dir / "endpoints.json").exists()

    wait_until(ready, "endpoints.json", START_SECONDS)
    return RunningSystem(process, data_dir)


def stop_system(system: RunningSystem, signum: int = signal.SIGINT) -> int:
    """Stop a system as Ctrl-C does and return its exit code."""
    system.process.send_signal(signum)
    return system.process.wait(STOP_SECONDS)


@pytest.fixture(scope="session")
def system(tmp_path_factory) -> Iterator[RunningSystem]:
    """One system for all end-to-end tests."""
    running = start_system(tmp_path_factory.mktemp("e2e") / "data")
    yield running
    stop_system(running)


@pytest.fixture(scope="module")
def own_system(tmp_path_factory) -> Iterator[RunningSystem]:
    """A system of the module's own, for what would be in others' way: emptiness, or thousands of media."""
    running = start_system(tmp_path_factory.mktemp("own") / "data")
    yield running
    stop_system(running)


@pytest.fixture(scope="session")
def decks() -> Path:
    """Real presentations beside the project; tests that need them skip where they are not there."""
    folder = Path(__file__).parents[3] / "shared" / "decks"
    if not folder.is_dir():
        pytest.skip("no real decks beside the project (../shared/decks)")
    return folder
