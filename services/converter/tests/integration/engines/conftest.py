"""Engines by themselves, with a desk in front of them."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.document_types import DOCUMENT_TYPES
from infoscreen.converter.document import DocumentConverter, Progress
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
        deadline_seconds: float = 200,
        name: str = "source",
        progress: Progress | None = None,
    ) -> Path:
        source, pdf = self.folder / name, self.folder / f"{name}.pdf"
        source.write_bytes(content)
        await self.engine.convert(
            source, pdf, DOCUMENT_TYPES[extension], options or ConversionOptions(), deadline_seconds, progress=progress
        )
        return pdf


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["libreoffice", "gotenberg"])
async def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """Each engine; with Gotenberg only where one runs."""
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
