"""What goes wrong, when, for how long: faults drawn from a seed, injected one after another, each healed again.

Each fault names the row of the fault table in docs/reliability.md that it stands for.
"""

import asyncio
import json
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import nats
import psutil

from chaos.stack import Stack
from chaos.toxics import Toxic
from infoscreen.common.clock import utc_now
from infoscreen.common.events import Envelope, MediaDeleted, new_media_id, to_headers
from infoscreen.common.messaging import topology

Injection = Callable[[Stack, random.Random], Awaitable[None]]

# Part to row of the fault table.
SERVICES = {"ingest": 1, "catalog": 18, "player-gateway": 18, "converter-1": 9, "converter-2": 9}
SERVERS = {"nats": 8, "s3": 17, "postgres": 18}


@dataclass(frozen=True)
class Fault:
    """One kind of trouble."""

    name: str
    row: int
    inject: Injection


def _kill(name: str) -> Injection:
    async def inject(stack: Stack, _: random.Random) -> None:
        stack.signal(name, signal.SIGKILL)

    return inject


def _kill_thrice(name: str) -> Injection:
    async def inject(stack: Stack, chance: random.Random) -> None:
        for _ in range(3):
            stack.signal(name, signal.SIGKILL)
            await asyncio.sleep(chance.uniform(1, 4))

    return inject


def _terminate(name: str) -> Injection:
    async def inject(stack: Stack, _: random.Random) -> None:
        stack.signal(name, signal.SIGTERM)

    return inject


def _pause(name: str, shortest: float, longest: float) -> Injection:
    async def inject(stack: Stack, chance: random.Random) -> None:
        pid = stack.pid(name)
        if stack.signal(name, signal.SIGSTOP):
            await asyncio.sleep(chance.uniform(shortest, longest))
            if stack.pid(name) == pid:
                stack.signal(name, signal.SIGCONT)

    return inject


def _poison(server: str, toxic: Toxic) -> Injection:
    async def inject(stack: Stack, chance: random.Random) -> None:
        stack.proxies[server].poison(toxic)
        await asyncio.sleep(chance.uniform(2, 8))
        stack.proxies[server].heal()

    return inject


def _offices(stack: Stack) -> list[psutil.Process]:
    found = []
    for name, pid in stack.endpoints["pids"].items():
        if name.startswith("converter-") and psutil.pid_exists(pid):
            children = psutil.Process(pid).children(recursive=True)
            found += [child for child in children if "soffice.bin" in " ".join(child.cmdline())]
    return found


def _signal_office(signum: int) -> Injection:
    async def inject(stack: Stack, chance: random.Random) -> None:
        try:
            offices = _offices(stack)
            if offices:
                chance.choice(offices).send_signal(signum)
        except psutil.Error:
            return

    return inject


async def _lose_durable(stack: Stack, chance: random.Random) -> None:
    """Row 12: the operator's way back is to apply the topology again."""
    connection = await nats.connect(stack.endpoints["nats"])
    try:
        js = connection.jetstream()
        await js.delete_consumer(topology.STREAM, chance.choice(topology.LANES).durable)
        await asyncio.sleep(2)
        await topology.apply_durables(js)
    finally:
        await connection.close()


async def _fill_stream(stack: Stack, _: random.Random) -> None:
    """Row 7: a stream without room refuses; uploads are parked until there is room."""
    connection = await nats.connect(stack.endpoints["nats"])
    try:
        js = connection.jetstream()
        info = await js.stream_info(topology.STREAM)
        roomy = info.config.max_bytes
        info.config.max_bytes = max(1, info.state.bytes)
        await js.update_stream(info.config)
        await asyncio.sleep(5)
        info.config.max_bytes = roomy
        await js.update_stream(info.config)
    finally:
        await connection.close()


