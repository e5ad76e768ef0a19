"""What stands in for Gotenberg, whose server needs a container: its route, its answers, and its troubles (row 13).

One converter of the system under test has it as its engine. It gives every document the same PDF; what it proves is
what becomes of documents while an engine is away, full, failing or cut off.
"""

import asyncio
import contextlib
import io
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import pikepdf

PAGES = 2
_HEAD_LIMIT_BYTES = 64 * 1024


class Trouble(StrEnum):
    """How it can fail."""

    AWAY = "away"
    CUT = "cut off mid-body"
    FULL = "429"
    BROKEN = "500"
    SLOW = "503"


_STATUS = {
    Trouble.FULL: "429 Too Many Requests",
    Trouble.BROKEN: "500 Internal Server Error",
    Trouble.SLOW: "503 Service Unavailable",
}


@dataclass
class Gotenberg:
    """Listens on loopback while it is entered."""

    trouble: Trouble | None = None
    url: str = ""
    _pdf: bytes = b""
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._pdf = _pdf()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_HEAD_LIMIT_BYTES)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            trouble = None if head.startswith(b"GET /health") else self.trouble
            if self.trouble is not Trouble.AWAY:
                writer.write(self._answer(trouble))
                await writer.drain()
        if self.trouble in {Trouble.AWAY, Trouble.CUT}:
            writer.transport.abort()
        writer.close()

    def _answer(self, trouble: Trouble | None) -> bytes:
        status = _STATUS.get(trouble, "200 OK") if trouble else "200 OK"
        body = self._pdf if status == "200 OK" else status.encode()
        sent = body[: len(body) // 2] if trouble is Trouble.CUT else body
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + sent


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0


def _pdf() -> bytes:
    with pikepdf.new() as pdf:
        for _ in range(PAGES):
            pdf.add_blank_page(page_size=(842, 474)).Contents = pdf.make_stream(b"10 10 100 50 re f")
        target = io.BytesIO()
        pdf.save(target, deterministic_id=True)
    return target.getvalue()
