"""The whole system, started as an operator starts it: ``infoscreen up`` in a directory of its own."""

import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from embedded import embedded_system

from infoscreen.cli.background import running
from infoscreen.cli.ports import PortBook


@dataclass(frozen=True)
class RunningSystem:
    """A started system, seen only through its public interfaces."""

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


@contextmanager
def running_system(
    data_dir: Path, *, port: int | None = None, converters: int = 2, options: Sequence[str] = ()
) -> Iterator[RunningSystem]:
    """A ready system, started with further options of `infoscreen up`; whatever a test has it do, NATS lets it."""
    spec = embedded_system(data_dir, port or free_port(), converters=converters, options=options)
    with running(spec, data_dir.with_suffix(".log")):
        yield RunningSystem(data_dir)
    logs = (data_dir / "logs").glob("*.log")
    assert [log.name for log in logs if b"nats_refused" in log.read_bytes()] == [], "its permissions are too few"


def free_port() -> int:
    return PortBook().port("edge")


@pytest.fixture(scope="session")
def system(tmp_path_factory) -> Iterator[RunningSystem]:
    """One system for all end-to-end tests."""
    with running_system(tmp_path_factory.mktemp("e2e") / "data") as system:
        yield system


@pytest.fixture(scope="module")
def own_system(tmp_path_factory) -> Iterator[RunningSystem]:
    """A system of the module's own, for what would be in others' way: emptiness, or thousands of media."""
    with running_system(tmp_path_factory.mktemp("own") / "data") as system:
        yield system


@pytest.fixture(scope="session")
def decks() -> Path:
    """Real presentations beside the project; tests that need them skip where they are not there."""
    folder = Path(__file__).parents[3] / "shared" / "decks"
    if not folder.is_dir():
        pytest.skip("no real decks beside the project (../shared/decks)")
    return folder
