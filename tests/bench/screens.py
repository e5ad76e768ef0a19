"""Thousands of screens that wait for a change of their programme, as cheaply as one process can be that many.

The screens are rows in the catalog's tables. Each has a connection of its own and a long poll on it; nothing is parsed
but the head of an answer, since the client would be what is measured otherwise.
"""

import asyncio
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg

from infoscreen.common.auth import token_digest

WAIT_SECONDS = 25
_DEADLINE_SECONDS = 300
_AT_ONCE = 100


@dataclass(frozen=True)
class Row:
    """A screen in the catalog's tables, with the token of its player."""

    player_id: UUID
    token: str


async def add_screens(database_url: str, group_id: str, amount: int) -> list[Row]:
    """Write so many enrolled screens of a group into the tables."""
    rows = [Row(uuid4(), f"isp_bench_{number}") for number in range(amount)]
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "INSERT INTO players (id, name, created_at, enrolled_at, token_sha256)"
            " SELECT id, 'Screen ' || n, now(), now(), digest"
            " FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS given (id, digest, n)",
            [row.player_id for row in rows],
            [token_digest(row.token) for row in rows],
        )
        await connection.execute(
            "INSERT INTO group_members (player_id, group_id) SELECT unnest($1::uuid[]), $2",
            [row.player_id for row in rows],
            UUID(group_id),
        )
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
    return rows


@dataclass
class WaitingScreen:
    """One screen: the etag of what it knows, and when it was told of something else."""

    url: str
    token: str
    etag: str = ""
    told_at: float = 0.0
    asked: int = 0
    _connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None, repr=False)

    async def ask(self, wait_seconds: float) -> bool:
        """Ask once for the manifest; True where it is another one than the screen knows."""
        address = urlsplit(self.url)
        if self._connection is None:
            self._connection = await asyncio.open_connection(address.hostname, address.port)
        reader, writer = self._connection
        known = f"If-None-Match: {self.etag}\r\n" if self.etag else ""
        query = f"schema=2&wait={wait_seconds:g}" if wait_seconds else "schema=2"
        request = f"GET /api/player/manifest?{query} HTTP/1.1\r\nHost: {address.netloc}\r\n"
        writer.write(f"{request}Authorization: Bearer {self.token}\r\n{known}\r\n".encode())
        self.asked += 1
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head.split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        await reader.readexactly(int(headers.get("content-length", "0")))
        if " 304 " in status:
            return False
        if " 200 " not in status:
            raise SystemExit(f"a screen was answered {status}")
        self.etag, self.told_at = headers["etag"], time.perf_counter()
        return True

    async def follow(self) -> None:
        """Wait for ever, by one long poll after the other."""
        while True:
            await self.ask(WAIT_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection[1].close()


async def first_look(screens: list[WaitingScreen]) -> None:
    """Have each screen read its manifest, some at a time."""
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def look(screen: WaitingScreen) -> None:
        async with at_once:
            await screen.ask(0)

    async with asyncio.timeout(_DEADLINE_SECONDS):
        await asyncio.gather(*map(look, screens))


async def all_told(screens: list[WaitingScreen], since: float) -> list[float]:
    """The seconds after which each was told of something, in order, once all were."""
    async with asyncio.timeout(_DEADLINE_SECONDS):
        while not all(screen.told_at > since for screen in screens):
            await asyncio.sleep(0.01)
    return sorted(screen.told_at - since for screen in screens)
