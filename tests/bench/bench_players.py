"""How fast many players follow a replacement, on one gateway.

    python tests/bench/bench_players.py [--quick] [--json FILE]

Each simulated player is enrolled, has a token of its own, and follows its manifest by long-poll and downloads as the
real one does (the same client code, without a disk and a viewer). Times count from the moment the converter had the new
PDF ready. The bar is 2 s for the last player's new manifest.
"""

import asyncio
import statistics
from collections.abc import Iterator

from fleet import follow_replacements
from parts import running_parts
from report import Figure, main

from infoscreen.cli.system import HTTP_SERVICES

BAR_SECONDS = 2.0


def measure(quick: bool) -> Iterator[Figure]:
    """Medians over the rounds, of the median and of the last player."""
    players, rounds = (10, 1) if quick else (200, 5)
    with running_parts(tuple(HTTP_SERVICES), converters=1, edge=True) as parts:
        edge, token = parts.system.options.edge_url, parts.system.secrets.operator_token
        figures = asyncio.run(follow_replacements(edge, token, players, rounds))
    heard = [sorted(heard for heard, _ in times) for times in figures]
    loaded = [sorted(loaded for _, loaded in times) for times in figures]
    last = statistics.median(times[-1] for times in heard)
    yield Figure("players", f"ready to a manifest, median of {players}", _typical(heard), "s")
    yield Figure("players", f"ready to a manifest, last of {players}", last, "s", BAR_SECONDS, at_least=False)
    yield Figure("players", f"ready to the whole file, median of {players}", _typical(loaded), "s")


def _typical(rounds: list[list[float]]) -> float:
    return statistics.median(statistics.median(times) for times in rounds)


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
