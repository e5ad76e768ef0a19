"""Placeholders that an author left empty are not on the screen; what is in a placeholder is."""

import pypdfium2
import pytest
import pytest_asyncio

from infoscreen.converter.engines.libreoffice import LibreOfficeConverter

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHITE, RED = (255, 255, 255), (255, 0, 0)
KINDS = ("title", "body", "tbl", "media", "pic", "chart", "dgm", "obj", "clipArt")
PLACE = '<a:off x="914400" y="914400"/><a:ext cx="3657600" cy="1828800"/>'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory, desk_for):
    folder = tmp_path_factory.mktemp("office")
    engine = LibreOfficeConverter(1, folder)
    await engine.start()
    yield desk_for(engine, folder)
    await engine.close()


def placeholder(kind):
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="9" name="{kind}"/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr><p:nvPr>'
        f'<p:ph type="{kind}" idx="20"/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm>{PLACE}</a:xfrm></p:spPr><p:txBody>'
        '<a:bodyPr/><a:lstStyle/><a:p><a:endParaRPr lang="en-US"/></a:p></p:txBody></p:sp>'
    )


TABLE = "http://schemas.openxmlformats.org/drawingml/2006/table"
RED_TABLE = (
    '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="t"/><p:cNvGraphicFramePr/><p:nvPr><p:ph type="tbl" '
    f'idx="20"/></p:nvPr></p:nvGraphicFramePr><p:xfrm>{PLACE}</p:xfrm><a:graphic><a:graphicData uri="{TABLE}"><a:tbl>'
    '<a:tblPr/><a:tblGrid><a:gridCol w="3657600"/></a:tblGrid><a:tr h="1828800"><a:tc><a:txBody><a:bodyPr/>'
    '<a:lstStyle/><a:p/></a:txBody><a:tcPr><a:solidFill><a:srgbClr val="FF0000"/></a:solidFill></a:tcPr></a:tc></a:tr>'
    "</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
)


async def colours_of(office, documents, shape):
    """What is to be seen of a slide with nothing but this shape."""
    deck = documents.pptx("")
    slide = documents.part(deck, "ppt/slides/slide1.xml").replace(b"</p:spTree>", f"{shape}</p:spTree>".encode())
    pdf = await office.convert(documents.with_part(deck, "ppt/slides/slide1.xml", slide), "pptx")
    with pypdfium2.PdfDocument(pdf) as content:
        return {colour for _, colour in content[0].render().to_pil().convert("RGB").getcolors(1000)}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_empty_placeholder_is_not_drawn(office, documents, kind):
    assert await colours_of(office, documents, placeholder(kind)) == {WHITE}


async def test_a_table_in_a_placeholder_is_drawn(office, documents):
    assert RED in await colours_of(office, documents, RED_TABLE)
