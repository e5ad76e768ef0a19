"""Reports of real PDFs: every kind of loss is found, what lost nothing reports nothing, and no report fails a PDF."""

import asyncio
import os
import signal
from pathlib import Path

import pikepdf
import pytest
import pytest_asyncio
from support.lossy_decks import ADDRESS, LOST_IN_FODP, TOLD_AS, box, lossy_fodp
from support.until import until

from infoscreen.common.conversion_options import ConversionOptions
from infoscreen.common.deck_report import DeckReport, FindingKind
from infoscreen.common.document_types import DOCUMENT_TYPES, identify
from infoscreen.converter.pdf import PdfInspector, ReportRequest
from infoscreen.converter.preparation.preparer import DocumentPreparer

pytestmark = pytest.mark.asyncio(loop_scope="module")
CASES = Path(__file__).parents[6] / "shared" / "cases"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def preparer(desk):
    preparer = DocumentPreparer(desk.folder)
    yield preparer
    await preparer.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def inspector(desk):
    inspector = PdfInspector(desk.folder)
    yield inspector
    await inspector.close()


@pytest.fixture
def report(desk, preparer, inspector):
    """Converts a document as the converter does; returns the report, and checks that the event's share of it agrees."""

    async def make(content: bytes, name: str, pages: str | None = None) -> DeckReport:
        source, pdf, written = desk.folder / "source", desk.folder / "result.pdf", desk.folder / "report.json"
        source.write_bytes(content)
        with source.open("rb") as file:
            document_type = identify(file, name)
        options = ConversionOptions(page_range=pages)
        prepared = await preparer.prepare(source)
        await desk.engine.convert(prepared, pdf, document_type, options, 60)
        wanted = ReportRequest(source, document_type, pages, written)
        summary = await inspector.inspect(pdf, desk.folder / "page1.webp", report=wanted)
        report = DeckReport.model_validate_json(written.read_text())
        assert (summary.findings, summary.finding_counts) == (report.worst, report.counts)
        return report

    return make


def by_kind(report):
    return {finding.kind: (finding.page, finding.detail) for finding in report.findings}


async def test_every_kind_of_loss_of_a_deck_is_found_on_its_page(report):
    made = await report(lossy_fodp(), "lossy.fodp")
    assert by_kind(made) == {
        FindingKind.MISSING_CHARACTER: (1, TOLD_AS),
        FindingKind.TEXT_OFF_PAGE: (3, "This line runs over the right edge of the page"),
        FindingKind.EMPTY_PAGE: (4, ""),
        FindingKind.EXTERNAL_PICTURE: (1, ADDRESS),
        FindingKind.FONT_REPLACED: (1, "Aptos"),
        FindingKind.VIDEO: (2, ""),
        FindingKind.HIDDEN_SLIDE: (None, "3"),
        FindingKind.DATE_FROZEN: (3, ""),
        FindingKind.EXTERNAL_LINK: (1, "file:///C:/figures.ods"),
        FindingKind.ANIMATION: (2, ""),
        FindingKind.SOUND: (2, ""),
        FindingKind.TRANSITION: (2, ""),
        FindingKind.MACRO: (None, ""),
    }
    assert set(by_kind(made)) == LOST_IN_FODP


def line(text: str, y: int, *, height: int = 20, body: str = "", size: int = 24) -> str:
    """A box of 200 pt of width, in points from the top of a slide."""
    frame = f'<a:off x="0" y="{y * 12700}"/><a:ext cx="2540000" cy="{height * 12700}"/>'
    paragraphs = "".join(f'<a:p><a:r><a:rPr sz="{size}00"/><a:t>{one}</a:t></a:r></a:p>' for one in text.split("|"))
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{y + 2}" name="{y}"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>{frame}'
        f'</a:xfrm><a:prstGeom prst="rect"/></p:spPr><p:txBody><a:bodyPr lIns="0" tIns="0" bIns="0" {body}/>'
        f"{paragraphs}</p:txBody></p:sp>"
    )


