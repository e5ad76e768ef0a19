"""Event streams by the hundred: one person's, opened, listened to for a moment, and dropped."""

import asyncio
import random
from urllib.parse import urlsplit

import httpx

from chaos.arena import Arena

_STREAMS = 300
_LISTEN_SECONDS = 3
_ANSWER_SECONDS = 20
_EXPECTED = {200, 429}


async def storm_of_streams(arena: Arena, _: random.Random) -> None:
    """Row 27: so many streams, or the advice to close some; lists are answered beside them, and all are dropped."""
    edge = urlsplit(arena.stack.endpoints["edge"])
    token = arena.stack.endpoints["uploader_token"]
    request = f"GET /api/events HTTP/1.1\r\nHost: {edge.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    over = asyncio.Event()

    async def listen() -> int | None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                reader, writer = await asyncio.open_connection(edge.hostname, edge.port)
                writer.write(request)
                line = await reader.readline()
        except (OSError, TimeoutError):
            return None
        await over.wait()
        writer.transport.abort()
        return int(line.split()[1]) if line else None

    listeners = [asyncio.create_task(listen()) for _ in range(_STREAMS)]
    await asyncio.sleep(_LISTEN_SECONDS)
    try:
        async with arena.client("operator") as operator:
            arena.history.count(f"list beside streams {(await operator.get('/api/media')).status_code}")
    except httpx.HTTPError as error:
        arena.history.count(f"list beside streams {type(error).__name__}")
    over.set()
    for status in await asyncio.gather(*listeners):
        arena.history.count(f"stream {status}")
        if status is not None and status not in _EXPECTED and status < 500:
            arena.history.broken.append(f"row 27: a stream was answered with {status}")
