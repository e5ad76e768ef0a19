"""What others notice of 500 open event streams: how soon a list is answered, a change projected, and every stream told.

    python tests/bench/bench_streams.py [--quick] [--json FILE]

One catalog and one ingest, past the edge; half of the streams are an operator's, half an uploader's. Uploads come one
after another, lists are asked for beside them. The lag is the time from the acknowledgement of an upload to the offset
of the tables being there.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import asyncpg
import httpx
import uvloop
from parts import Parts, process_seconds, resident_mib, running_parts
from report import Figure, main

LISTING_BAR_SECONDS, LAG_BAR_SECONDS = 0.5, 1.0
_DEADLINE_SECONDS = 60


@dataclass
class Streams:
    """Open streams, and how many of them heard of each change."""

    heard: dict[int, int] = field(default_factory=dict)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    connected: int = 0

    async def open(self, url: str, token: str, amount: int) -> None:
        """Open so many, and return once all are connected."""
        expected = self.connected + amount
        self.tasks += [asyncio.create_task(self._listen(url, token)) for _ in range(amount)]
        async with asyncio.timeout(_DEADLINE_SECONDS):
            while self.connected < expected:
                await asyncio.sleep(0.01)
                for task in self.tasks:
                    if task.done():
                        task.result()

    async def _listen(self, url: str, token: str) -> None:
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        if b" 200 " not in await reader.readline():
            raise SystemExit("a stream was refused")
        while await reader.readline() != b": connected\n":
            pass
        self.connected += 1
        async for line in reader:
            if line.startswith(b"id: "):
                sequence = int(line[4:])
                self.heard[sequence] = self.heard.get(sequence, 0) + 1


def measure(quick: bool) -> Iterator[Figure]:
    """Lists, lag, and when the last stream is told; without streams and with them."""
    amount, uploads = (50, 5) if quick else (500, 60)
    with running_parts(["ingest", "catalog"]) as parts:
        yield from uvloop.run(_measured(parts, 0, uploads))
        yield from uvloop.run(_measured(parts, amount, uploads))
        yield Figure("streams", f"catalog's memory after {amount} streams", resident_mib(parts.pids["catalog"]), "MiB")


async def _measured(parts: Parts, amount: int, uploads: int) -> list[Figure]:
    streams, own = Streams(), parts.system.secrets
    for token in (own.operator_token, own.uploader_token):
        await streams.open(parts.url("catalog"), token, amount // 2)
    busy, began = process_seconds(parts.pids["catalog"]), time.perf_counter()
    bearer = {"Authorization": f"Bearer {own.operator_token}"}
    database = await asyncpg.connect(parts.system.database_url)
    lists: list[float] = []
    async with httpx.AsyncClient(headers=bearer, timeout=_DEADLINE_SECONDS) as client:
        listing = asyncio.create_task(_list(client, f"{parts.url('catalog')}/api/media", lists))
        lags, told = [], []
        for number in range(uploads):
            url = f"{parts.url('ingest')}/api/media?filename=deck.pdf"
            answer = await client.post(url, content=b"%%PDF-1.7\n%% %d %d" % (amount, number))
            acknowledged, media_id = time.perf_counter(), answer.raise_for_status().json()["media_id"]
            sequence = await _projected(database, media_id)
            lags.append(time.perf_counter() - acknowledged)
            async with asyncio.timeout(_DEADLINE_SECONDS):
                while streams.heard.get(sequence, 0) < streams.connected:
                    await asyncio.sleep(0.002)
            told.append(time.perf_counter() - acknowledged)
        listing.cancel()
    used = (process_seconds(parts.pids["catalog"]) - busy) / (time.perf_counter() - began)
    for task in streams.tasks:
        task.cancel()
    await database.close()
    name = f"with {streams.connected} streams"
    figures = [
        Figure("streams", f"list, median, {name}", statistics.median(lists), "s"),
        Figure("streams", f"list, slowest, {name}", max(lists), "s", LISTING_BAR_SECONDS, at_least=False),
        Figure("streams", f"upload to projected, slowest, {name}", max(lags), "s", LAG_BAR_SECONDS, at_least=False),
        Figure("streams", f"catalog's share of a core, {name}", used, ""),
    ]
    if streams.connected:
        figures.append(
            Figure("streams", f"upload to the last stream told, median, {name}", statistics.median(told), "s")
        )
        figures.append(Figure("streams", f"upload to the last stream told, slowest, {name}", max(told), "s"))
    return figures


async def _list(client: httpx.AsyncClient, url: str, seconds: list[float]) -> None:
    while True:
        started = time.perf_counter()
        (await client.get(url)).raise_for_status()
        seconds.append(time.perf_counter() - started)
        await asyncio.sleep(0.05)


async def _projected(database: "asyncpg.Connection", media_id: str) -> int:
    """The sequence of an upload, once it is in the tables."""
    async with asyncio.timeout(_DEADLINE_SECONDS):
        while not (found := await database.fetchval("SELECT generation FROM media_files WHERE id = $1", media_id)):
            await asyncio.sleep(0.002)
    return int(found)


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
