"""What all integration tests of the converter share."""

import contextlib
import os
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pypdfium2
import pytest


def texts(pdf: Path | bytes) -> list[str]:
    """The text of each page."""
    with contextlib.closing(pypdfium2.PdfDocument(pdf)) as document:
        return [page.get_textpage().get_text_range().strip() for page in document]


def pictures(pdf: Path) -> int:
    """How many pictures all pages hold."""
    with contextlib.closing(pypdfium2.PdfDocument(pdf)) as document:
        return sum(
            1 for page in document for item in page.get_objects() if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
        )


def processes(work_dir: Path, program: bytes = b"") -> set[int]:
    """The ids of the processes (of a program) that were started for this directory: offices, drivers, inspectors."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if program in command.split(b"\0")[0] and os.fsencode(work_dir) in command:
                found.add(int(process.name))
    return found


def offices(work_dir: Path) -> set[int]:
    """The ids of the soffice.bin processes whose profiles are below `work_dir`."""
    return processes(work_dir, b"soffice.bin")


@pytest.fixture(scope="session")
def pdf_texts() -> Callable[[Path | bytes], list[str]]:
    return texts


@pytest.fixture(scope="session")
def pdf_pictures() -> Callable[[Path], int]:
    return pictures


@pytest.fixture(scope="session")
def offices_of() -> Callable[[Path], set[int]]:
    return offices


@pytest.fixture(scope="session")
def processes_of() -> Callable[[Path], set[int]]:
    return processes


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class GotenbergStub(ThreadingHTTPServer):
    """Answers as a Gotenberg does, with what was prepared, and keeps what it was asked.

    An answer is a status and a body, and perhaps the length that it claims to have. One that claims more than there
    is ends early; with `resets`, in a reset.
    """

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _StubHandler)
        self.answers: deque[tuple] = deque()
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.released = threading.Event()
        self.hangs = self.resets = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _StubHandler(BaseHTTPRequestHandler):
    server: GotenbergStub

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        if self.headers["Transfer-Encoding"] == "chunked":
            raise AssertionError("the length is known")
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body: bytes) -> None:
        self.server.requests.append((self.path, dict(self.headers), body))
        if self.server.hangs:
            self.server.released.wait(30)
            return
        status, content, *claimed = self.server.answers.popleft()
        self.send_response(status)
        self.send_header("Content-Length", str(claimed[0] if claimed else len(content)))
        self.end_headers()
        self.wfile.write(content)
        if claimed and self.server.resets:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def gotenberg_stub() -> Iterator[Callable[..., GotenbergStub]]:
    """Starts stubs, which end with the test."""
    with contextlib.ExitStack() as running:

        def start(port: int = 0) -> GotenbergStub:
            stub = running.enter_context(GotenbergStub(port))
            thread = threading.Thread(target=stub.serve_forever, args=(0.02,), daemon=True)
            thread.start()
            running.callback(thread.join)
            running.callback(stub.shutdown)
            running.callback(stub.released.set)
            return stub

        yield start
