"""Every kind of fault in the mix, with the rows of the fault table of docs/reliability.md that it stands for."""

import signal

from chaos import filling, jobs, keys, messages, network, processes, storms
from chaos.clients import FRONT_DOOR
from chaos.fault import Fault, Lane
from chaos.gotenberg import Trouble
from chaos.toxics import Toxic

_SERVER_ERROR = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_CONVERTERS = ("converter-1", "converter-2")
_KILLED_BETWEEN_EFFECTS = ("converter.converted", "converter.stored", "converter.registered", "converter.published")

FAULTS: tuple[Fault, ...] = (
    Fault("kill ingest", (1,), processes.kill("ingest")),
    Fault("kill ingest between storing and publishing", (2,), processes.die_at("ingest", "ingest.stored")),
    Fault("blackhole nats", (3, 6), network.poison("nats", Toxic(blackhole=True))),
    Fault("reset nats", (3,), network.poison("nats", Toxic(reset=True))),
    Fault("lose the answers of nats", (4,), network.poison("nats", Toxic(deaf=True))),
    Fault("slow nats", (4,), network.poison("nats", Toxic(latency_seconds=0.2))),
    Fault("kill nats three times", (5,), processes.kill_thrice("nats")),
    Fault("pause nats", (6,), processes.pause("nats", 4, 6)),
    Fault("fill the disk of nats", (7,), filling.fill_disk("nats"), needs_disks=True),
    Fault("fill the stream", (7,), messages.fill_stream),
    Fault("cut a converter off past ack wait", (8,), network.cut_off_past_ack_wait, Lane.ENDURANCE),
    *(Fault(f"kill {name}", (9,), processes.kill(name)) for name in _CONVERTERS),
    *(
        Fault(f"kill converter-2 at {name}", (9,), processes.die_at("converter-2", name))
        for name in _KILLED_BETWEEN_EFFECTS
    ),
    Fault("pause a converter past ack wait", (10,), processes.pause("converter-2", 63, 72), Lane.ENDURANCE),
    *(Fault(f"terminate {name}", (11,), processes.terminate(name)) for name in (*_CONVERTERS, "ingest")),
    Fault("lose a durable", (12,), messages.lose_durable),
    *(Fault(f"gotenberg {trouble}", (13,), network.trouble_gotenberg(trouble)) for trouble in Trouble),
    Fault("kill an office", (14,), processes.signal_office(signal.SIGKILL)),
    Fault("hang an office", (14,), processes.signal_office(signal.SIGSTOP)),
    Fault("starve an office", (14,), processes.starve_office),
    Fault("kill s3", (17,), processes.kill("s3")),
    Fault("pause s3", (17,), processes.pause("s3", 2, 6)),
    Fault("blackhole s3", (17,), network.poison("s3", Toxic(blackhole=True))),
    Fault("reset s3", (17,), network.poison("s3", Toxic(reset=True))),
    Fault("slow s3", (17,), network.poison("s3", Toxic(bytes_per_second=200_000))),
    Fault("sliced s3", (17,), network.poison("s3", Toxic(slice_bytes=100, latency_seconds=0.001))),
    Fault("s3 answers 503", (17,), network.poison("s3", Toxic(answer=_SERVER_ERROR))),
    Fault("s3 cut mid-answer", (17,), network.poison("s3", Toxic(cut_bytes=10_000))),
    Fault("fill the disk of s3", (17,), filling.fill_disk("s3"), needs_disks=True),
    Fault("kill postgres", (18,), processes.kill("postgres")),
    Fault("pause postgres", (18,), processes.pause("postgres", 2, 6)),
    Fault("blackhole postgres", (18,), network.poison("postgres", Toxic(blackhole=True))),
    Fault("reset postgres", (18,), network.poison("postgres", Toxic(reset=True))),
    Fault("kill catalog", (18,), processes.kill("catalog")),
    Fault("kill player-gateway", (18,), processes.kill("player-gateway")),
    Fault("old events again", (19,), messages.repeat_old_events),
    Fault("poison events", (19,), messages.publish_poison),
    Fault("clean up", (25,), jobs.clean_up),
    Fault("kill edge", (22,), processes.kill("edge")),
    Fault("reuse a key after its window", (24,), keys.reuse_a_key_after_its_window, Lane.PATIENCE),
    Fault("clean up while files are parked", (25,), network.clean_up_while_files_are_parked, Lane.ENDURANCE),
    Fault("hundreds of event streams", (27,), storms.open_many_event_streams, Lane.CLIENTS),
    Fault("revoked event stream", (27,), storms.revoke_the_token_of_a_stream, Lane.CLIENTS),
    Fault("hang ingest", (28,), processes.hang_at("ingest", "ingest.stored")),
    Fault("hang converter-1", (28,), processes.hang_at("converter-1", "converter.stored")),
    Fault("terminate converter-1 with a giant in hand", (32,), processes.terminate_with_a_giant_in_hand("converter-1")),
    *(Fault(name, (row,), inject, Lane.CLIENTS) for name, (row, inject) in FRONT_DOOR.items()),
)


def kinds_of(row: int) -> list[str]:
    """The kinds of fault that stand for a row."""
    return [fault.name for fault in FAULTS if row in fault.rows]
