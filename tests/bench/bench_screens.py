"""How soon 5,000 screens on one gateway hear of a change of their programme, and what it makes the gateway read.

    python tests/bench/bench_screens.py [--quick] [--json FILE]

One catalog and one gateway, past the edge. All screens are in one group and wait by long polls. That the reads are
bounded by what changed is tested (services/player-gateway/tests); here is how long it takes, and what waiting costs.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from typing import Any

import httpx
import uvloop
from library import fill
from parts import Parts, process_seconds, resident_mib, running_parts
from report import Figure, main
from screens import WaitingScreen, add_screens, all_told, first_look

BAR_SECONDS = 5.0
_MEDIA = 10
_QUERIES = "infoscreen_gateway_queries_total "
_LONG_POLLS = "infoscreen_gateway_long_polls "


def measure(quick: bool) -> Iterator[Figure]:
    """What the screens heard when, and the reads of the gateway."""
    amount, changes, idle_seconds = (200, 2, 5) if quick else (5000, 5, 40)
    with running_parts() as parts:
        asyncio.run(fill(parts.system.database_url, _MEDIA))
        for service in ("catalog", "player-gateway"):
            parts.start_service(service)
        yield from uvloop.run(Bench(parts, amount).run(changes, idle_seconds))


class Bench:
    """One run."""

    def __init__(self, parts: Parts, amount: int) -> None:
        self.parts = parts
        self.amount = amount
        self.http = httpx.AsyncClient(
            base_url=parts.url("catalog"),
            headers={"Authorization": f"Bearer {parts.system.secrets.operator_token}"},
            timeout=60,
        )
        self.ops = f"http://127.0.0.1:{parts.system.ports.port('player-gateway-ops')}"

    async def run(self, changes: int, idle_seconds: float) -> list[Figure]:
        """Have all wait, change the group, one screen and nothing, and let one come back after a day."""
        playlist, group = await self.plan()
        rows = await add_screens(self.parts.system.database_url, group, self.amount)
        screens = [WaitingScreen(self.parts.url("player-gateway"), row.token) for row in rows]
        await first_look(screens)
        away, *waiting = screens
        following = [asyncio.create_task(screen.follow()) for screen in waiting]
        await self.most_wait(len(waiting))
        figures = [await self.idle(idle_seconds)]
        told, reads, busy = [], [], []
        pid = self.parts.pids["player-gateway"]
        for number in range(changes):
            before, used, began = await self.metric(_QUERIES), process_seconds(pid), time.perf_counter()
            await self.put(f"/api/playlists/{playlist}/items", {"items": self.items[(number + 1) % 2 :]})
            told.append(await all_told(waiting, began))
            busy.append(process_seconds(pid) - used)
            reads.append(await self.metric(_QUERIES) - before)
            await self.most_wait(len(waiting))
        name = f"of {self.amount:,}"
        last = max(times[-1] for times in told)
        median = statistics.median(statistics.median(times) for times in told)
        figures += [
            Figure("screens", f"change of a group to the last screen {name}", last, "s", BAR_SECONDS, at_least=False),
            Figure("screens", f"change of a group to the median screen {name}", median, "s"),
            Figure("screens", f"gateway's processor time for that {name}", statistics.median(busy), "s"),
            Figure("screens", f"gateway's queries for a change of a group {name}", statistics.median(reads), ""),
            await self.one_screen(waiting[-1], str(rows[-1].player_id), playlist, reads_of=name),
            await self.back_after_a_day(away),
            Figure("screens", f"gateway's memory, {self.amount:,} wait", self.memory(), "MiB"),
        ]
        for task in following:
            task.cancel()
        await self.http.aclose()
        return figures

    async def plan(self) -> tuple[str, str]:
        """A group that shows a playlist; returns the ids of both."""
        media = (await self.http.get("/api/media")).raise_for_status().json()["items"]
        self.items = [{"media_id": medium["media_id"]} for medium in media]
        playlist = (await self.post("/api/playlists", {"name": "News"}))["playlist_id"]
        await self.put(f"/api/playlists/{playlist}/items", {"items": self.items})
        body = {"name": "All", "timezone": "Europe/Berlin", "default_playlist_id": playlist}
        return playlist, (await self.post("/api/groups", body))["group_id"]

    async def idle(self, seconds: float) -> Figure:
        """What it costs that all wait, over more than the time of a long poll."""
        pid, began = self.parts.pids["player-gateway"], time.perf_counter()
        busy = process_seconds(pid)
        await asyncio.sleep(seconds)
        used = (process_seconds(pid) - busy) / (time.perf_counter() - began)
        return Figure("screens", f"gateway's share of a core, {self.amount:,} wait", used, "")

    async def one_screen(self, screen: WaitingScreen, player_id: str, playlist: str, *, reads_of: str) -> Figure:
        """A rule for one screen."""
        before, began = await self.metric(_QUERIES), time.perf_counter()
        await self.post("/api/schedule", {"playlist_id": playlist, "player_id": player_id})
        await all_told([screen], began)
        reads = await self.metric(_QUERIES) - before
        return Figure("screens", f"gateway's queries for a change of one {reads_of}", reads, "")

    async def back_after_a_day(self, screen: WaitingScreen) -> Figure:
        """One that heard of no change asks once, and knows all of them."""
        asked, began = screen.asked, time.perf_counter()
        if not await screen.ask(0) or await screen.ask(0) or screen.asked != asked + 2:
            raise SystemExit("one answer was not enough")
        return Figure("screens", "one that was away: all by one request", time.perf_counter() - began, "s")

    def memory(self) -> float:
        """What the gateway has in memory."""
        return resident_mib(self.parts.pids["player-gateway"])

    async def most_wait(self, amount: int) -> None:
        """Return once nine of ten long polls are open: some screens are always between two of theirs."""
        async with asyncio.timeout(120):
            while await self.metric(_LONG_POLLS) < 0.9 * amount:
                await asyncio.sleep(0.1)

    async def metric(self, name: str) -> float:
        """A figure of the gateway about itself."""
        async with httpx.AsyncClient(timeout=60) as client:
            lines = (await client.get(f"{self.ops}/metrics")).raise_for_status().text.splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Create something."""
        return (await self.http.post(path, json=body)).raise_for_status().json()

    async def put(self, path: str, body: dict[str, Any]) -> None:
        """Replace something."""
        (await self.http.put(path, json=body)).raise_for_status()


if __name__ == "__main__":
    main(__doc__.splitlines()[0], measure)