async def test_text_that_is_higher_than_its_box_is_found_on_its_page(report, documents):
    shapes = [
        line("This one needs more than one line", 40, height=30),
        line("This fits", 120, height=30),
        line("Here|the|last", 180, height=60),
        line("Two lines that begin above their box", 300, height=30, body='anchor="b"'),
        line("A line in a box that is none", 350, height=0, size=10),
        line("Twice the same words on a page", 400, height=30),
        line("Twice the same words on a page", 460, height=70),
    ]
    deck = documents.pptx("", "")
    slide = documents.part(deck, "ppt/slides/slide2.xml").decode()
    head, tail = slide.split("<p:sp>", 1)[0], slide.rsplit("</p:sp>", 1)[1]
    made = await report(documents.with_part(deck, "ppt/slides/slide2.xml", head + "".join(shapes) + tail), "boxes.pptx")
    [found] = [one for one in made.findings if one.kind == FindingKind.TEXT_OVER_BOX]
    over = ["This one needs more than one line", "last", "Two lines that begin above their box"]
    assert (found.page, found.detail, found.count) == (2, " ".join(over), 3)


async def test_a_range_of_pages_reports_what_is_on_these(report):
    made = await report(lossy_fodp(), "lossy.fodp", pages="2-4")
    assert by_kind(made)[FindingKind.VIDEO] == (1, "")
    assert FindingKind.MISSING_CHARACTER not in by_kind(made)


async def test_a_deck_that_loses_nothing_has_no_finding(report, documents):
    made = await report(documents.fodp(box("Plain words", style="")), "plain.fodp")
    assert made.findings == ()


async def test_a_font_that_nothing_is_written_in_is_not_told(report, documents):
    deck = documents.pptx("Words")
    theme = '<a:theme xmlns:a="a"><a:minorFont><a:latin typeface="Papyrus"/></a:minorFont></a:theme>'
    made = await report(documents.with_part(deck, "ppt/theme/theme2.xml", theme), "plain.pptx")
    assert made.replaced_fonts == ()


async def test_a_word_file_reports_fonts_and_macros(report, documents):
    body = '<w:p><w:r><w:rPr><w:rFonts w:ascii="Aptos" w:hAnsi="Aptos"/></w:rPr><w:t>words</w:t></w:r></w:p>'
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    package = documents.with_part(
        documents.docx("x"), "word/document.xml", f"<w:document {word}><w:body>{body}</w:body></w:document>"
    )
    made = await report(documents.with_part(package, "word/vbaProject.bin", b"x"), "letter.docx")
    assert by_kind(made) == {FindingKind.FONT_REPLACED: (None, "Aptos"), FindingKind.MACRO: (None, "")}


@pytest.mark.parametrize(
    ("name", "fonts"),
    [
        ("cjk_hindi_thai_emoji.pptx", set()),
        ("wingdings_in_text.pptx", set()),
        ("impact_font.pptx", {"Impact", "Comic Sans MS"}),
        ("office_font_widths.pptx", {"Aptos", "Segoe UI", "Tahoma", "Calibri Light", "Franklin Gothic Book"}),
    ],
)
async def test_a_case_reports_its_replaced_fonts_and_no_missing_character(report, name, fonts):
    path = CASES / name
    if not path.exists():
        pytest.skip(f"{name} is not beside the repository")
    made = await report(path.read_bytes(), name)
    assert made.missing_characters == 0
    assert FindingKind.TEXT_OVER_BOX not in by_kind(made)
    assert {one.detail for one in made.findings if one.kind == FindingKind.FONT_REPLACED} == fonts
    assert {one.font for one in made.replaced_fonts} >= fonts


@pytest.fixture
def blank_pdf(desk):
    path = desk.folder / "blank.pdf"
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(path)
    return path


def wanted_of(source):
    return ReportRequest(source, DOCUMENT_TYPES["fodp"], None, source.with_name("report.json"))


async def test_a_pdf_of_which_no_report_can_be_made_is_as_good_as_any(desk, inspector, blank_pdf):
    wanted = wanted_of(desk.folder / "gone")
    summary = await inspector.inspect(blank_pdf, desk.folder / "a.webp", report=wanted)
    assert (summary.pages, summary.findings) == (1, None)


async def test_a_pdf_whose_report_kills_the_process_is_inspected_without_one(desk, inspector, blank_pdf):
    """Its source is a pipe, at which the process waits until it is killed."""
    pipe = desk.folder / "pipe"
    os.mkfifo(pipe)

    def is_waited_at() -> bool:
        try:
            writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return False
        for worker in list(inspector._pool._busy):
            os.kill(worker.pid, signal.SIGKILL)
        os.close(writer)
        return True

    inspecting = asyncio.create_task(inspector.inspect(blank_pdf, desk.folder / "a.webp", report=wanted_of(pipe)))
    await until(is_waited_at, "the report is being made")
    summary = await inspecting
    assert (summary.pages, summary.findings) == (1, None)
