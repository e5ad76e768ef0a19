"""A display without a monitor, a screen on it, decks to show, and a store behind a proxy that cuts."""

import asyncio
import contextlib
import hashlib
import io
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pikepdf
import pytest
from support.until import until

from infoscreen.player.clock import Clock
from infoscreen.player.decision import Entry, Playlist
from infoscreen.player.file_cache import FileCache
from infoscreen.player.manifest import PDF, DisplayFile, Manifest, Medium, Status
from infoscreen.player.notices import Audience, NoticeRenderer
from infoscreen.player.pdf import Page
from infoscreen.player.programme import Item, Programme
from infoscreen.player.quarantine import Quarantine
from infoscreen.player.saved_state import SavedState
from infoscreen.player.screen import Screen
from infoscreen.player.settings import PlayerSettings
from infoscreen.player.shared_state import SharedState
from infoscreen.player.windows import XWindows

SIZE = (640, 360)


def is_blank(picture: bytes) -> bool:
    """Whether nearly all pixels are of one colour: an empty screen may have a pointer on it."""
    sample = memoryview(picture).cast("I")[::7].tolist()
    return Counter(sample).most_common(1)[0][1] > 0.98 * len(sample)


@dataclass
class Frames:
    """Counts of the frames that a watcher saw on a display."""

    seen: int = 0
    blank: int = 0
    different: set[int] = field(default_factory=set)


@dataclass
class VirtualDisplay:
    """An X server whose framebuffer is a file, in xwd's format; no tool is needed for a screenshot."""

    directory: Path
    name: str = ""
    server: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start the server, on the display that it had before, if any."""
        reading, writing = os.pipe()
        screen = ["-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-fbdir", str(self.directory)]
        command = ["Xvfb", *([self.name] if self.name else []), "-displayfd", str(writing), *screen]
        command += ["-nolisten", "tcp", "-noreset"]
        self.server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as said:
            self.name = f":{said.readline().strip()}"

    def stop(self) -> None:
        """End the server."""
        if self.server:
            self.server.terminate()
            self.server.wait()

    def picture(self) -> bytes:
        """The pixels that a monitor would show now."""
        dump = (self.directory / "Xvfb_screen0").read_bytes()
        header = struct.unpack_from(">25I", dump)
        start = header[0] + 12 * header[19]
        return dump[start : start + header[5] * header[12]]

    def blank(self) -> bool:
        """Whether the screen is empty."""
        return is_blank(self.picture())

    @contextlib.contextmanager
    def watched(self) -> Iterator[Frames]:
        """Look at the display again and again, in the background."""
        frames, stop = Frames(), threading.Event()

        def look() -> None:
            last, blank = b"", False
            while not stop.is_set():
                picture = self.picture()
                if picture != last:  # a closer look takes time that the viewer needs
                    last, blank = picture, is_blank(picture)
                    frames.different.add(hash(picture))
                frames.seen += 1
                frames.blank += blank
                stop.wait(0.01)

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            yield frames
        finally:
            stop.set()
            watcher.join()


@pytest.fixture
def display(tmp_path, monkeypatch) -> Iterator[VirtualDisplay]:
    """An X server of the test's own."""
    if not shutil.which("Xvfb") or not shutil.which("impressive"):
        pytest.skip("apt-get install impressive mupdf-tools xvfb")
    directory = tmp_path / "framebuffer"
    directory.mkdir()
    display = VirtualDisplay(directory)
    display.start()
    monkeypatch.setenv("DISPLAY", display.name)
    monkeypatch.setenv("XAUTHORITY", str(tmp_path / "no-cookie-needed"))
    yield display
    display.stop()


@pytest.fixture(scope="session")
def deck() -> Callable[..., bytes]:
    """Makes a PDF with a page a word."""
    return _deck


def _deck(*words: str) -> bytes:
    pdf = pikepdf.new()
    for word in words:
        page = Page(640, 360, (0.9, 0.9, 0.8), (0.4, 0.6, 0.7))
        page.text(60, 160, word, 90, (0.1, 0.1, 0.1), bold=True)
        with pikepdf.open(io.BytesIO(page.render(word))) as one:
            pdf.pages.append(one.pages[0])
    output = io.BytesIO()
    pdf.save(output)
    return output.getvalue()


