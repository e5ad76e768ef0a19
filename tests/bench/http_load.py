"""Requests as fast as a server answers them: a few connections, each with one request under way, nothing parsed twice.

An ordinary client costs more than the servers that are measured, and would be what is measured on few cores.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Load:
    """One GET, over and over.

    Attributes:
        expected: the status that every answer must have.
    """

    url: str
    expected: int
    headers: dict[str, str]
    connections: int = 16

    def request(self) -> bytes:
        """Its bytes."""
        address = urlsplit(self.url)
        head = {"Host": address.netloc, **self.headers}
        lines = [f"GET {address.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        return "\r\n".join([*lines, "", ""]).encode()


async def per_second(load: Load, seconds: float) -> float:
    """How many answers a second came.

    Raises:
        SystemExit: an answer had another status.
    """
    address = urlsplit(load.url)
    loop, clients, stop = asyncio.get_running_loop(), [], time.perf_counter() + seconds
    started = time.perf_counter()
    for _ in range(load.connections):
        _, client = await loop.create_connection(
            lambda: _Client(load.request(), b"HTTP/1.1 %d " % load.expected, stop), address.hostname, address.port
        )
        clients.append(client)
    answers = sum(await asyncio.gather(*(client.done for client in clients)))
    return answers / (time.perf_counter() - started)


class _Client(asyncio.Protocol):
    def __init__(self, request: bytes, expected: bytes, stop: float) -> None:
        self._request = request
        self._expected = expected
        self._stop = stop
        self._answers = 0
        self._received = b""
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not _is_whole(self._received):
            return
        if not self._received.startswith(self._expected):
            self.done.set_exception(SystemExit(f"not what was expected: {self._received[:300]!r}"))
            self._transport.abort()
            return
        self._answers += 1
        self._received = b""
        if time.perf_counter() < self._stop:
            self._transport.write(self._request)
        else:
            self.done.set_result(self._answers)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(SystemExit(f"the server closed the connection: {exc}"))


def _is_whole(received: bytes) -> bool:
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = received[:end].lower()
    at = head.find(b"\r\ncontent-length: ")
    if at < 0:
        return True
    length = head[at + 18 :].split(b"\r\n", 1)[0]
    return len(received) >= end + 4 + int(length)
