"""A TCP proxy that does to a connection what networks do: delay, silence, resets, trickles, thin lines.

All of it on loopback, without privileges. A toxic applies to what flows from the moment it is set.
"""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field
from typing import Self

_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Toxic:
    """What happens to bytes on their way, in both directions unless said otherwise.

    Attributes:
        latency_seconds: each chunk is held back for this long.
        blackhole: nothing passes, and neither end is told.
        reset: connections are reset, new ones as well.
        bytes_per_second: the line is this thin; 0 is no limit.
        slice_bytes: chunks are cut into pieces of this size; 0 leaves them.
        deaf: what the server answers is thrown away; what it is told arrives.
        cut_bytes: a connection is reset once the server has answered so many bytes; 0 is never.
        answer: what is said in place of the server, which is not asked; then the connection is closed.
    """

    latency_seconds: float = 0
    blackhole: bool = False
    reset: bool = False
    bytes_per_second: int = 0
    slice_bytes: int = 0
    deaf: bool = False
    cut_bytes: int = 0
    answer: bytes = b""


CLEAN = Toxic()


@dataclass
class Proxy:
    """Forwards a loopback port to another; use it as an async context manager."""

    upstream_port: int
    port: int = 0
    _toxic: Toxic = CLEAN
    _healed: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._healed.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._healed.set()
        self._reset_all()

    def poison(self, toxic: Toxic) -> None:
        """Apply a toxic to all connections, present and future."""
        # A stream with a hole in it cannot be gone on with.
        torn, self._toxic = self._toxic.deaf, toxic
        (self._healed.clear if toxic.blackhole else self._healed.set)()
        if toxic.reset or torn:
            self._reset_all()

    def heal(self) -> None:
        """Let everything through again; what a blackhole held back passes now."""
        self.poison(CLEAN)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._healed.wait()
        if self._toxic.reset:
            _reset(writer)
            return
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, up_writer}
        try:
            await asyncio.gather(self._pump(reader, up_writer, writer), self._pump(up_reader, writer, None))
        finally:
            self._writers -= {writer, up_writer}
            for end in (writer, up_writer):
                end.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asker: asyncio.StreamWriter | None
    ) -> None:
        """One direction; ``asker`` is who asks, on the way to the server, and None on the way back."""
        passed = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                await self._healed.wait()
                toxic = self._toxic
                if asker and toxic.answer:
                    asker.write(toxic.answer)
                    await asker.drain()
                    asker.close()
                    return
                if asker is None and toxic.deaf:
                    continue
                await self._pass_on(data, writer, toxic)
                passed += len(data)
                if asker is None and 0 < toxic.cut_bytes <= passed:
                    _reset(writer)
                    return
        with contextlib.suppress(OSError):
            if writer.can_write_eof():
                writer.write_eof()

    async def _pass_on(self, data: bytes, writer: asyncio.StreamWriter, toxic: Toxic) -> None:
        if toxic.latency_seconds:
            await asyncio.sleep(toxic.latency_seconds)
        size = toxic.slice_bytes or len(data)
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            writer.write(piece)
            await writer.drain()
            if toxic.bytes_per_second:
                await asyncio.sleep(len(piece) / toxic.bytes_per_second)

    def _reset_all(self) -> None:
        for writer in list(self._writers):
            _reset(writer)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