class ScreenUnderTest:
    """A screen with its state, as the player wires them."""

    def __init__(self, settings: PlayerSettings, runtime_dir: Path, clock: Clock | None = None) -> None:
        cache = FileCache(settings.data_dir / "files", settings.disk_limit_bytes, settings.disk_reserve_bytes)
        cache.open()
        self.state = SharedState(SavedState(settings.data_dir), cache, Quarantine(), clock or Clock())
        board = NoticeRenderer(runtime_dir, lambda: Audience("foyer", "https://infoscreen.example.org"))
        windows = XWindows(re.compile(settings.viewer_title))
        self.screen = Screen(settings, self.state, windows, board.draw, runtime_dir=runtime_dir)

    async def put(self, content: bytes, media_type: str = PDF) -> DisplayFile:
        """A file in the cache, as the fetcher leaves it."""
        file = DisplayFile(hashlib.sha256(content).hexdigest(), len(content), media_type)
        self.state.cache.part(file).write_bytes(content)
        await self.state.cache.commit(file)
        return file

    async def show(self, content: bytes, media_type: str = PDF) -> DisplayFile:
        """Want a file and wait until it is on the screen."""
        file = await self.want(content, media_type)
        await until(lambda: self.state.shown == Playlist((Entry("m", file),)), "the file on the screen")
        return file

    async def want(self, content: bytes, media_type: str = PDF) -> DisplayFile:
        """Want a file."""
        file = await self.put(content, media_type)
        self.state.manifest_received(Manifest.of(Medium("m", Status.READY, "deck.pptx", file)))
        return file

    def want_list(self, *media: Medium, seconds: float | None = None) -> Playlist:
        """Want several files, all of which are in the cache, each page of them for some seconds."""
        items = (Item(medium.media_id, seconds) for medium in media)
        self.state.manifest_received(replace(Manifest.of(*media), programme=Programme.of_items(*items)))
        return Playlist(tuple(Entry(medium.media_id, medium.file, seconds) for medium in media))

    @property
    def viewer_pid(self) -> int:
        assert self.screen._showing
        return self.screen._showing.viewer.pid


@pytest.fixture
def settings(tmp_path) -> PlayerSettings:
    return PlayerSettings(data_dir=tmp_path / "data", page_seconds=1, viewer_proof_seconds=0.1)


@pytest.fixture
async def subject(display, tmp_path, settings):
    runtime_dir = tmp_path / "run"
    runtime_dir.mkdir()
    subject = ScreenUnderTest(settings, runtime_dir)
    task = asyncio.create_task(subject.screen.run())
    yield subject
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


class CuttingProxy:
    """A TCP proxy that cuts each answer after ``cut_after`` bytes; None passes all."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cut_after: int | None = None
        self.spoil: Callable[[bytes], bytes] = lambda block: block
        self.requests: list[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server, contextlib.suppress(OSError):
            up = threading.Thread(target=self._pass_requests, args=(client, server), daemon=True)
            up.start()
            left = self.cut_after
            while block := server.recv(4096):
                client.sendall(self.spoil(block if left is None else block[:left]))
                if left is not None:
                    left -= len(block)
                    if left <= 0:
                        break
            client.shutdown(socket.SHUT_RDWR)

    def _pass_requests(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := client.recv(65536):
                self.requests.append(block)
                server.sendall(block)
            server.shutdown(socket.SHUT_WR)


@pytest.fixture
def cutting_proxy() -> Iterator[Callable[[int], CuttingProxy]]:
    """Makes proxies in front of a port."""
    proxies: list[CuttingProxy] = []

    def make(port: int) -> CuttingProxy:
        proxies.append(CuttingProxy(port))
        return proxies[-1]

    yield make
    for proxy in proxies:
        proxy.close()


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of 128 KiB."""
    directory = tmp_path / "small"
    directory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(directory)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)
