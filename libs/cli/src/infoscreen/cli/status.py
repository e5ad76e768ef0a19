"""`infoscreen status`: the running processes, whether each is ready, and the queues' depth."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from nats.js.errors import NotFoundError
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from infoscreen.cli import endpoints
from infoscreen.cli.datadir import DataDir
from infoscreen.cli.endpoints import Endpoints
from infoscreen.cli.errors import CliError
from infoscreen.cli.nats_access import connected
from infoscreen.cli.probes import http_ok
from infoscreen.common.events import subjects
from infoscreen.common.messaging import topology
from infoscreen.common.messaging.connection import Connection
from infoscreen.common.settings import NatsSettings


@dataclass(frozen=True)
class QueueDepth:
    """The unfinished work of one durable consumer: messages waiting in the stream, and messages being processed."""

    durable: str
    waiting: int
    in_hand: int


def status(data_dir: Path, console: Console) -> bool:
    """Prints two tables; True if everything is up and ready.

    Raises:
        CliError: no system runs there.
    """
    running = endpoints.read(DataDir(data_dir.absolute()).endpoints)
    states = {name: _state(running, name, pid) for name, pid in sorted(running.pids.items())}
    console.print(_processes(running, states))
    queues = asyncio.run(_queues(running.nats))
    console.print(_queue_table(queues) if queues is not None else "Queue: NATS does not answer.")
    return queues is not None and all(state in {"ready", "running"} for state in states.values())


def _state(running: Endpoints, name: str, pid: int) -> str:
    if not Path(f"/proc/{pid}").exists():
        return "not running"
    if name not in running.ops:
        return "running"
    seen = http_ok(f"{running.ops[name]}/readyz")()
    return "ready" if seen is None else f"not ready: {seen}"


async def _queues(nats_url: str) -> list[QueueDepth] | None:
    """The depth of each lane's durable consumer; None if NATS is away."""
    try:
        async with connected(NatsSettings(url=SecretStr(nats_url)), "status") as connection:
            found = [await _depth(connection, lane.durable) for lane in subjects.LANES]
    except CliError:
        return None
    return [depth for depth in found if depth]


async def _depth(connection: Connection, durable: str) -> QueueDepth | None:
    try:
        info = await connection.js.consumer_info(topology.STREAM, durable)
    except NotFoundError:
        return None
    return QueueDepth(durable, waiting=info.num_pending or 0, in_hand=info.num_ack_pending or 0)


def _processes(running: Endpoints, states: dict[str, str]) -> Table:
    table = Table("process", "pid", "state", title=running.edge, title_justify="left", box=None)
    for name, state in states.items():
        table.add_row(name, str(running.pids[name]), state)
    return table


def _queue_table(queues: list[QueueDepth]) -> Table:
    table = Table("queue", "waiting", "in hand", "lag", box=None)
    for depth in queues:
        table.add_row(depth.durable, str(depth.waiting), str(depth.in_hand), str(depth.waiting + depth.in_hand))
    return table
