import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pypdfium2
import pytest
import pytest_asyncio

from infoscreen.common.document_types import DOCUMENT_TYPES
from infoscreen.converter.document import ConversionOptions, DocumentConverter
from infoscreen.converter.engines.gotenberg import GotenbergConverter
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter


class Desk:
    """Where a test lays a document before an engine and finds its PDF."""

    def __init__(self, engine: DocumentConverter, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.pdf = folder / "result.pdf"

    async def convert(
        self,
        content: bytes,
        extension: str,
        *,
        options: ConversionOptions | None = None,
        deadline_seconds: float = 60,
        name: str = "source",
    ) -> Path:
        source, pdf = self.folder / name, self.folder / f"{name}.pdf"
        source.write_bytes(content)
        await self.engine.convert(
            source, pdf, DOCUMENT_TYPES[extension], options or ConversionOptions(), deadline_seconds
        )
        return pdf


def texts(pdf: Path) -> list[str]:
    """The text of each page."""
    with contextlib.closing(pypdfium2.PdfDocument(pdf)) as document:
        return [page.get_textpage().get_text_range().strip() for page in document]


def pictures(pdf: Path) -> int:
    """How many pictures all pages hold."""
    with contextlib.closing(pypdfium2.PdfDocument(pdf)) as document:
        return sum(
            1 for page in document for item in page.get_objects() if item.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
        )


def offices(work_dir: Path) -> set[int]:
    """The ids of the soffice.bin processes whose profiles are below `work_dir`."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if b"soffice.bin" in command.split(b"\0")[0] and os.fsencode(work_dir) in command:
                found.add(int(process.name))
    return found


async def eventually(condition: Callable[[], object], what: str, deadline_seconds: float = 60) -> None:
    """Return when `condition` holds; fail when it does not within the deadline."""
    try:
        async with asyncio.timeout(deadline_seconds):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"not within {deadline_seconds:g} s: {what}")


@pytest.fixture(scope="session")
def pdf_texts() -> Callable[[Path], list[str]]:
    return texts


@pytest.fixture(scope="session")
def pdf_pictures() -> Callable[[Path], int]:
    return pictures


@pytest.fixture(scope="session")
def offices_of() -> Callable[[Path], set[int]]:
    return offices


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="session")
def until():
    return eventually


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["libreoffice", "gotenberg"])
async def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """Each engine in turn; Gotenberg's turn needs a Gotenberg."""
    folder = tmp_path_factory.mktemp("desk")
    engine: DocumentConverter
    if request.param == "libreoffice":
        engine = LibreOfficeConverter(1, folder)
    elif url := os.environ.get("GOTENBERG_URL"):
        engine = GotenbergConverter(url, 1)
    else:
        pytest.skip("set GOTENBERG_URL to run the suite on a Gotenberg")
    await engine.start()
    yield Desk(engine, folder)
    await engine.close()


@pytest.fixture(scope="session")
def desk_for() -> type[Desk]:
    return Desk
