"""Many simulated players that follow what one medium shows, by the client code of the real one."""

import asyncio
import hashlib
import io
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from infoscreen.cli.requirements import repository_root
from infoscreen.player.clock import Clock
from infoscreen.player.credentials import Credentials
from infoscreen.player.errors import ServerUnreachableError
from infoscreen.player.follow import ManifestSource
from infoscreen.player.gateway import Gateway
from infoscreen.player.manifest import Medium, Status

DEADLINE_SECONDS = 120
DECK = repository_root() / "samples" / "welcome.fodp"


@dataclass(frozen=True)
class Followed:
    """When one player had what is new, as seconds since the epoch."""

    heard_at: float
    loaded_at: float
    sha256: str


@dataclass
class Operator:
    """What a person does, by the public API."""

    http: httpx.AsyncClient

    async def upload(self, content: bytes, media_id: str | None = None) -> str:
        method, path = ("PUT", f"/api/media/{media_id}") if media_id else ("POST", "/api/media")
        answer = await self.http.request(method, path, files={"file": ("deck.fodp", io.BytesIO(content))})
        return answer.raise_for_status().json()["media_id"]

    async def new_player(self, number: int, media_id: str) -> str:
        """A player that should show a medium; returns its token."""
        created = (await self.http.post("/api/players", json={"name": f"bench {number}"})).raise_for_status().json()
        path = f"/api/players/{created['player_id']}/media"
        (await self.http.put(path, json={"media_ids": [media_id]})).raise_for_status()
        return created["token"]

    async def ready_at(self, media_id: str, sha256: str) -> float:
        """When a medium's PDF with this hash was ready."""
        conversions = (await self.http.get(f"/api/media/{media_id}")).raise_for_status().json()["conversions"]
        finished = next(c["finished_at"] for c in conversions if c["pdf_sha256"] == sha256)
        return datetime.fromisoformat(finished).timestamp()


class SimulatedPlayer:
    """A player without a disk and a screen."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._source = ManifestSource(gateway, 25, on_screen=lambda _media_id: True)

    async def follow(self, known_sha256: str | None) -> Followed:
        """Wait until another file than the known one is to be shown, and get it."""
        while True:
            item = await self._next()
            if item and item.file and item.url and item.file.sha256 != known_sha256:
                break
        heard_at, digest = time.time(), hashlib.sha256()
        async with self._gateway.download(item.url) as incoming:
            async for block in incoming.blocks():
                digest.update(block)
        if digest.hexdigest() != item.file.sha256:
            raise RuntimeError("a download is corrupt")
        return Followed(heard_at, time.time(), item.file.sha256)

    async def _next(self) -> Medium | None:
        try:
            media = (await self._source.next()).media
        except ServerUnreachableError:
            await asyncio.sleep(0.2)
            return None
        return media[0] if media and media[0].status is Status.READY else None


async def follow_replacements(edge: str, operator_token: str, players: int, rounds: int) -> list[list[list[float]]]:
    """Of each round and player, the seconds from ready to the new manifest, and to the whole file."""
    figures = []
    async with AsyncExitStack() as stack:
        headers = {"Authorization": f"Bearer {operator_token}"}
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=edge, headers=headers, timeout=60))
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        tls = httpx.create_ssl_context()  # once: making it is by far the dearest part of a client
        operator, deck = Operator(http), DECK.read_bytes()
        media_id = await operator.upload(deck + f"<!-- {time.time_ns()} -->".encode())
        simulated = []
        for number in range(players):
            credentials = Credentials(directory / str(number))
            credentials.store(edge, await operator.new_player(number, media_id))
            own = httpx.AsyncClient(verify=tls, timeout=60, headers={"Accept": "application/json"})
            gateway = Gateway(credentials, Clock(), "bench", await stack.enter_async_context(own))
            simulated.append(SimulatedPlayer(gateway))
        known = (await _all(simulated, None))[0].sha256
        for number in range(rounds):
            following = asyncio.create_task(_all(simulated, known))
            await operator.upload(deck.replace(b"Welcome", f"Round {number} {time.time_ns()}".encode()), media_id)
            followed = await following
            known = followed[0].sha256
            ready = await operator.ready_at(media_id, known)
            figures.append([[f.heard_at - ready, f.loaded_at - ready] for f in followed if f.sha256 == known])
    return figures


async def _all(simulated: list[SimulatedPlayer], known_sha256: str | None) -> list[Followed]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        return await asyncio.gather(*(player.follow(known_sha256) for player in simulated))
