"""A small X11 client: enough to read the screen's pixels and to order windows, without a library.

libX11 ends the process when its connection breaks, which would end the player; here a broken connection is an
exception. This is the part of the protocol that the player needs: https://www.x.org/releases/current/doc/xproto/x11protocol.html
"""

import asyncio
import contextlib
import re
import struct
from collections.abc import Callable
from pathlib import Path

CREATE_NOTIFY, MAP_NOTIFY, MAP_REQUEST = 16, 19, 20
_CONFIGURE_REQUEST = 23
_CHANGE_ATTRIBUTES, _MAP, _CONFIGURE, _GET_GEOMETRY, _GET_PROPERTY = 2, 8, 12, 14, 20
_GET_IMAGE, _QUERY_EXTENSION = 73, 98
_FIXES, _FIXES_VERSION, _FIXES_HIDE_CURSOR = b"XFIXES", 0, 29
_BACKING_STORE, _EVENT_MASK = 1 << 6, 1 << 11
_ALWAYS = 2
_SUBSTRUCTURE_NOTIFY, _SUBSTRUCTURE_REDIRECT = 1 << 19, 1 << 20
_GEOMETRY = 0b11111
_STACK_MODE = 1 << 6
_WM_NAME = 39
_ANY_TYPE = 0
_Z_PIXMAP = 2
_ERROR, _REPLY = 0, 1
_FAMILY_WILD = 0xFFFF
_COOKIE = b"MIT-MAGIC-COOKIE-1"
_ANSWER_SECONDS = 5.0
_STRIP_LINES = 128


class DisplayError(Exception):
    """The X display does not answer or has gone."""


