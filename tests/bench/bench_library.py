"""How soon a library of half a million media is answered about: the routes of people, and what a gateway asks for.

    python tests/bench/bench_library.py [--quick] [--json FILE]

One catalog, past the edge, one request after another. The media are rows in its tables; the stream knows nothing of
them, so that nothing is projected.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import httpx
from library import fill
from parts import Parts, running_parts
from report import Figure, main

from infoscreen.player_gateway.database import TYPICAL

BAR_SECONDS = 0.05
_ROUTES = {
    "newest first": "/api/media",
    "by name": "/api/media?sort=name",
    "by name, the end": "/api/media?sort=-name",
    "search, common": "/api/media?q=menu",
    "search, absent": "/api/media?q=nowhere%20to%20be%20found",
    "counts": "/api/admin/conversions/status",
    "converters": "/api/admin/converters",
}


def measure(quick: bool) -> Iterator[Figure]:
    """The 95th percentile of each route."""
    amount, requests = (20_000, 5) if quick else (500_000, 40)
    with running_parts() as parts:
        asyncio.run(fill(parts.system.database_url, amount))
        parts.start_service("catalog")
        yield from asyncio.run(_measured(parts, amount, requests))


async def _measured(parts: Parts, amount: int, requests: int) -> list[Figure]:
    bearer = {"Authorization": f"Bearer {parts.system.secrets.operator_token}"}
    figures = []
    async with httpx.AsyncClient(base_url=parts.url("catalog"), headers=bearer, timeout=60) as client:

        async def get(path: str) -> None:
            (await client.get(path)).raise_for_status()

        for name, path in _ROUTES.items():
            seconds = await _slowest_of_most(lambda path=path: get(path), requests)  # type: ignore[misc]
            figures.append(_figure(name, amount, seconds))
    database = await asyncpg.connect(parts.system.database_url)
    seconds = await _slowest_of_most(lambda: database.fetchval(TYPICAL), requests)
    await database.close()
    return [*figures, _figure("gateway's typical duration", amount, seconds)]


def _figure(name: str, amount: int, seconds: float) -> Figure:
    return Figure("library", f"{name}, p95 of {amount:,}", seconds * 1000, "ms", BAR_SECONDS * 1000, at_least=False)


async def _slowest_of_most(ask: Callable[[], Awaitable[Any]], times: int) -> float:
    """The 95th percentile, after one question that warms the caches."""
    await ask()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await ask()
        taken.append(time.perf_counter() - began)
    return sorted(taken)[int(0.95 * (len(taken) - 1))]


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
