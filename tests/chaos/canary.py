"""A listener that no part of the system has a reason to call: a request shows that a document sent one."""

import asyncio
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Canary:
    """Listens on loopback while it is entered, and keeps the first line of every request."""

    heard: list[str] = field(default_factory=list)
    address: str = ""
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._called, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        await self._prove()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _prove(self) -> None:
        """Call it once: a deaf canary would say that all is well."""
        host, _, port = self.address.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /proof\r\n")
        await reader.read()
        writer.close()
        assert self.heard == ["GET /proof"]
        self.heard.clear()

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), 5)
        except (OSError, TimeoutError, ValueError):
            line = b"(a connection)"
        self.heard.append(line.decode(errors="replace").strip())
        writer.close()
