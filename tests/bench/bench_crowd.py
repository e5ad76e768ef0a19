"""How soon 500 screens that wait are told, while 200 people upload at once: one gateway, one catalog, one ingest.

    python tests/bench/bench_crowd.py [--quick] [--json FILE]

By the public API through the edge, with two converters. A screen's time counts from when the stream has the result of
the conversion, or from its question where that comes later, to the end of the answer to its long poll; the machine goes
on converting all the time. That nothing is lost is tested (tests/e2e/test_crowd.py); here is how long it takes.
"""

import statistics
from collections.abc import Iterator

import uvloop
from bench_decks import small_decks
from crowd import gather_crowd
from parts import resident_mib, running_parts
from report import Figure, main

from infoscreen.cli.system import HTTP_SERVICES

BAR_SECONDS = 1.0


def measure(quick: bool) -> Iterator[Figure]:
    """What the screens saw, and the memory of the services afterwards."""
    people, screens = (10, 50) if quick else (200, 500)
    [deck] = small_decks(None, 1)
    uploads = [(deck.path.name, deck.copy()) for _ in range(people)]
    with running_parts(tuple(HTTP_SERVICES), converters=2, edge=True) as parts:
        edge, token = parts.system.options.edge_url, parts.system.secrets.operator_token
        crowd = uvloop.run(gather_crowd(edge, token, uploads, screens))
        memory = {name: resident_mib(parts.pids[name]) for name in HTTP_SERVICES}
    told = crowd.told_after_seconds
    lost = people - sum(status == "ready" for status in crowd.ended.values())
    yield Figure("crowd", f"uploads lost, of {people} at once", lost, "", 0, at_least=False)
    yield Figure("crowd", "answers that were the server's fault", crowd.server_errors, "", 0, at_least=False)
    yield Figure("crowd", f"screens without an answer, of {screens}", screens - len(told), "", 0, at_least=False)
    yield Figure("crowd", "upload to acknowledged, the last", max(crowd.acknowledged_after_seconds), "s")
    yield Figure("crowd", "ready to told, median", statistics.median(told), "s")
    yield Figure("crowd", "ready to told, 99 of 100 screens", statistics.quantiles(told, n=100)[-1], "s")
    yield Figure("crowd", "ready to told, the last screen", told[-1], "s", BAR_SECONDS, at_least=False)
    for name, mib in memory.items():
        yield Figure("memory", f"{name}, after the crowd", mib, "MiB")


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
