"""What every engine promises: the same suite runs on each of them."""

import pikepdf
import pytest
from support.old_documents import WORD_VERSIONS, old_doc, old_xls
from support.workbooks import EXCEL_STANDARD_PASSWORD, locked_xls

from infoscreen.common.conversion_options import ConversionOptions, Profile
from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.common.tracing import traced
from infoscreen.converter.document import Progress

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_is_healthy_once_started(desk):
    assert await desk.engine.check() is None


@pytest.mark.parametrize("extension", ["fodp", "odp", "pptx"])
async def test_every_slide_of_a_presentation_becomes_a_page(desk, documents, pdf_texts, extension):
    content = getattr(documents, extension)("First", "Second")
    assert pdf_texts(await desk.convert(content, extension)) == ["First", "Second"]


async def test_a_slide_show_converts(desk, documents, pdf_texts):
    assert pdf_texts(await desk.convert(documents.pptx("Show", kind="slideshow"), "ppsx")) == ["Show"]


async def test_a_text_converts(desk, documents, pdf_texts):
    assert pdf_texts(await desk.convert(documents.docx("Letter"), "docx")) == ["Letter"]
    assert pdf_texts(await desk.convert(documents.fodt("Flat"), "fodt")) == ["Flat"]


async def test_a_spreadsheet_converts(desk, documents, pdf_texts):
    [page] = pdf_texts(await desk.convert(documents.fods("Cell"), "fods"))
    assert "Cell" in page


async def test_a_workbook_that_excel_opens_without_asking_converts(desk, pdf_texts):
    [page] = pdf_texts(await desk.convert(locked_xls("Canteen", EXCEL_STANDARD_PASSWORD), "xls"))
    assert "Canteen" in page


@pytest.mark.parametrize("version", [2, 3, 4])
async def test_a_workbook_of_before_excel_95_converts(desk, pdf_texts, version):
    assert "Old sheet" in pdf_texts(await desk.convert(old_xls("Old sheet", version), "xls"))[0]


@pytest.mark.parametrize("version", WORD_VERSIONS)
async def test_a_document_of_before_word_97_converts(desk, pdf_texts, version):
    assert "Old letter" in pdf_texts(await desk.convert(old_doc("Old letter", version), "doc"))[0]


async def test_hidden_slides_are_left_out(desk, documents, pdf_texts):
    pdf = await desk.convert(documents.pptx("Shown", "hidden one", "Shown too"), "pptx")
    assert pdf_texts(pdf) == ["Shown", "Shown too"]


async def test_a_deck_of_a_thousand_slides_converts_and_says_how_many_pages_there_will_be(desk, documents):
    progress = Progress()
    content = documents.odp(*map(str, range(1000)))
    with pikepdf.open(await desk.convert(content, "odp", progress=progress)) as pdf:
        assert len(pdf.pages) == 1000
    assert progress.pages in {1000, None}  # Gotenberg does not tell
    assert progress.pages or desk.engine.name == "gotenberg"


async def test_a_page_range_gives_those_pages(desk, documents, pdf_texts):
    options = ConversionOptions(page_range="2-3")
    pdf = await desk.convert(documents.fodp("One", "Two", "Three", "Four"), "fodp", options=options)
    assert pdf_texts(pdf) == ["Two", "Three"]


async def test_a_page_range_counts_the_slides_that_are_shown(desk, documents, pdf_texts):
    if desk.engine.name == "gotenberg":
        pytest.xfail("Gotenberg hands the range to LibreOffice, which counts hidden slides")
    deck = documents.pptx("One", "hidden", "Two", "Three")
    assert pdf_texts(await desk.convert(deck, "pptx", options=ConversionOptions(page_range="2-3"))) == ["Two", "Three"]


async def test_pdfa_says_that_it_is_pdfa_2b(desk, documents):
    pdf = await desk.convert(documents.fodp("Archive"), "fodp", options=ConversionOptions(profile=Profile.PDFA))
    with pikepdf.open(pdf) as document:  # only read: LibreOffice 25.2 writes the year 0, which no date of Python's has
        assert document.open_metadata().pdfa_status == "2B"


async def test_image_quality_is_accepted(desk, documents, pdf_texts):
    options = ConversionOptions(image_quality=40)
    assert pdf_texts(await desk.convert(documents.fodp("Small"), "fodp", options=options)) == ["Small"]


@pytest.fixture
def unreadable(documents):
    """Documents whose type can be told and that pass the checks, but that no LibreOffice loads."""
    cut = b"<?xml version='1.0'?><a><b>"
    return {
        "pptx": documents.with_part(documents.pptx("Hello"), "ppt/presentation.xml", cut),
        "odp": documents.with_part(documents.odp("Hello"), "content.xml", cut),
        "docx": documents.with_part(documents.docx("Hello"), "word/document.xml", cut),
        "fodp": documents.fodp("Hello")[:-40],
    }


@pytest.mark.parametrize("extension", ["pptx", "odp", "docx", "fodp"])
async def test_a_document_that_cannot_be_read_is_corrupt(desk, unreadable, extension):
    with pytest.raises(PermanentError) as caught:
        await desk.convert(unreadable[extension], extension, name="broken")
    assert caught.value.reason is FailureReason.CORRUPT
    assert not (desk.folder / "broken.pdf").exists()


async def test_a_failed_document_does_not_harm_the_next_one(desk, documents, unreadable, pdf_texts):
    with pytest.raises(PermanentError):
        await desk.convert(unreadable["pptx"], "pptx")
    assert pdf_texts(await desk.convert(documents.fodp("Fine"), "fodp")) == ["Fine"]


async def test_the_trace_it_is_called_in_does_not_disturb_it(desk, documents, pdf_texts):
    with traced("conversion"):
        assert pdf_texts(await desk.convert(documents.fodp("Traced"), "fodp")) == ["Traced"]