async def _publish_oddities(stack: Stack, chance: random.Random) -> None:
    """Row 19: events repeated, out of order and of an unknown version, straight into the stream."""
    connection = await nats.connect(stack.endpoints["nats"])
    try:
        js = connection.jetstream()
        info = await js.stream_info(topology.STREAM)
        for _ in range(5):
            old = await js.get_msg(topology.STREAM, seq=chance.randint(1, max(1, info.state.last_seq)))
            if old.subject.startswith("media.uploaded"):
                continue  # storing an upload a second time is a new generation, not a repetition
            headers = {k: v for k, v in (old.headers or {}).items() if not k.startswith("Nats-")}
            await js.publish(old.subject, old.data or b"", headers=headers)
        stranger = MediaDeleted(media_id=new_media_id(), deleted_by="nemesis")
        headers = to_headers(Envelope(str(uuid4()), "nemesis", utc_now(), stranger))
        headers["ce-dataschema"] = "urn:infoscreen:media.deleted:v99"
        await js.publish(f"media.deleted.{stranger.media_id}", stranger.model_dump_json().encode(), headers=headers)
    finally:
        await connection.close()


FAULTS: tuple[Fault, ...] = (
    *(Fault(f"kill {name}", row, _kill(name)) for name, row in SERVICES.items()),
    *(Fault(f"terminate {name}", 11, _terminate(name)) for name in ("converter-1", "converter-2", "ingest")),
    Fault("kill nats three times", 5, _kill_thrice("nats")),
    Fault("kill s3", 17, _kill("s3")),
    Fault("kill postgres", 18, _kill("postgres")),
    Fault("kill edge", 22, _kill("edge")),
    Fault("pause nats", 6, _pause("nats", 4, 6)),
    Fault("pause s3", 17, _pause("s3", 2, 6)),
    Fault("pause postgres", 18, _pause("postgres", 2, 6)),
    Fault("pause a converter", 10, _pause("converter-1", 5, 20)),
    *(Fault(f"blackhole {name}", row, _poison(name, Toxic(blackhole=True))) for name, row in SERVERS.items()),
    *(Fault(f"reset {name}", row, _poison(name, Toxic(reset=True))) for name, row in SERVERS.items()),
    Fault("slow nats", 4, _poison("nats", Toxic(latency_seconds=0.2))),
    Fault("slow s3", 17, _poison("s3", Toxic(bytes_per_second=200_000))),
    Fault("sliced s3", 17, _poison("s3", Toxic(slice_bytes=100, latency_seconds=0.001))),
    Fault("kill an office", 14, _signal_office(signal.SIGKILL)),
    Fault("hang an office", 14, _signal_office(signal.SIGSTOP)),
    Fault("lose a durable", 12, _lose_durable),
    Fault("fill the stream", 7, _fill_stream),
    Fault("publish oddities", 19, _publish_oddities),
)


@dataclass
class Nemesis:
    """Injects faults until told to stop, and keeps a log that replays from the seed."""

    seed: int
    faults: tuple[Fault, ...] = FAULTS
    quiet_seconds: tuple[float, float] = (1.0, 4.0)
    log: list[dict[str, object]] = field(default_factory=list)

    async def run(self, stack: Stack, stop: asyncio.Event) -> None:
        """Inject one fault after another; every kind once before any comes twice."""
        chance = random.Random(f"nemesis/{self.seed}")
        bag: list[Fault] = []
        while not stop.is_set():
            if not bag:
                bag = chance.sample(self.faults, k=len(self.faults))
            fault = bag.pop()
            entry: dict[str, object] = {"at": utc_now().isoformat(), "fault": fault.name, "row": fault.row}
            self.log.append(entry)
            try:
                await fault.inject(stack, chance)
            except (OSError, TimeoutError, nats.errors.Error, KeyError, ValueError) as error:
                entry["missed"] = repr(error)  # what it needed was away because of the fault before
            await _sleep(stop, chance.uniform(*self.quiet_seconds))

    def heal(self, stack: Stack) -> None:
        """End whatever still lasts."""
        for proxy in stack.proxies.values():
            proxy.heal()
        for name in stack.endpoints["pids"]:
            if name != "up":
                stack.signal(name, signal.SIGCONT)

    def save(self, path: Path) -> None:
        """Keep the log beside the system's own."""
        path.write_text(json.dumps({"seed": self.seed, "faults": self.log}, indent=2) + "\n")


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
