"""Checks each server on the deck's path: that it answers, its version, clock, free space and declared topology."""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import asyncpg
import nats.errors
from anyio.to_thread import run_sync

from infoscreen.cli.doctor.clock import compare_clocks
from infoscreen.cli.doctor.finding import Finding, Hop, Verdict
from infoscreen.cli.doctor.target import Target
from infoscreen.cli.http_client import NoResponseError, send
from infoscreen.cli.probes import http_ok
from infoscreen.common.errors import InfoscreenError
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.object_store import ObjectStore

SERVER_SECONDS = 5.0
OLDEST_NATS, OLDEST_POSTGRES = (2, 11), 14
"""NATS: the renditions bucket needs message TTLs. Postgres: asyncpg and the migrations are tried from here on."""

_ROOM_WARNING, _ROOM_BROKEN = 0.10, 0.02
_APPLY = "Run `infoscreen topology apply` (the deploy job): it changes only what differs."
_SERVICES = {"accounts": Hop.EDGE, "ingest": Hop.INGEST, "catalog": Hop.CATALOG, "player-gateway": Hop.GATEWAY}
_SERVER_ERRORS = (InfoscreenError, NoResponseError, asyncpg.PostgresError, nats.errors.Error, OSError, TimeoutError)


@dataclass(frozen=True)
class ServerChecks:
    """The checks that the doctor runs before it sends a deck.

    Args:
        target: the system. connection: open, to its NATS; None if NATS is away. store: its object store.
    """

    target: Target
    connection: Connection | None
    store: ObjectStore

    async def run(self) -> list[Finding]:
        """All findings, in the order of the hops."""
        findings = [
            *await self._check_server(Hop.S3, "server", self._s3, "object-store-away"),
            *await self._check_server(Hop.NATS, "server", self._nats, "nats-away"),
            *await self._check_server(Hop.CATALOG, "Postgres", self._postgres, "database-away"),
            *await self._services(),
        ]
        if self.target.data_dir:
            findings.append(_disk(self.target.data_dir))
        return sorted(findings, key=lambda finding: finding.hop)

    async def _check_server(
        self, hop: Hop, what: str, check: Callable[[], Awaitable[list[Finding]]], page: str
    ) -> list[Finding]:
        try:
            return await check()
        except _SERVER_ERRORS as error:
            seen = f"does not answer: {str(error) or type(error).__name__}"
            return [Finding(hop, what, Verdict.BROKEN, seen, f"Start it; see docs/runbook/{page}.md.")]

    async def _s3(self) -> list[Finding]:
        if wrong := await self.store.check():
            return [Finding(Hop.S3, "bucket", Verdict.BROKEN, wrong, _APPLY)]
        earliest = datetime.now(UTC)
        response = await run_sync(lambda: send("GET", self.target.access.s3.endpoint, timeout_seconds=SERVER_SECONDS))
        latest = datetime.now(UTC)
        findings = [Finding(Hop.S3, "server", Verdict.FINE, response.headers.get("server", "answers"))]
        if date := response.headers.get("date"):
            findings.append(compare_clocks(Hop.S3, parsedate_to_datetime(date), earliest, latest, resolution_seconds=1))
        return findings

    async def _nats(self) -> list[Finding]:
        if self.connection is None:
            raise TimeoutError("no connection")
        version = self.connection.client.connected_server_version
        seen = f"NATS {version.major}.{version.minor}.{version.patch}"
        findings = [_version(Hop.NATS, "server", seen, (version.major, version.minor) >= OLDEST_NATS)]
        differences = await topology.differences(self.connection.js, self.target.access.nats)
        findings += [Finding(Hop.NATS, "topology", Verdict.BROKEN, what, _APPLY) for what in differences]
        if not differences:
            findings.append(Finding(Hop.NATS, "topology", Verdict.FINE, "streams and durables are as declared"))
        return [*findings, await self._stream_room(self.connection)]

    async def _stream_room(self, connection: Connection) -> Finding:
        info = await connection.js.stream_info(topology.STREAM)
        limit = info.config.max_bytes or 0
        left = 1 - info.state.bytes / limit if limit > 0 else 1.0
        remedy = "Raise NATS_STREAM_MAX_BYTES and apply the topology: a full stream refuses facts."
        return _room(Hop.NATS, "stream", left, f"{left:.0%} of its {limit / 1024**2:.0f} MiB are free", remedy)

    async def _postgres(self) -> list[Finding]:
        database = await asyncpg.connect(self.target.access.database_url, timeout=SERVER_SECONDS)
        try:
            earliest = datetime.now(UTC)
            now = await database.fetchval("SELECT clock_timestamp()", timeout=SERVER_SECONDS)
            latest = datetime.now(UTC)
            version = database.get_server_version()
        finally:
            await database.close(timeout=SERVER_SECONDS)
        seen = f"Postgres {version.major}.{version.micro}"  # the driver knows three numbers; Postgres has two since 10
        return [
            _version(Hop.CATALOG, "Postgres", seen, version.major >= OLDEST_POSTGRES),
            compare_clocks(Hop.CATALOG, now, earliest, latest),
        ]

    async def _services(self) -> list[Finding]:
        """One finding per service, by its /readyz; none if the ops addresses are unknown."""
        if self.target.ops is None:
            return []
        seen = {name: await run_sync(http_ok(f"{url}/readyz")) for name, url in self.target.ops.items()}
        findings = [_readiness(hop, name, seen[name]) for name, hop in _SERVICES.items() if name in seen]
        return [*findings, *_converters({name: seen[name] for name in seen if name.startswith("converter-")})]


def _readiness(hop: Hop, name: str, answer: str | None) -> Finding:
    """Only a warning: a server may be the cause, or another replica may be ready; the deck decides about the hop."""
    if answer is None:
        return Finding(hop, name, Verdict.FINE, "ready")
    return Finding(hop, name, Verdict.WARNING, f"not ready: {answer}", f"Its log says why: logs/{name}.log.")


def _converters(seen: dict[str, str | None]) -> list[Finding]:
    if not seen:
        remedy = "Start one: `infoscreen scale converter 1`."
        return [Finding(Hop.CONVERTER, "converters", Verdict.BROKEN, "none is running", remedy)]
    return [_readiness(Hop.CONVERTER, name, answer) for name, answer in seen.items()]


def _version(hop: Hop, what: str, seen: str, supported: bool) -> Finding:
    if supported:
        return Finding(hop, what, Verdict.FINE, seen)
    return Finding(hop, what, Verdict.BROKEN, f"{seen} is too old", "Upgrade it: docs/how-to/upgrade.md.")


def _disk(data_dir: Path) -> Finding:
    usage = shutil.disk_usage(data_dir)
    left = usage.free / usage.total
    remedy = "Make room: see docs/runbook/disk-filling-up.md."
    return _room(Hop.S3, "disk", left, f"{usage.free / 1024**3:.1f} GiB ({left:.0%}) are free at {data_dir}", remedy)


def _room(hop: Hop, what: str, left: float, seen: str, remedy: str) -> Finding:
    if left > _ROOM_WARNING:
        return Finding(hop, what, Verdict.FINE, seen)
    return Finding(hop, what, Verdict.BROKEN if left <= _ROOM_BROKEN else Verdict.WARNING, seen, remedy)
