"""Many screens that wait while many people upload: what became of every upload, and when every screen was told."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from infoscreen.common.events import new_media_id

_WAIT_SECONDS = 25
_DEADLINE_SECONDS = 600


@dataclass
class Crowd:
    """What happened.

    Attributes:
        uploaded: the media that were acknowledged.
        statuses: how often each HTTP status was answered, over all clients.
        ended: each medium's final status, as the catalog tells it.
        acknowledged_after_seconds: of each upload, how long it took to be acknowledged.
        told_after_seconds: of each screen, how long it had waited for its answer since there was one to be had: since
            the conversion was done, or since it asked, whichever came later.
    """

    uploaded: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    ended: dict[str, str] = field(default_factory=dict)
    acknowledged_after_seconds: list[float] = field(default_factory=list)
    told_after_seconds: list[float] = field(default_factory=list)

    @property
    def server_errors(self) -> int:
        """How many answers were the server's fault."""
        return sum(amount for status, amount in self.statuses.items() if status >= 500)


async def gather_crowd(edge: str, token: str, uploads: list[tuple[str, bytes]], screens: int) -> Crowd:
    """All uploads at once, and screens, connected before, that follow them by long-poll once each is acknowledged.

    Each has a client of its own: in one for all, every request looks at every connection.
    """
    crowd, loop = Crowd(), asyncio.get_running_loop()
    options = {
        "base_url": edge,
        "headers": {"Authorization": f"Bearer {token}", "Accept": "application/json"},
        "timeout": _DEADLINE_SECONDS,
        "trust_env": False,
        "verify": httpx.create_ssl_context(),
    }
    acknowledged: list[asyncio.Future[str]] = [loop.create_future() for _ in uploads]
    told: list[tuple[str, float, float]] = []

    async def upload(number: int) -> None:
        filename, content = uploads[number]
        began = time.time()
        async with httpx.AsyncClient(**options) as client:
            answer = await client.post("/api/media", params={"filename": filename}, content=content)
        crowd.statuses[answer.status_code] += 1
        media_id = str(answer.raise_for_status().json()["media_id"])
        crowd.uploaded.append(media_id)
        crowd.acknowledged_after_seconds.append(time.time() - began)
        acknowledged[number].set_result(media_id)

    async def follow(number: int, client: httpx.AsyncClient) -> None:
        media_id = await acknowledged[number % len(uploads)]
        asked = time.time()
        while True:
            answer = await client.get(f"/api/media/{media_id}/display", params={"wait": _WAIT_SECONDS})
            crowd.statuses[answer.status_code] += 1
            if answer.status_code != 202:
                break
        told.append((media_id, asked, time.time()))

    async with AsyncExitStack() as stack, asyncio.timeout(_DEADLINE_SECONDS):
        clients = [await stack.enter_async_context(httpx.AsyncClient(**options)) for _ in range(screens)]
        for client in clients:
            await client.get(f"/api/media/{new_media_id()}/display")
        following = [follow(number, client) for number, client in enumerate(clients)]
        await asyncio.gather(*following, *(upload(number) for number in range(len(uploads))))
        finished = {}
        for media_id in crowd.uploaded:
            status = (await client.get(f"/api/conversions/{media_id}/status")).raise_for_status().json()
            crowd.ended[media_id] = status["status"]
            finished[media_id] = datetime.fromisoformat(status["finished_at"]).timestamp()
    crowd.told_after_seconds = sorted(at - max(finished[media_id], asked) for media_id, asked, at in told)
    return crowd
