"""How many displays a second the gateway answers, against FastAPI's hello world on the same server.

    python tests/bench/bench_display.py [--quick] [--json FILE]

One worker each, uvicorn with uvloop and httptools; the gateway logs, measures and traces every request as in
production, hello world does nothing of that. Both are asked in turns, by the same client, and the medians are compared.
What a display costs beyond it: a token, a medium that may change at any moment, and a signed URL.
"""

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import uvloop
from http_load import Load, per_second
from parts import Parts, running_parts
from report import Figure, main

from infoscreen.cli.child import ChildSpec
from infoscreen.cli.ports import LOOPBACK
from infoscreen.cli.probes import http_answers

BAR = 0.5


def measure(quick: bool) -> Iterator[Figure]:
    """Displays and hello worlds a second."""
    seconds, rounds = (0.5, 1) if quick else (2.0, 7)
    with running_parts(["ingest", "catalog", "player-gateway"]) as parts:
        loads = {"FastAPI hello world": _hello_world(parts), **_displays(parts)}
        rates: dict[str, list[float]] = {name: [] for name in loads}
        for number in range(rounds + 1):
            for name, load in loads.items():
                rate = uvloop.run(per_second(load, seconds))
                rates[name].extend([rate] if number else [])  # the first round only warms up
    medians = {name: statistics.median(values) for name, values in rates.items()}
    hello = medians.pop("FastAPI hello world")
    yield Figure("display", "FastAPI hello world", hello, "/s")
    for name, rate in medians.items():
        yield Figure("display", name, rate, "/s")
        yield Figure("display", f"{name}, of hello world", rate / hello, "", BAR)


def _hello_world(parts: Parts) -> Load:
    port = parts.system.ports.port("hello-world")
    silent = ("--no-access-log", "--log-level", "warning")
    server = ("--port", str(port), "--loop", "uvloop", "--http", "httptools")
    spec = ChildSpec(
        name="hello-world",
        argv=(
            sys.executable,
            "-m",
            "uvicorn",
            "hello_world:app",
            "--app-dir",
            str(Path(__file__).parent),
            *server,
            *silent,
        ),
        env=parts.system.environment(),
        probe=http_answers(f"http://{LOOPBACK}:{port}/"),
    )
    parts.start(spec)
    return Load(f"http://{LOOPBACK}:{port}/", 200, {})


def _displays(parts: Parts) -> dict[str, Load]:
    bearer = {"Authorization": f"Bearer {parts.system.secrets.operator_token}"}
    with httpx.Client(headers=bearer, timeout=30) as operator:
        # A PDF is shown as it is: what the gateway does for it is what it does for one that was converted.
        uploaded = operator.post(f"{parts.url('ingest')}/api/media?filename=deck.pdf", content=b"%PDF-1.7\n")
        media_id = uploaded.raise_for_status().json()["media_id"]
        players = f"{parts.url('catalog')}/api/players"
        created = operator.post(players, json={"name": "bench"}).raise_for_status().json()
        shown = {"media_ids": [media_id]}
        operator.put(f"{players}/{created['player_id']}/media", json=shown).raise_for_status()
    own = {"Authorization": f"Bearer {created['token']}"}
    url = f"{parts.url('player-gateway')}/api/media/{media_id}/display"
    return {
        "display, a player's redirect": Load(url, 302, own),
        "display, a player's JSON": Load(url, 200, own | {"Accept": "application/json"}),
    }


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
