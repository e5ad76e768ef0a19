"""One server of NATS never becomes a cluster over its own data: NATS deletes streams that its cluster does not know."""

import subprocess
from contextlib import ExitStack
from dataclasses import replace

import nats
import nats_nodes
import pytest
from support import nats_users
from support.until import wait_until

from infoscreen.cli.background import running
from infoscreen.cli.ports import PortBook
from infoscreen.cli.probes import http_ok
from infoscreen.cli.requirements import repository_root

GUARD = repository_root() / "deploy" / "nats" / "refuse-lone-data"


def guard(store, monitor: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([GUARD, store, monitor], capture_output=True, text=True, check=False)


async def store_something(url: str) -> None:
    client = await nats.connect(url)
    await client.jetstream().add_stream(name="FACTS", subjects=["facts"])
    await client.jetstream().publish("facts", b"fact")
    await client.close()


async def test_neither_beside_a_single_server_nor_on_its_data_does_a_cluster_begin(tmp_path):
    ports = PortBook()
    monitor = f"http://127.0.0.1:{ports.port('nats-monitor')}"
    assert guard(tmp_path / "new", monitor).returncode == 0
    with running(nats_users.nats(tmp_path, ports), tmp_path / "nats.log"):
        await store_something(nats_users.url(ports))
        beside = guard(tmp_path / "new", monitor)
    on_its_data = guard(tmp_path / "store", monitor)
    for refused in (beside, on_its_data):
        assert refused.returncode == 1
        assert "NATS would delete its streams" in refused.stderr


@pytest.mark.exhaustive
async def test_a_server_of_a_cluster_begins_again_beside_the_others(tmp_path):
    ports, user = PortBook(), "operator"
    specs = [nats_nodes.spec(tmp_path, ports, nats_users.PASSWORDS, node) for node in nats_nodes.NODES]
    monitor = nats_nodes.monitor(ports, nats_nodes.NODES[0])
    with ExitStack() as cluster:
        for spec in specs:
            cluster.enter_context(running(replace(spec, probe=lambda: None), tmp_path / f"{spec.name}.log"))
        wait_until(lambda: http_ok(f"{monitor}/healthz")() is None, "three are a cluster")
        await store_something(nats_nodes.servers(ports, user, nats_users.PASSWORDS[user]).split(",")[0])
        assert guard(tmp_path / "new", monitor).returncode == 0
    for spec in specs:
        assert guard(tmp_path / spec.name / "store", monitor).returncode == 0
