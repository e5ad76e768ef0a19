"""A whole system with the exporters that watch it, and ways to break each part of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import nats
from embedded import embedded_system
from programs import program
from support.until import until

from alerts.promtool import OBSERVABILITY
from alerts.scrape import Series, scrape
from infoscreen.cli.background import running
from infoscreen.cli.child import ChildSpec, bundled, server_environment
from infoscreen.cli.ports import LOOPBACK, PortBook
from infoscreen.cli.probes import http_answers, http_ok

HEAL_SECONDS = 90
LEAF = "localhost"
_HTTPS = """{{
	admin off
	auto_https disable_redirects
	skip_install_trust
	storage file_system {storage}
}}
https://{host}:{port} {{
	bind {address}
	tls internal
	reverse_proxy {upstream}
}}
"""


@dataclass(frozen=True)
class Installation:
    """One system on this machine; what it says of itself is read anew each time.

    Attributes:
        ports: of what watches it.
    """

    data_dir: Path
    ports: PortBook

    @property
    def endpoints(self) -> dict:
        return json.loads((self.data_dir / "endpoints.json").read_text())

    def client(self, role: str = "operator") -> httpx.AsyncClient:
        """A client of the edge."""
        endpoints = self.endpoints
        headers = {"Authorization": f"Bearer {endpoints[f'{role}_token']}"}
        return httpx.AsyncClient(base_url=endpoints["edge"], headers=headers, timeout=60)

    @asynccontextmanager
    async def database(self) -> AsyncIterator[asyncpg.Connection]:
        """Postgres, as the database's owner."""
        connection = await asyncpg.connect(self.endpoints["postgres"])
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def jetstream(self) -> AsyncIterator[nats.js.JetStreamContext]:
        """NATS, as an operator reaches it."""
        connection = await nats.connect(self.endpoints["nats"])
        try:
            yield connection.jetstream()
        finally:
            await connection.close()

    def environment_of(self, name: str) -> dict[str, str]:
        """The settings that a part runs with."""
        raw = Path(f"/proc/{self.endpoints['pids'][name]}/environ").read_bytes().split(b"\0")
        return dict(entry.decode().split("=", 1) for entry in raw if b"=" in entry)

    def metrics(self, **others: str) -> Series:
        """What prometheus.yaml has Prometheus scrape: the services; NATS and the edge through the blackbox exporter.

        Args:
            others: more services: the ops URL by job.
        """
        ops = [("converter" if name.startswith("converter-") else name, url) for name, url in self._ops.items()]
        monitor = json.loads((self.data_dir / "ports.json").read_text())["nats-monitor"]
        probed = [("nats", f"http://{LOOPBACK}:{monitor}/healthz"), ("edge", self.endpoints["edge"])]
        with ThreadPoolExecutor() as threads:
            scrapes = [threads.submit(scrape, job, f"{url}/metrics") for job, url in [*ops, *others.items()]]
            probes = [threads.submit(self.probe, job, target) for job, target in probed]
        return {name: value for done in (*scrapes, *probes) for name, value in done.result().items()}

    def probe(self, job: str, target: str) -> Series:
        """What the blackbox exporter says of a URL."""
        exporter = f"http://{LOOPBACK}:{self.ports.port('blackbox')}/probe"
        return scrape(job, exporter, instance=target, module="http", target=target)

    def nodes(self) -> Series:
        """What the node exporter says of this machine's disks."""
        return scrape("node", f"http://{LOOPBACK}:{self.ports.port('node')}/metrics")

    @property
    def _ops(self) -> Mapping[str, str]:
        return self.endpoints["ops"]

    async def healthy(self) -> Series:
        """The metrics, once every service is ready and the projector is at work."""

        async def found() -> Series | None:
            scraped = await asyncio.to_thread(self.metrics)
            return scraped if self._is_healthy(scraped) else None

        return await until(found, "a healthy system", HEAL_SECONDS, poll_seconds=0.2)

    @staticmethod
    def _is_healthy(found: Series) -> bool:
        def of(*metrics: str) -> list[float]:
            return [value for name, value in found.items() if name.partition("{")[0] in metrics]

        good = of("up", "probe_success", "infoscreen_check_ok")
        bad = of("infoscreen_outbox_events", "infoscreen_projection_lag_events")
        bad += of("infoscreen_conversions_oldest_pending_seconds")
        bad += [v for name, v in found.items() if name.startswith("infoscreen_players{") and 'state="gone"' in name]
        return all(good) and not any(bad) and sum(of("infoscreen_projection_active")) == 1


@contextmanager
def installation(directory: Path, **settings: str) -> Iterator[Installation]:
    """A running one, with exporters and HTTPS before its edge; the services get these settings beside their own."""
    data_dir, ports = directory / "data", PortBook()
    found = Installation(data_dir, ports)
    with ExitStack() as stack:
        for spec in (embedded_system(data_dir, ports.port("edge"), **settings), *_watchers(directory, ports)):
            stack.enter_context(running(spec, directory / f"{spec.name}.log"))
        stack.enter_context(running(_https(directory, found), directory / "https.log"))
        yield found


def _watchers(directory: Path, ports: PortBook) -> Iterator[ChildSpec]:
    blackbox, node = (f"{LOOPBACK}:{ports.port(name)}" for name in ("blackbox", "node"))
    trust = {"SSL_CERT_FILE": str(authority(directory))}
    configuration = f"--config.file={OBSERVABILITY / 'blackbox.yaml'}"
    yield ChildSpec(
        name="blackbox",
        argv=(program("prometheus-blackbox-exporter"), configuration, f"--web.listen-address={blackbox}"),
        env=server_environment(directory) | trust,
        probe=http_ok(f"http://{blackbox}/metrics"),
    )
    collectors = ("--collector.disable-defaults", "--collector.filesystem")
    yield ChildSpec(
        name="node",
        argv=(program("prometheus-node-exporter"), *collectors, f"--web.listen-address={node}"),
        env=server_environment(directory),
        probe=http_ok(f"http://{node}/metrics"),
    )


def authority(directory: Path) -> Path:
    """The certificate of who signs for `https`; Caddy makes it, for itself alone."""
    return directory / "https" / "pki" / "authorities" / "local" / "root.crt"


def _https(directory: Path, found: Installation) -> ChildSpec:
    """TLS before the edge, as compose.tls.yaml has it, with a certificate for a few hours."""
    storage, port = directory / "https", found.ports.port("https")
    storage.mkdir()
    upstream = urlsplit(found.endpoints["edge"]).netloc
    caddyfile = directory / "Caddyfile"
    caddyfile.write_text(_HTTPS.format(storage=storage, host=LEAF, address=LOOPBACK, port=port, upstream=upstream))
    return ChildSpec(
        name="https",
        argv=(bundled("caddy"), "run", "--config", str(caddyfile), "--adapter", "caddyfile"),
        env=server_environment(directory),
        probe=http_answers(f"http://{LOOPBACK}:{port}/"),
    )
