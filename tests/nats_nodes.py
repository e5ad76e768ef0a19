"""Three NATS servers on loopback that run deploy/nats/cluster.conf, the file that production runs."""

import json
from collections.abc import Mapping
from pathlib import Path

from infoscreen.cli.child import ChildSpec, bundled, server_environment
from infoscreen.cli.ports import LOOPBACK, PortBook
from infoscreen.cli.probes import http_ok
from infoscreen.cli.requirements import repository_root
from infoscreen.cli.servers import nats_passwords

NODES = ("nats-0", "nats-1", "nats-2")
_ROUTE_TOKEN = "n0thing"
_CONFIG = repository_root() / "deploy" / "nats" / "cluster.conf"


def servers(ports: PortBook, user: str, password: str) -> str:
    """As a service has them in NATS_URL: every server in one setting."""
    return ",".join(f"nats://{user}:{password}@{LOOPBACK}:{ports.port(node)}" for node in NODES)


def monitor(ports: PortBook, node: str) -> str:
    """Where a server says how it is."""
    return f"http://{LOOPBACK}:{ports.port(f'{node}-monitor')}"


def spec(directory: Path, ports: PortBook, passwords: Mapping[str, str], node: str) -> ChildSpec:
    """One server; it is ready once it has its streams and is as far as their leaders, so not before two are there."""
    home = directory / node
    home.mkdir(parents=True, exist_ok=True)
    routes = [f"nats://infoscreen:{_ROUTE_TOKEN}@{LOOPBACK}:{ports.port(f'{peer}-route')}" for peer in NODES]
    environment = {
        **server_environment(home),
        **nats_passwords(passwords),
        "NATS_SERVER_NAME": node,
        "NATS_LISTEN": f"{LOOPBACK}:{ports.port(node)}",
        "NATS_MONITOR": monitor(ports, node).removeprefix("http://"),
        "NATS_CLUSTER_LISTEN": f"{LOOPBACK}:{ports.port(f'{node}-route')}",
        "NATS_ROUTES": json.dumps(routes),
        "NATS_STORE_DIR": json.dumps(str(home / "store")),
        "NATS_MAX_FILE_STORE": "64G",
        "NATS_TOKEN": _ROUTE_TOKEN,
    }
    argv = (bundled("nats-server"), "--config", str(_CONFIG))
    return ChildSpec(name=node, argv=argv, env=environment, probe=http_ok(f"{monitor(ports, node)}/healthz"))
