"""The system's own servers and services, started unsupervised on free ports, only those that a bench needs."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infoscreen.cli import system_secrets
from infoscreen.cli.background import running
from infoscreen.cli.child import ChildSpec
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.files import write_private
from infoscreen.cli.ports import LOOPBACK, PortBook
from infoscreen.cli.requirements import repository_root
from infoscreen.cli.system import HTTP_SERVICES, Options, System


class BenchSystem(System):
    """As ``infoscreen up`` describes it, but for the limits of requests, and with logs as in production."""

    def environment(self) -> dict[str, str]:
        """The services' settings."""
        limits = {f"{prefix}_RATE_LIMIT": "1000000/minute" for prefix in HTTP_SERVICES.values()}
        return {**super().environment(), **limits, "LOG_FORMAT": "json"}


@dataclass
class Parts:
    """What is running."""

    system: System
    stack: ExitStack
    pids: dict[str, int]

    def start(self, spec: ChildSpec) -> int:
        """Start one more part; returns its process id."""
        process = self.stack.enter_context(running(spec, self.system.data.logs / f"{spec.name}.log"))
        self.pids[spec.name] = process.pid
        return process.pid

    def start_service(self, name: str) -> int:
        """Start one of the services that speak HTTP."""
        return self.start(self.system.service(name, name.replace("-", "_"), {}))

    def url(self, service: str) -> str:
        """Where a service is, past the edge."""
        return f"http://{LOOPBACK}:{self.system.ports.port(f'{service}-http')}"


@contextmanager
def running_parts(services: Sequence[str] = (), *, converters: int = 0, edge: bool = False) -> Iterator[Parts]:
    """NATS, S3, Postgres, the topology and the schema; these services, so many converters, and the edge."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        data, ports = DataDir(Path(name)), PortBook()
        data.prepare()
        own = system_secrets.load_or_create(data.secrets)
        write_private(data.tokens, system_secrets.tokens_file(own))
        options = Options(data_dir=data.path, port=ports.port("edge"), converters=converters)
        parts = Parts(BenchSystem(options, data, repository_root(), own, ports), stack, {})
        for spec in parts.system.servers():
            parts.start(spec)
        for name_of_job, argv in parts.system.jobs().items():
            _run_job(parts, name_of_job, tuple(argv))
        for service in services:
            parts.start_service(service)
        for number in range(1, converters + 1):
            parts.start(parts.system.converter(number))
        if edge:
            parts.start(parts.system.edge())
        yield parts


def _run_job(parts: Parts, name: str, argv: tuple[str, ...]) -> None:
    log = parts.system.data.logs / f"{name}.log"
    spec = ChildSpec(name=name, argv=argv, env=parts.system.environment(), probe=lambda: None)
    with running(spec, log) as job:
        if job.wait():
            raise SystemExit(log.read_text()[-2000:])


def resident_mib(pid: int) -> float:
    """What a process has in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def peak_mib(pid: int) -> float:
    """The most that a process ever had in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def process_seconds(pid: int) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
