"""A client of ingest that says exactly what it is told to, byte by byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

UPLOADER = "bob"
"""A token of the token file of ingest's tests."""


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send_head(self, *headers: str, token: str = UPLOADER, request: str = "POST /api/media") -> None:
        lines = [
            f"{request}?filename=menu.pptx HTTP/1.1",
            "Host: test",
            f"Authorization: Bearer {token}",
            *headers,
        ]
        await self.send("\r\n".join([*lines, "", ""]).encode())

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, bytes]:
        """Status and body of the answer."""
        async with asyncio.timeout(30):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            length = next(line for line in head.splitlines() if line.lower().startswith("content-length"))
            body = await self.reader.readexactly(int(length.split(":")[1]))
        return int(head.split()[1]), body

    async def closed(self) -> None:
        """Returns once the server closed the connection."""
        async with asyncio.timeout(30):
            while await self.reader.read(65536):
                pass


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Wire]:
    """A connection to an address; it is reset at the end."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()
