"""What files that were made to stop ingest cost it and the others: memory, and the slowest answer to another upload.

    PYTHONPATH=tests python tests/bench/bench_hostile.py [--quick] [--json FILE]

One client uploads the hostile file; another one uploads a small deck, over and over, until the first has its answer.
The bars are those of SECURITY.md's promise. The process that looks at files has limits of its own and is not counted.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
from bench_decks import small_decks
from parts import peak_mib, running_parts
from report import Figure, main
from support.hostile_files import endless_directory, huge_zip_directory, prolog

BAR_SECONDS, BAR_MIB = 1, 256
UNSUPPORTED = 415


def measure(quick: bool) -> Iterator[Figure]:
    """For each file, the slowest of the other uploads and the most memory that ingest had."""
    tables, entries = (40, 400_000) if quick else (105, 640_000)
    files = {
        "301 bytes of XML": prolog(),
        f"a compound file of {4 * tables} MiB": endless_directory(tables),
        f"a zip directory of {115 * entries // 10**6} MB": huge_zip_directory(entries),
    }
    with running_parts(["ingest"]) as parts:
        bearer = {"Authorization": f"Bearer {parts.system.secrets.uploader_token}"}
        [deck] = small_decks(None, 1)
        for name, body in files.items():
            Path(f"/proc/{parts.pids['ingest']}/clear_refs").write_text("5")  # forget the peak of memory: proc(5)
            times = asyncio.run(_beside(f"{parts.url('ingest')}/api/media", bearer, body, deck.path.read_bytes()))
            yield Figure("hostile", f"{name}: other uploads", len(times), "")
            yield Figure("hostile", f"{name}: the slowest of them", max(times), "s", BAR_SECONDS, at_least=False)
            memory = peak_mib(parts.pids["ingest"])
            yield Figure("hostile", f"{name}: ingest's memory", memory, "MiB", BAR_MIB, at_least=False)


async def _beside(url: str, bearer: dict[str, str], body: AsyncIterator[bytes], deck: bytes) -> list[float]:
    """The seconds that each of the other uploads took."""
    times: list[float] = []
    async with httpx.AsyncClient(headers=bearer, trust_env=False, timeout=120) as client:
        await client.post(url, params={"filename": "menu.pptx"}, content=deck)  # the first only warms up
        hostile = asyncio.create_task(client.post(url, params={"filename": "deck.ppt"}, content=body))
        while not hostile.done() or not times:
            started = time.perf_counter()
            (await client.post(url, params={"filename": "menu.pptx"}, content=deck)).raise_for_status()
            times.append(time.perf_counter() - started)
        if (status := (await hostile).status_code) != UNSUPPORTED:
            raise SystemExit(f"the hostile file was answered {status}")
    return times


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
