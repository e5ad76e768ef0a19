"""What the clean-up of a large library takes: seconds, and memory beyond that of a small one.

    python tests/bench/bench_cleanup.py [--quick] [--json FILE]

The rows are in Postgres. The store's listing is made of them, in its order and page by page, because it takes hours to
write two million objects: it has every object that the rows name and nothing else, so nothing is requested or removed.
"""

import asyncio
import multiprocessing
import resource
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from typing import Any, cast

import asyncpg
from library import fill
from parts import running_parts
from report import Figure, main

from infoscreen.catalog.database import Database
from infoscreen.catalog.maintenance.converted_objects import ConvertedObjects
from infoscreen.catalog.maintenance.original_objects import OriginalObjects
from infoscreen.catalog.media.versions import KeptVersions
from infoscreen.common.clock import utc_now
from infoscreen.common.object_keys import CONVERTED, ORIGINALS
from infoscreen.common.object_store import StoredObject

SMALL = 1000
MEMORY_BAR_MIB, SECONDS_BAR = 64, 120
_KEYS = {
    CONVERTED: """
        SELECT key FROM conversions CROSS JOIN LATERAL unnest(ARRAY[pdf_key, thumbnail_key, report_key]) key
        ORDER BY file_hash COLLATE "C"
    """,
    ORIGINALS: "SELECT object_key FROM media_files ORDER BY id",
}
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class ListedStore:
    """The listing of a store that has every object which the rows name."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    async def walk(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Every object, in the order of its folder's name."""
        connection = await asyncpg.connect(self._database_url)
        async with connection.transaction():
            async for row in connection.cursor(_KEYS[prefix], prefetch=1000):
                yield StoredObject(row[0], 1000, _LONG_AGO)
        await connection.close()


def measure(quick: bool) -> Iterator[Figure]:
    """A clean-up of a small and of a large library, each in a process of its own."""
    amount = 20_000 if quick else 450_000
    with running_parts() as parts:
        url = parts.system.database_url
        asyncio.run(fill(url, SMALL))
        _, least = _in_a_process(url)
        asyncio.run(_empty(url))
        asyncio.run(fill(url, amount))
        seconds, most = _in_a_process(url)
    yield Figure("cleanup", f"walk of {amount:,} decks", seconds, "s", SECONDS_BAR, at_least=False)
    grown = most - least
    yield Figure(
        "cleanup", f"memory beyond {SMALL:,} decks' for {amount:,}", grown, "MiB", MEMORY_BAR_MIB, at_least=False
    )


def _in_a_process(database_url: str) -> tuple[float, float]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as processes:
        return processes.submit(_measured, database_url).result()


def _measured(database_url: str) -> tuple[float, float]:
    """Seconds, and MiB at most."""
    began = time.perf_counter()
    asyncio.run(_walked(database_url))
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _walked(database_url: str) -> None:
    database, store = Database(database_url), cast("Any", ListedStore(database_url))
    unused = cast("Any", None)  # nothing is missing, and nothing unreferenced
    done = await ConvertedObjects(database, store, unused, unused).reconcile(_LONG_AGO)
    originals = OriginalObjects(database, store, unused, KeptVersions(), utc_now)
    removed = await originals.remove_outdated(_LONG_AGO, set())
    await database.close()
    if done.requested or done.removed or removed:
        raise SystemExit("the clean-up changed a library that was in order")


async def _empty(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("TRUNCATE media_files, conversions, media_events")
    await connection.close()


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
