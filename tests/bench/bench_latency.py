"""How long an upload takes to be ready on a screen, beside the conversion itself; and what each service has in memory.

    python tests/bench/bench_latency.py [--quick] [--json FILE]

One deck at a time, new bytes each time, by the public API through the edge: the clock runs from the first byte of the
upload to the end of the answer that a screen waits for with `?wait=25`. The engine's own time, as the converter's event
tells it, is taken off. What is left is transport: S3 four times, NATS three times, the projection, and the waking.
"""

import statistics
import time
from collections.abc import Iterator

import httpx
from bench_decks import small_decks
from parts import resident_mib, running_parts
from report import Figure, main

from infoscreen.cli.system import HTTP_SERVICES

BAR_MILLISECONDS = 80


def measure(quick: bool) -> Iterator[Figure]:
    """The time beside the conversion, and the memory of the services afterwards."""
    decks = 3 if quick else 40
    with running_parts(tuple(HTTP_SERVICES), converters=1, edge=True) as parts:
        bearer = {"Authorization": f"Bearer {parts.system.secrets.operator_token}", "Accept": "application/json"}
        with httpx.Client(base_url=parts.system.options.edge_url, headers=bearer, timeout=60) as client:
            [deck] = small_decks(None, 1)
            beside = [_beside_the_conversion(client, deck.copy(), deck.path.name) for _ in range(decks + 2)][2:]
        memory = {
            name: resident_mib(pid) for name, pid in parts.pids.items() if name in (*HTTP_SERVICES, "converter-1")
        }
    milliseconds = sorted(1000 * seconds for seconds in beside)
    p95 = statistics.quantiles(milliseconds, n=20, method="inclusive")[-1]
    yield Figure(
        "latency",
        "upload to ready, beside the conversion, p50",
        statistics.median(milliseconds),
        "ms",
        BAR_MILLISECONDS,
        at_least=False,
    )
    yield Figure("latency", "upload to ready, beside the conversion, p95", p95, "ms")
    for name, mib in memory.items():
        yield Figure("memory", f"{name}, after {decks} decks", mib, "MiB")


def _beside_the_conversion(client: httpx.Client, content: bytes, filename: str) -> float:
    started = time.perf_counter()
    uploaded = client.post("/api/media", params={"filename": filename}, content=content).raise_for_status().json()
    shown = client.get(f"/api/media/{uploaded['media_id']}/display", params={"wait": 25}).raise_for_status().json()
    seconds = time.perf_counter() - started
    if shown["status"] != "ready":
        raise SystemExit(f"the deck did not become ready: {shown}")
    [conversion] = client.get(f"/api/media/{uploaded['media_id']}").raise_for_status().json()["conversions"]
    return seconds - float(conversion["duration_seconds"])


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
