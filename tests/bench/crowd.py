"""Many screens that wait while many people upload: what became of every upload, and when every screen was told."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import httpx

_WAIT_SECONDS = 25
_DEADLINE_SECONDS = 600


@dataclass
class Crowd:
    """What happened.

    Attributes:
        uploaded: the media that were acknowledged.
        statuses: how often each HTTP status was answered, to whomever.
        ended: each medium's final status, as the catalog tells it.
        told_after_seconds: of each screen, how long after the conversion was done it had its answer.
    """

    uploaded: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    ended: dict[str, str] = field(default_factory=dict)
    told_after_seconds: list[float] = field(default_factory=list)

    @property
    def server_errors(self) -> int:
        """How many answers were the server's fault."""
        return sum(amount for status, amount in self.statuses.items() if status >= 500)


async def gather_crowd(edge: str, token: str, uploads: list[tuple[str, bytes]], screens: int) -> Crowd:
    """All uploads at once, and screens that follow them by long-poll from the moment each is acknowledged."""
    crowd, loop = Crowd(), asyncio.get_running_loop()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    options = {"timeout": _DEADLINE_SECONDS, "limits": limits, "trust_env": False}
    client = httpx.AsyncClient(base_url=edge, headers=headers, **options)
    acknowledged: list[asyncio.Future[str]] = [loop.create_future() for _ in uploads]
    told: list[tuple[str, float]] = []

    async def upload(number: int) -> None:
        filename, content = uploads[number]
        answer = await client.post("/api/media", params={"filename": filename}, content=content)
        crowd.statuses[answer.status_code] += 1
        media_id = str(answer.raise_for_status().json()["media_id"])
        crowd.uploaded.append(media_id)
        acknowledged[number].set_result(media_id)

    async def follow(number: int) -> None:
        media_id = await acknowledged[number % len(uploads)]
        while True:
            answer = await client.get(f"/api/media/{media_id}/display", params={"wait": _WAIT_SECONDS})
            crowd.statuses[answer.status_code] += 1
            if answer.status_code != 202:
                break
        told.append((media_id, time.time()))

    async with client, asyncio.timeout(_DEADLINE_SECONDS):
        following = [follow(number) for number in range(screens)]
        await asyncio.gather(*following, *(upload(number) for number in range(len(uploads))))
        finished = {}
        for media_id in crowd.uploaded:
            status = (await client.get(f"/api/conversions/{media_id}/status")).raise_for_status().json()
            crowd.ended[media_id] = status["status"]
            finished[media_id] = datetime.fromisoformat(status["finished_at"]).timestamp()
    crowd.told_after_seconds = sorted(at - finished[media_id] for media_id, at in told)
    return crowd
