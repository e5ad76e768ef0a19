"""Documents that call out reach nothing: neither the network nor this machine's files (fault 16).

Each runs twice: behind the kernel's fences, and with LibreOffice's own settings alone, which must keep the network
out where a kernel has no fences to offer.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from support.canaries import red_picture
from support.until import until

from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.engines.office_process import OfficeSettings
from infoscreen.converter.fences import ALL_FENCES

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Canary:
    """Listens on loopback and counts who comes."""

    def __init__(self) -> None:
        self.callers = 0
        self.url = ""

    async def listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self._called, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers += 1
        writer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def canary() -> AsyncIterator[Canary]:
    canary = Canary()
    async with await canary.listen():
        yield canary


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["fenced", "settings only"])
async def desk(request, desk_for, tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    fenced = OfficeSettings()
    unfenced = OfficeSettings(offered_fences=frozenset(), accept_missing_fences=ALL_FENCES)
    engine = LibreOfficeConverter(1, folder, office=fenced if request.param == "fenced" else unfenced)
    await engine.start()
    desk = desk_for(engine, folder)
    desk.fenced = request.param == "fenced"
    yield desk
    await engine.close()


@pytest.fixture
def secrets(tmp_path):
    (tmp_path / "secret.png").write_bytes(red_picture())
    (tmp_path / "secret.txt").write_text("TOPSECRET")
    return tmp_path


async def test_the_canary_hears_a_caller(canary):
    port = int(canary.url.rpartition(":")[2])
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    await until(lambda: canary.callers, "the canary sees a caller")
    canary.callers = 0


@pytest.mark.parametrize("extension", ["odp", "fodp"])
async def test_a_linked_picture_is_not_fetched(desk, documents, canary, pdf_pictures, extension):
    slide = documents.slide("Look") + documents.picture_link(f"{canary.url}/picture.png")
    pdf = await desk.convert(getattr(documents, extension)(slide), extension)
    assert (canary.callers, pdf_pictures(pdf)) == (0, 0)


async def test_a_picture_linked_from_a_docx_is_not_fetched(desk, documents, canary, pdf_pictures):
    pdf = await desk.convert(documents.docx("Look", picture_url=f"{canary.url}/picture.png"), "docx")
    assert (canary.callers, pdf_pictures(pdf)) == (0, 0)


async def test_html_in_a_docx_is_neither_read_nor_fetched(desk, canary):
    with pytest.raises(PermanentError) as caught:
        await desk.convert(f'<html><img src="{canary.url}/picture.png"></html>'.encode(), "docx")
    assert (caught.value.reason, canary.callers) == (FailureReason.CORRUPT, 0)


@pytest.mark.parametrize("extension", ["odp", "fodp"])
async def test_a_local_picture_does_not_get_into_the_pdf(desk, documents, secrets, pdf_pictures, extension):
    if not desk.fenced and extension == "odp":
        pytest.skip("LibreOffice 7.4 embeds local pictures linked from an ODP: only the kernel's fence stops it")
    slide = documents.slide("Look") + documents.picture_link((secrets / "secret.png").as_uri())
    assert pdf_pictures(await desk.convert(getattr(documents, extension)(slide), extension)) == 0


async def test_a_local_picture_linked_from_a_docx_does_not_get_into_the_pdf(desk, documents, secrets, pdf_pictures):
    pdf = await desk.convert(documents.docx("Look", picture_url=(secrets / "secret.png").as_uri()), "docx")
    assert pdf_pictures(pdf) == 0


async def test_a_local_text_does_not_get_into_the_pdf(desk, documents, secrets, pdf_texts):
    section = (
        '<text:section text:name="s"><text:section-source '
        f'xlink:href="{(secrets / "secret.txt").as_uri()}" text:filter-name="Text" xlink:type="simple"/>'
        "<text:p>Before</text:p></text:section>"
    )
    pages = pdf_texts(await desk.convert(documents.odt(section), "odt"))
    assert "TOPSECRET" not in "".join(pages)


async def test_a_local_text_does_not_get_into_the_pdf_by_an_entity(desk, documents, secrets, pdf_texts):
    """The checks before refuse entities; an engine that is given one all the same must not resolve it."""
    uri = (secrets / "secret.txt").as_uri()
    content = documents.fodp("&leak;").replace(
        b"<office:document ", f'<!DOCTYPE d [<!ENTITY leak SYSTEM "{uri}">]><office:document '.encode()
    )
    try:
        pages = pdf_texts(await desk.convert(content, "fodp"))
    except PermanentError:
        pages = []
    assert "TOPSECRET" not in "".join(pages)


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/hostname", "/proc/mounts", "/proc/net/tcp", "/proc/self/environ", "/proc/1/status"]
)
async def test_a_fenced_office_reads_nothing_of_this_machine(desk, documents, pdf_texts, path):
    """Without the preparation, which leaves no such reference: an office that a document took over is as blind."""
    if not desk.fenced:
        pytest.skip("settings alone do not keep an object from being read")
    known = Path(path).read_text(errors="replace").split()
    frame = f'<draw:frame svg:width="20cm" svg:height="15cm"><draw:object xlink:href="file://{path}"/></draw:frame>'
    pages = pdf_texts(await desk.convert(documents.fodp(documents.slide("Page") + frame), "fodp"))
    assert pages == ["Page"]
    assert known


async def test_an_office_started_by_root_is_another_user(desk, offices_of):
    if not desk.fenced or os.geteuid() != 0:
        pytest.skip("needs root, and fences")
    [office] = offices_of(desk.folder)
    status = dict(line.split(":", 1) for line in Path(f"/proc/{office}/status").read_text().splitlines())
    assert "0" not in status["Uid"].split() + status["Gid"].split()
    assert status["Groups"].split() == []
    assert {status[kind].strip() for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {"0" * 16}


async def test_none_of_these_documents_called_the_canary(desk, canary):
    assert canary.callers == 0
