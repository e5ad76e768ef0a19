"""`infoscreen up` as the chart runs the system: two of each HTTP service behind the edge, three NATS servers.

Run as a program it takes the command's own options. The second of each service is named `ingest-2`, `catalog-2`, ….
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import nats_nodes
from nats_nodes import NODES

from infoscreen.cli.child import ChildSpec
from infoscreen.cli.endpoints import Endpoints
from infoscreen.cli.ports import LOOPBACK
from infoscreen.cli.system import HTTP_SERVICES, Options, System
from infoscreen.cli.terminal import Terminal
from infoscreen.cli.up import up


class Replicated(System):
    """The embedded system, with a second of each HTTP service, and every stream on three servers."""

    def nats_url(self, user: str) -> str:
        return nats_nodes.servers(self.ports, user, self.secrets.nats_passwords[user])

    def servers(self) -> list[ChildSpec]:
        cluster = (nats_nodes.spec(self.data.path, self.ports, self.secrets.nats_passwords, node) for node in NODES)
        return [*cluster, *(spec for spec in super().servers() if spec.name != "nats")]

    def environment(self) -> dict[str, str]:
        return super().environment() | {"NATS_STREAM_REPLICAS": "3"}

    def services(self) -> list[ChildSpec]:
        return [*super().services(), *map(self._second, HTTP_SERVICES)]

    def edge(self) -> ChildSpec:
        spec = super().edge()
        both = {
            f"{prefix}_UPSTREAM": " ".join(self._at(f"{each}-http") for each in (name, f"{name}-2"))
            for name, prefix in HTTP_SERVICES.items()
        }
        return replace(spec, env={**spec.env, **both})

    def endpoints(self, pids: Mapping[str, int]) -> Endpoints:
        found = super().endpoints(pids)
        seconds = {f"{name}-2": f"http://{self._at(f'{name}-2-ops')}" for name in HTTP_SERVICES}
        return replace(found, nats=found.nats.partition(",")[0], ops=found.ops | seconds)

    def _second(self, name: str) -> ChildSpec:
        prefix, second = HTTP_SERVICES[name], f"{name}-2"
        ports = {f"{prefix}_{kind}_PORT": str(self.ports.port(f"{second}-{kind.lower()}")) for kind in ("HTTP", "OPS")}
        return self.service(second, name.replace("-", "_"), ports)

    def _at(self, name: str) -> str:
        return f"{LOOPBACK}:{self.ports.port(name)}"


async def _nothing(_system: System, _terminal: Terminal) -> None:
    """What to do once ready: nothing, the test does."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["up"])
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--port", type=int)
    parser.add_argument("--converters", type=int)
    chosen = parser.parse_args()
    options = Options(data_dir=chosen.data_dir, port=chosen.port, converters=chosen.converters)
    up(options, Terminal(), _nothing, Replicated)
