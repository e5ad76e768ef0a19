"""What a nemesis acts upon: the system under test, and what was promised by it so far."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
import nats
import nats.errors
from nats.aio.client import Client

from chaos.canary import Canary
from chaos.gotenberg import Gotenberg
from chaos.history import History
from chaos.stack import Stack

_ANSWER_SECONDS = 20


class MissedError(Exception):
    """A fault could not be injected: what it needs was not there, mostly because of another fault."""


@dataclass(frozen=True)
class Arena:
    """A running system, its surroundings, and what clients were told."""

    stack: Stack
    history: History
    canary: Canary
    gotenberg: Gotenberg

    def client(self, role: str | None = "operator", *, most_connections: int = 100) -> httpx.AsyncClient:
        """A client of the edge: with the token of a role of the embedded system, or a stranger without one."""
        endpoints = self.stack.endpoints
        headers = {} if role is None else {"Authorization": f"Bearer {endpoints[f'{role}_token']}"}
        limits = httpx.Limits(max_connections=most_connections)
        return httpx.AsyncClient(base_url=endpoints["edge"], headers=headers, timeout=_ANSWER_SECONDS, limits=limits)

    @contextlib.asynccontextmanager
    async def nats(self) -> AsyncIterator[Client]:
        """NATS as an operator reaches it, not through a proxy."""
        connection = await nats.connect(self.stack.endpoints["nats"], allow_reconnect=False, connect_timeout=5)
        try:
            yield connection
        finally:
            await connection.close()


async def persistently(what: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Do what must succeed in the end, however often it has to be tried.

    Raises:
        MissedError: it did not within this time.
    """
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    return await what()
                except (OSError, TimeoutError, nats.errors.Error, KeyError):
                    await asyncio.sleep(0.5)
    except TimeoutError:
        raise MissedError(f"{what} did not succeed within {seconds} s") from None