class Display:
    """A connection to an X server.

    Each method raises ``DisplayError`` when the display has gone.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._sequence = 0
        self._awaited: dict[int, asyncio.Future[bytes | None]] = {}
        self._task: asyncio.Task[None] | None = None
        self.on_window: Callable[[int, int], None] = lambda _event, _window: None
        self.root = self.width = self.height = 0

    @classmethod
    async def open(cls, name: str, authority: Path) -> "Display":
        """Connect to a local display such as ``:0``."""
        number = display_number(name)
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 - X11's own place
                display = cls(*await asyncio.open_unix_connection(path))
                await display._begin(_cookie(authority, number))
        except (OSError, EOFError, TimeoutError, struct.error) as error:
            raise DisplayError(f"no X server answers at {name!r}: {error!r}") from error
        return display

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return not self._writer.is_closing()

    async def close(self) -> None:
        """End the connection."""
        if self._task:
            self._task.cancel()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def keep_content(self, window: int) -> None:
        """Have the server keep what a window shows even while another covers it."""
        self._send(_CHANGE_ATTRIBUTES, 0, struct.pack("<III", window, _BACKING_STORE, _ALWAYS))

    def map(self, window: int) -> None:
        """Let a window appear, after its ``MAP_REQUEST``."""
        self._send(_MAP, 0, struct.pack("<I", window))

    def lower(self, window: int) -> None:
        """Put a window below all others."""
        self._send(_CONFIGURE, 0, struct.pack("<IHxxI", window, _STACK_MODE, 1))

    def raise_(self, window: int) -> None:
        """Put a window above all others."""
        self._send(_CONFIGURE, 0, struct.pack("<IHxxI", window, _STACK_MODE, 0))

    async def title(self, window: int) -> str | None:
        """A window's title; None where the window does not exist."""
        answer = await self._ask(_GET_PROPERTY, 0, struct.pack("<IIIII", window, _WM_NAME, _ANY_TYPE, 0, 256))
        if answer is None:
            return None
        (length,) = struct.unpack_from("<I", answer, 16)
        return answer[32 : 32 + length].decode("utf-8", "replace")

    async def line(self, window: int, y: int, width: int) -> bytes | None:
        """The pixels of one line; None where the server refuses to read them."""
        return await self._image(window, y, width, 1)

    async def picture(self) -> bytes | None:
        """The pixels of the whole screen, from the top, each of four bytes: blue, green, red and one of no use.

        Returns None where the server refuses to read them.
        """
        strips = []
        for y in range(0, self.height, _STRIP_LINES):  # in strips, so that other requests come in between
            strip = await self._image(self.root, y, self.width, min(_STRIP_LINES, self.height - y))
            if strip is None:
                return None
            strips.append(strip)
        return b"".join(strips)

    async def measure(self) -> None:
        """Learn the screen's size anew, which changes when it is turned."""
        if answer := await self._ask(_GET_GEOMETRY, 0, struct.pack("<I", self.root)):
            self.width, self.height = struct.unpack_from("<HH", answer, 16)

    async def _image(self, window: int, y: int, width: int, height: int) -> bytes | None:
        body = struct.pack("<IhhHHI", window, 0, y, width, height, 0xFFFFFFFF)
        answer = await self._ask(_GET_IMAGE, _Z_PIXMAP, body)
        return answer[32:] if answer is not None else None

    async def _begin(self, cookie: bytes) -> None:
        try:
            await self._greet(cookie)
        except BaseException:
            self._writer.close()
            raise
        self._task = asyncio.create_task(self._listen())
        # The server refuses the second where a window manager runs; then the first stays in force.
        for mask in (_SUBSTRUCTURE_NOTIFY, _SUBSTRUCTURE_NOTIFY | _SUBSTRUCTURE_REDIRECT):
            self._send(_CHANGE_ATTRIBUTES, 0, struct.pack("<III", self.root, _EVENT_MASK, mask))
        await self._hide_pointer()

    async def _hide_pointer(self) -> None:
        """Hide the pointer for as long as this connection lasts, where the server has XFIXES, as Xorg and Xvfb do."""
        question = struct.pack("<Hxx", len(_FIXES)) + _padded(_FIXES)
        answer = await self._ask(_QUERY_EXTENSION, 0, question)
        if answer and answer[8]:
            extension = answer[9]
            await self._ask(extension, _FIXES_VERSION, struct.pack("<II", 4, 0))
            self._send(extension, _FIXES_HIDE_CURSOR, struct.pack("<I", self.root))

    async def _greet(self, cookie: bytes) -> None:
        name = _COOKIE if cookie else b""
        self._writer.write(
            struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(name), len(cookie)) + _padded(name) + _padded(cookie)
        )
        head = await self._reader.readexactly(8)
        body = await self._reader.readexactly(4 * struct.unpack_from("<H", head, 6)[0])
        if head[0] != 1:
            raise DisplayError(f"the X server refused: {body[: head[1]].decode('latin-1')}")
        vendor, formats = struct.unpack_from("<H", body, 16)[0], body[21]
        screen = 32 + vendor + -vendor % 4 + 8 * formats
        self.root, self.width, self.height = struct.unpack_from("<I16xHH", body, screen)

    def _send(self, opcode: int, detail: int, body: bytes) -> int:
        if self._writer.is_closing():
            raise DisplayError("the X server has gone")
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._writer.write(struct.pack("<BBH", opcode, detail, 1 + len(body) // 4) + body)
        return self._sequence

    async def _ask(self, opcode: int, detail: int, body: bytes) -> bytes | None:
        future: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        sequence = self._send(opcode, detail, body)
        self._awaited[sequence] = future
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await future
        except TimeoutError as error:
            raise DisplayError("the X server does not answer") from error
        finally:
            self._awaited.pop(sequence, None)

    async def _listen(self) -> None:
        try:
            while True:
                await self._take(await self._reader.readexactly(32))
        except (OSError, EOFError, DisplayError):
            self._writer.close()
            for future in self._awaited.values():
                if not future.done():
                    future.set_exception(DisplayError("the X server has gone"))

    async def _take(self, packet: bytes) -> None:
        kind, sequence = packet[0] & 0x7F, struct.unpack_from("<H", packet, 2)[0]
        if kind == _REPLY:
            packet += await self._reader.readexactly(4 * struct.unpack_from("<I", packet, 4)[0])
        if kind in (_ERROR, _REPLY):
            future = self._awaited.get(sequence)
            if future and not future.done():
                future.set_result(packet if kind == _REPLY else None)
        elif kind in (CREATE_NOTIFY, MAP_NOTIFY, MAP_REQUEST):
            self.on_window(kind, struct.unpack_from("<I", packet, 8)[0])
        elif kind == _CONFIGURE_REQUEST:
            self._grant_geometry(packet)

    def _grant_geometry(self, request: bytes) -> None:
        """Grant a window the place and size that it asks for, but not a place in the stack: the player orders that."""
        window, *values, mask = struct.unpack_from("<I4xhhHHHH", request, 8)
        chosen = [value & 0xFFFFFFFF for bit, value in enumerate(values) if mask & _GEOMETRY & 1 << bit]
        if chosen:
            body = struct.pack(f"<IHxx{len(chosen)}I", window, mask & _GEOMETRY, *chosen)
            self._send(_CONFIGURE, 0, body)


def display_number(name: str) -> int:
    """The number in a local display's name."""
    match = re.fullmatch(r"(?:unix)?:(\d+)(?:\.\d+)?", name)
    if match is None:
        raise DisplayError(f"{name!r} is not a local X display")
    return int(match[1])


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _cookie(authority: Path, number: int) -> bytes:
    """The display's cookie in an Xauthority file; empty where the file has none."""
    try:
        data, at = authority.read_bytes(), 0
    except OSError:
        return b""
    while at + 2 <= len(data):
        fields, at = [], at + 2
        for _ in range(4):
            (size,) = struct.unpack_from(">H", data, at)
            fields.append(data[at + 2 : at + 2 + size])
            at += 2 + size
        if fields[1] in (b"", str(number).encode()) and fields[2] == _COOKIE:
            return fields[3]
    return b""
