"""From upload to PDF, a document that calls out reaches neither a server nor this machine's files (fault 16)."""

import asyncio

import pytest
from support.canaries import SECRET, red_picture

from infoscreen.common.events import ConversionSucceeded
from infoscreen.converter.engines.libreoffice import LibreOfficeConverter
from infoscreen.converter.engines.office_process import OfficeSettings
from infoscreen.converter.fences import ALL_FENCES


@pytest.fixture
async def canary():
    """A listener on loopback: who comes, and where."""
    callers = []

    async def called(reader, writer):
        callers.append(writer.get_extra_info("peername"))
        writer.close()

    async with await asyncio.start_server(called, "127.0.0.1", 0) as server:
        yield callers, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_no_request_leaves_and_no_local_content_gets_into_the_pdf(  # noqa: PLR0917 - fixtures, passed by name
    world, start_converter, tmp_path, documents, canary, pdf_pictures
):
    callers, address = canary
    secret = tmp_path / "secret.png"
    secret.write_bytes(red_picture())
    await start_converter(LibreOfficeConverter(1, tmp_path / "converter-test"))
    targets = [
        f"http://{address}/picture.png",
        secret.as_uri(),
        f"file://127.0.0.1{secret}",
        f"//127.0.0.1{secret}",
        f"smb://{address}/share/picture.png",
        f"\\\\127.0.0.1\\share{secret}",
    ]
    for number, target in enumerate(targets):
        slide = documents.slide(f"Look {number}") + documents.picture_link(target)
        for name, content in (
            ("deck.odp", documents.odp(slide)),
            ("deck.fodp", documents.fodp(slide)),
            ("letter.docx", documents.docx("Look", picture_url=target)),
        ):
            uploaded, _ = await world.upload(content, filename=name)
            result = await world.result(uploaded.media_id)
            assert isinstance(result, ConversionSucceeded), (name, target, result)
            pdf = tmp_path / f"{number}-{name}.pdf"
            await world.store.get_file(result.pdf_key, pdf)
            assert pdf_pictures(pdf) == 0, (name, target)
    assert callers == []


async def test_a_linked_object_shows_nothing_of_this_machine(world, start_converter, tmp_path, documents, pdf_texts):
    """The office has no fence: the preparation is what keeps the file out."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    office = OfficeSettings(offered_fences=frozenset(), accept_missing_fences=ALL_FENCES)
    await start_converter(LibreOfficeConverter(1, tmp_path / "converter-test", office=office))
    for kind in ("object", "object-ole"):
        frame = (
            f'<draw:frame svg:width="20cm" svg:height="5cm"><draw:{kind} xlink:href="{secret.as_uri()}"/></draw:frame>'
        )
        uploaded, _ = await world.upload(documents.fodp(documents.slide(kind) + frame))
        result = await world.result(uploaded.media_id)
        pdf = tmp_path / f"{kind}.pdf"
        await world.store.get_file(result.pdf_key, pdf)
        assert pdf_texts(pdf) == [kind]
