"""What the policy of the queue does to 580 documents: 1 to 8 converters, an idle machine and a loaded one.

python tests/bench/simulate_queue.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import virtual_time
from support.queue_simulation import Machine, System, mixed, percentile, small

COUNT, SECONDS = 580, 2400


def main() -> None:
    """Print a line for each system."""
    print(
        "converters  busy loops      p95 small     alone, p95  longest small  longest giant  idle, awaited  made room"
    )
    for converters in (1, 2, 4, 8):
        for busy_loops in (0, 4):
            machine = Machine(processors=max(2, converters), busy_loops=busy_loops * max(1, converters // 2))
            documents, system = mixed(COUNT, SECONDS, bulk_every=10), System(converters, machine)
            virtual_time.run(system.run(documents))
            waits = small(documents, lambda document: document.latency_seconds)
            alone = percentile(small(documents, lambda document: document.cpu_seconds), 0.95) / machine.share(more=1)
            giants = [document.latency_seconds for document in documents if document.cpu_seconds > 10]
            figures = (percentile(waits, 0.95), alone, max(waits), max(giants), system.idle_while_waited_seconds)
            made_room = sum(document.made_room for document in documents)
            columns = "".join(f"{figure:15.2f}" for figure in figures)
            print(f"{converters:10}{machine.busy_loops:12}{columns}{made_room:11}")


if __name__ == "__main__":
    main()
