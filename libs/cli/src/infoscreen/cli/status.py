"""`infoscreen status`: what runs, whether it is ready, and how much work waits."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import nats
import nats.errors
from nats.js.errors import NotFoundError
from rich.console import Console
from rich.table import Table

from infoscreen.cli import endpoints
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.endpoints import Endpoints
from infoscreen.cli.probes import http_ok
from infoscreen.common.messaging import topology

CONNECT_SECONDS = 3.0


@dataclass(frozen=True)
class Lane:
    """The work of one durable consumer."""

    durable: str
    waiting: int
    in_hand: int


def status(data_dir: Path, console: Console) -> bool:
    """Prints two tables; True if everything is up and ready.

    Raises:
        CliError: nothing runs there.
    """
    running = endpoints.read(DataDir(data_dir.absolute()).endpoints)
    states = {name: _state(running, name, pid) for name, pid in sorted(running.pids.items())}
    console.print(_processes(running, states))
    lanes = asyncio.run(queue(running.nats))
    console.print(_lanes(lanes) if lanes is not None else "Queue: NATS does not answer.")
    return lanes is not None and all(state in {"ready", "running"} for state in states.values())


def _state(running: Endpoints, name: str, pid: int) -> str:
    if not Path(f"/proc/{pid}").exists():
        return "not running"
    if name not in running.ops:
        return "running"
    seen = http_ok(f"{running.ops[name]}/readyz")()
    return "ready" if seen is None else f"not ready: {seen}"


async def queue(nats_url: str) -> list[Lane] | None:
    """The durable consumers of work: what waits in the stream, and what is in hand. None where NATS is away."""
    try:
        client = await nats.connect(nats_url, connect_timeout=CONNECT_SECONDS, allow_reconnect=False)
    except (OSError, nats.errors.Error, TimeoutError):
        return None
    lanes = []
    try:
        for durable in (lane.durable for lane in topology.LANES):
            try:
                info = await client.jetstream().consumer_info(topology.STREAM, durable)
            except NotFoundError:
                continue
            lanes.append(Lane(durable, waiting=info.num_pending or 0, in_hand=info.num_ack_pending or 0))
    except (nats.errors.Error, TimeoutError):
        return None
    finally:
        await client.close()
    return lanes


def _processes(running: Endpoints, states: dict[str, str]) -> Table:
    table = Table("process", "pid", "state", title=running.edge, title_justify="left", box=None)
    for name, state in states.items():
        table.add_row(name, str(running.pids[name]), state)
    return table


def _lanes(lanes: list[Lane]) -> Table:
    table = Table("queue", "waiting", "in hand", "lag", box=None)
    for lane in lanes:
        table.add_row(lane.durable, str(lane.waiting), str(lane.in_hand), str(lane.waiting + lane.in_hand))
    return table
