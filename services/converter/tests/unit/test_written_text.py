import io

import pytest

from infoscreen.common.document_types import DOCUMENT_TYPES
from infoscreen.converter.written_text import has_text

HIDDEN_STYLE = (
    '<style:style style:name="h" style:family="drawing-page">'
    '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
)
HIDDEN_SHAPE = (
    '<p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:cNvPr id="2" name="x" hidden="1"/><a:t>Text</a:t></p:sp></p:sld>'
)
FIELD = '<p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:cNvPr id="2" name="x"/><a:fld><a:t>3</a:t></a:fld></p:sp></p:sld>'


def text_in(content: bytes, extension: str) -> bool:
    return has_text(io.BytesIO(content), DOCUMENT_TYPES[extension])


def test_text_is_seen_in_every_family_and_format(documents):
    assert text_in(documents.pptx("Hello"), "pptx")
    assert text_in(documents.odp("Hello"), "odp")
    assert text_in(documents.fodp("Hello"), "fodp")
    assert text_in(documents.docx("Hello"), "docx")
    assert text_in(documents.odt("<text:p>Hello</text:p>"), "odt")


def test_white_space_is_no_text(documents):
    assert not text_in(documents.pptx(" "), "pptx")
    assert not text_in(documents.odp(" "), "odp")
    assert not text_in(documents.docx(" "), "docx")


def test_what_no_page_shows_is_no_text(documents):
    assert not text_in(documents.pptx("hidden"), "pptx")
    assert not text_in(documents.odp("<presentation:notes><text:p>Note</text:p></presentation:notes>"), "odp")
    hidden = documents.with_style(documents.odp("Hello", automatic_styles=HIDDEN_STYLE), page=1, style="h")
    assert not text_in(hidden, "odp")


@pytest.mark.parametrize("slide", [HIDDEN_SHAPE, FIELD], ids=["hidden shape", "field"])
def test_a_slide_whose_text_is_not_drawn_as_it_stands_has_none(documents, slide):
    assert not text_in(documents.with_part(documents.pptx(" "), "ppt/slides/slide1.xml", slide), "pptx")


def test_nothing_is_claimed_of_spreadsheets_and_binary_decks(documents):
    assert not text_in(documents.fods("Hello"), "fods")
    assert not text_in(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "ppt")
