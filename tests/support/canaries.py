"""Files that lie in wait and a server that listens, so that each reader and caller is noticed."""

import asyncio
import ctypes
import os
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

SECRET = "TOPSECRET"
_IN_ACCESS, _IN_OPEN, _IN_NONBLOCK = 0x1, 0x20, 0o4000
_EVENT = struct.Struct("iIII")


def red_picture() -> bytes:
    """A PNG of two by two points."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"\0\xff\0\0\xff\0\0" * 2
    header = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Canaries:
    """One file of each kind that a document might read, and who came.

    Attributes:
        address: HOST:PORT of the server.
        callers: how many connections it had.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self.callers = 0
        self._inotify = -1
        self._names: dict[int, str] = {}

    def path(self, extension: str) -> Path:
        """Of the file with this extension."""
        return self.folder / f"canary.{extension}"

    def read_since(self) -> set[str]:
        """The names of the files that were opened or read since the last time."""
        names = set()
        while True:
            try:
                events = os.read(self._inotify, 64 * 1024)
            except BlockingIOError:
                return names
            at = 0
            while at < len(events):
                watch, _, _, name_bytes = _EVENT.unpack_from(events, at)
                names.add(self._names[watch])
                at += _EVENT.size + name_bytes

    def _watch(self) -> None:
        libc = ctypes.CDLL(None)
        self._inotify = libc.inotify_init1(_IN_NONBLOCK)
        for file in self.folder.iterdir():
            self._names[libc.inotify_add_watch(self._inotify, os.fsencode(file), _IN_ACCESS | _IN_OPEN)] = file.name

    async def _called(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers += 1
        writer.close()


@asynccontextmanager
async def waiting(folder: Path, documents: dict[str, bytes]) -> AsyncIterator[Canaries]:
    """Canaries in `folder`, while the block lasts; `documents` are those that hold the secret, by extension."""
    canaries = Canaries(folder)
    folder.mkdir()
    red = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="red"/></svg>'
    colours = '<ooo:color-table xmlns:ooo="http://openoffice.org/2004/office"/>'
    contents = {"txt": SECRET.encode(), "png": red_picture(), "svg": red.encode(), "soc": colours.encode(), **documents}
    contents["mp4"] = b"\0\0\0\x18ftypmp42" + bytes(64)
    for extension, content in contents.items():
        canaries.path(extension).write_bytes(content)
    folder.chmod(0o755)
    canaries._watch()
    async with await asyncio.start_server(canaries._called, "127.0.0.1", 0) as server:
        canaries.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield canaries
    os.close(canaries._inotify)
