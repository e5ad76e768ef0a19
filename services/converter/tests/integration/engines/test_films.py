"""A deck with films is converted as quickly as one without: LibreOffice's own player waits 20 s for each."""

import pytest

from infoscreen.converter.preparation.preparer import DocumentPreparer

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILMS, DEADLINE_SECONDS = 10, 120
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PICTURE = (
    '<p:pic><p:nvPicPr><p:cNvPr id="9" name="Film"/><p:cNvPicPr/>'
    f'<p:nvPr><a:videoFile xmlns:r="{RELATIONSHIPS}" r:link="film"/></p:nvPr></p:nvPicPr><p:blipFill/>'
    '<p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="990000" cy="990000"/></a:xfrm></p:spPr></p:pic>'
)


def deck_with_films(documents) -> bytes:
    slide, links = "ppt/slides/slide1.xml", "ppt/slides/_rels/slide1.xml.rels"
    deck = documents.pptx("Beside the films")
    link = f'<Relationship Id="film" Type="{RELATIONSHIPS}/video" Target="../media/film.mp4"/>'
    for part, end, more in ((slide, "</p:spTree>", PICTURE * FILMS), (links, "</Relationships>", link)):
        deck = documents.with_part(deck, part, documents.part(deck, part).decode().replace(end, more + end))
    return documents.with_part(deck, "ppt/media/film.mp4", b"\0\0\0\x18ftypmp42" + bytes(5000))


async def test_films_do_not_hold_up_a_deck(desk, documents, pdf_texts):
    source = desk.folder / "uploaded"
    source.write_bytes(deck_with_films(documents))
    preparer = DocumentPreparer(desk.folder)
    await preparer.start()
    prepared = await preparer.prepare(source)
    await preparer.close()
    pdf = await desk.convert(prepared.read_bytes(), "pptx", deadline_seconds=DEADLINE_SECONDS)
    assert "Beside the films" in "".join(pdf_texts(pdf))
