import io

import pytest

from infoscreen.common.document_types import DOCUMENT_TYPES
from infoscreen.converter.outline import Outline, read_outline

HIDDEN_STYLE = (
    '<style:style style:name="h" style:family="drawing-page">'
    '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
)


def outline(content: bytes, extension: str) -> Outline | None:
    return read_outline(io.BytesIO(content), DOCUMENT_TYPES[extension])


def test_a_powerpoint_deck_tells_its_hidden_slides_in_order(documents):
    assert outline(documents.pptx("One", "hidden", "Three"), "pptx") == Outline((True, False, True))


def test_an_opendocument_deck_tells_its_hidden_slides_in_order(documents):
    content = documents.odp("One", "Two", automatic_styles=HIDDEN_STYLE)
    hidden = documents.with_style(content, page=2, style="h")
    assert outline(content, "odp") == Outline((True, True))
    assert outline(hidden, "odp") == Outline((True, False))


def test_a_flat_deck_tells_its_slides(documents):
    assert outline(documents.fodp("One", "Two"), "fodp") == Outline((True, True))
    assert outline(documents.fodp(), "fodp") == Outline(())


def test_what_is_no_presentation_has_no_outline(documents):
    assert outline(documents.docx("Letter"), "docx") is None


def test_a_binary_deck_has_no_outline():
    assert outline(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "ppt") is None


def test_a_deck_that_is_cut_has_no_outline(documents):
    assert outline(documents.fodp("One", "Two")[:-40], "fodp") is None


@pytest.mark.parametrize(
    ("page_range", "shows"), [(None, True), ("1", True), ("2", True), ("2-3", True), ("3", False), ("3,9", False)]
)
def test_a_range_shows_something_where_it_has_a_page(page_range, shows):
    assert Outline((True, False, True)).shows(page_range) is shows


@pytest.mark.parametrize(
    ("page_range", "slides"), [(None, [1, 3, 4]), ("2", [3]), ("2-9", [3, 4]), ("3,1-2", [1, 3, 4]), ("4", [])]
)
def test_a_range_counts_the_slides_that_are_shown(page_range, slides):
    assert Outline((True, False, True, True)).selected(page_range) == slides


def test_a_deck_whose_slides_are_all_hidden_shows_nothing():
    assert not Outline((False, False)).shows(None)
    assert not Outline(()).shows(None)
