"""The servers of the embedded system: NATS, SeaweedFS (S3), and the edge (Caddy).

Each function writes the server's configuration below the server's directory and returns its ChildSpec. All servers
listen on loopback only, except the edge if --host says otherwise.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infoscreen.cli.certificates import make_certificate
from infoscreen.cli.child import ChildSpec, Liveness, bundled, server_environment
from infoscreen.cli.files import write_private
from infoscreen.cli.ports import LOOPBACK, PortBook
from infoscreen.cli.probes import LIVENESS_SECONDS, http_answers, http_ok
from infoscreen.cli.requirements import repository_root
from infoscreen.common.messaging import permissions

S3_REGION = "us-east-1"
S3_BUCKET = "infoscreen"
GRPC_PORT_OFFSET = (
    10_000  # SeaweedFS: its worker finds the admin server's gRPC port by this rule, whatever the flags say
)

_NATS_CONFIG = """\
# Written at each start; see libs/cli/src/infoscreen/cli/servers.py.
server_name: infoscreen
listen: "{host}:{port}"
http: "{host}:{monitor_port}"
include users.conf
jetstream {{
  store_dir: {store_dir}
  # Every acknowledged message is on disk: what was accepted survives a power cut.
  sync_interval: always
  # The stream's own limit (8 GiB) is reserved here, so this must not depend on the free space of today.
  max_file_store: 64G
}}
"""


@dataclass(frozen=True)
class S3Access:
    """The object store's address and keys for clients."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str = S3_REGION
    bucket: str = S3_BUCKET


def nats_url(ports: PortBook, user: str, password: str) -> str:
    """The address for clients, credentials included."""
    return f"nats://{user}:{password}@{LOOPBACK}:{ports.port('nats')}"


def nats_config(directory: Path, port: int, monitor_port: int) -> str:
    """The server's configuration. JSON strings are valid NATS strings."""
    return _NATS_CONFIG.format(
        host=LOOPBACK,
        port=port,
        monitor_port=monitor_port,
        store_dir=json.dumps(str(directory / "store")),
    )


def nats(directory: Path, ports: PortBook, passwords: Mapping[str, str]) -> ChildSpec:
    """NATS with JetStream, every write synced, and a user with permissions of its own for each service.

    Args:
        directory: the server's.
        ports: for its own ones.
        passwords: of each of ``permissions.USERS``.
    """
    directory.mkdir(parents=True, exist_ok=True)
    config, monitor_port = directory / "nats.conf", ports.port("nats-monitor")
    write_private(directory / "users.conf", permissions.configuration())
    write_private(config, nats_config(directory, ports.port("nats"), monitor_port))
    health = f"http://{LOOPBACK}:{monitor_port}/healthz"
    return ChildSpec(
        name="nats",
        argv=(bundled("nats-server"), "--config", str(config)),
        env={**server_environment(directory), **nats_passwords(passwords)},
        probe=http_ok(health),
        liveness=_answers(health),
    )


def nats_passwords(passwords: Mapping[str, str]) -> dict[str, str]:
    """The passwords of users as the server's configuration reads them from its environment."""
    return {permissions.password_variable(user): password for user, password in passwords.items()}


def s3_config(access: S3Access) -> str:
    """SeaweedFS's identities: a single one, with all permissions."""
    credentials = [{"accessKey": access.access_key, "secretKey": access.secret_key}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return json.dumps({"identities": [{"name": "infoscreen", "credentials": credentials, "actions": actions}]})


def s3(directory: Path, ports: PortBook, access: S3Access) -> ChildSpec:
    """SeaweedFS in one process. Its internal ports require the client certificate that this function creates.

    Every port is set, gRPC's too: their default, the HTTP port plus 10,000, may be taken.
    """
    data = directory / "data"
    data.mkdir(parents=True, exist_ok=True)
    make_certificate(directory, "s3_internal")
    security = repository_root() / "deploy" / "seaweedfs" / "security.toml"
    write_private(directory / "security.toml", security.read_text())
    write_private(directory / "identities.json", s3_config(access))
    health = f"http://{LOOPBACK}:{ports.port('s3')}/healthz"
    return ChildSpec(
        name="s3",
        argv=(bundled("weed"), "-logtostderr=true", "mini", *_weed_flags(directory, ports)),
        env=server_environment(directory),
        probe=http_ok(health),
        liveness=_answers(health),
        cwd=directory,  # SeaweedFS looks here for security.toml, and from there for the certificate
        grace_seconds=20.0,  # SeaweedFS may wait ten seconds for its parts before it closes its volumes
        shows=lambda line: re.match(r"[WEF]\d{4} ", line) is not None,  # glog's warnings and errors, not its banner
    )


def _weed_flags(directory: Path, ports: PortBook) -> list[str]:
    admin_port = ports.port("s3-admin", companion_offset=GRPC_PORT_OFFSET)
    flags: dict[str, object] = {
        "dir": directory / "data",
        "ip": LOOPBACK,
        "ip.bind": LOOPBACK,
        "s3.config": directory / "identities.json",
        "s3.port": ports.port("s3"),
        "s3.port.grpc": ports.port("s3-grpc"),
        "admin.port": admin_port,
        "admin.port.grpc": admin_port + GRPC_PORT_OFFSET,
        "s3.localSocket": directory / "s3.sock",
        "filer.localSocket": directory / "filer.sock",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "admin.ui": "false",
        "webdav": "false",
        "master.telemetry": "false",
        "volume.id": "infoscreen",  # the default is the address: existing data must not depend on a port
        "volume.preStopSeconds": 0,
        "idleTimeout": 5,  # idle connections delay the stop by this; 30 s by default
    }
    for part in ("master", "volume", "filer"):
        flags[f"{part}.port"] = ports.port(f"s3-{part}")
        flags[f"{part}.port.grpc"] = ports.port(f"s3-{part}-grpc")
    return [f"-{name}={value}" for name, value in flags.items()]


def edge(directory: Path, caddyfile: Path, local_url: str, settings: Mapping[str, str]) -> ChildSpec:
    """Caddy, the one address that browsers and players know.

    Args:
        directory: Caddy's state.
        caddyfile: the committed configuration.
        local_url: the edge's address on this machine.
        settings: the Caddyfile's environment variables (address, upstreams, the dashboard's directory).
    """
    directory.mkdir(parents=True, exist_ok=True)
    xdg = {f"XDG_{kind}_HOME": str(directory / kind.lower()) for kind in ("CONFIG", "DATA", "CACHE", "STATE")}
    return ChildSpec(
        name="edge",
        argv=(bundled("caddy"), "run", "--config", str(caddyfile), "--adapter", "caddyfile"),
        env={**server_environment(directory), **xdg, **settings},
        probe=http_answers(local_url),
        liveness=_answers(local_url),
    )


def _answers(url: str) -> Liveness:
    """Any answer counts as alive, errors too: a restart does not repair a full disk."""
    return Liveness(http_answers(url, LIVENESS_SECONDS))
