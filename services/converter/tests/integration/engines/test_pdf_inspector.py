import os
import signal

import pikepdf
import pytest
from PIL import Image
from support.until import until

from infoscreen.common.errors import FailureReason, PermanentError
from infoscreen.converter.pdf import PdfInspector


@pytest.fixture
async def inspector(tmp_path):
    inspector = PdfInspector(tmp_path)
    await inspector.start()
    yield inspector
    await inspector.close()


def write_pdf(path, pages: int, size: tuple[int, int] = (720, 540)):
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=size)
        document.save(path)
    return path


async def failure(inspector, pdf, **arguments):
    with pytest.raises(PermanentError) as caught:
        await inspector.inspect(pdf, pdf.with_suffix(".webp"), **arguments)
    return caught.value.reason


async def test_a_pdf_is_counted_measured_and_pictured(inspector, tmp_path):
    pdf = write_pdf(tmp_path / "a.pdf", 3)
    summary = await inspector.inspect(pdf, tmp_path / "a.webp")
    assert (summary.pages, summary.size_bytes) == (3, pdf.stat().st_size)
    with Image.open(tmp_path / "a.webp") as picture:
        assert (picture.format, picture.size) == ("WEBP", (480, 360))


async def test_a_page_like_a_roll_of_paper_gives_a_picture_of_bounded_height(inspector, tmp_path):
    await inspector.inspect(write_pdf(tmp_path / "a.pdf", 1, (100, 14_000)), tmp_path / "a.webp")
    with Image.open(tmp_path / "a.webp") as picture:
        assert picture.height == 1440


async def test_a_sheet_shows_up_to_24_pages_four_in_a_row(inspector, tmp_path):
    pdf = write_pdf(tmp_path / "a.pdf", 29)
    for number, rows in ((0, 6), (1, 2)):
        await inspector.draw_sheet(pdf, tmp_path / "sheet.webp", number)
        with Image.open(tmp_path / "sheet.webp") as sheet:
            assert (sheet.format, sheet.size) == ("WEBP", (4 * 320, rows * 240))
    with Image.open(tmp_path / "sheet.webp") as sheet:
        paper, ground = (sheet.convert("L").getpixel((column * 320 + 160, 360)) for column in (0, 1))
    assert paper > 250 > ground  # page 29 is white, and beside it is nothing


async def test_what_cannot_be_drawn_is_no_sheet(inspector, tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n")
    with pytest.raises(PermanentError):
        await inspector.draw_sheet(tmp_path / "a.pdf", tmp_path / "sheet.webp", 0)


async def test_no_file_and_an_empty_file_are_empty_results(inspector, tmp_path):
    assert await failure(inspector, tmp_path / "none.pdf") is FailureReason.EMPTY_RESULT
    (tmp_path / "empty.pdf").touch()
    assert await failure(inspector, tmp_path / "empty.pdf") is FailureReason.EMPTY_RESULT


async def test_a_pdf_without_pages_is_an_empty_result(inspector, tmp_path):
    assert await failure(inspector, write_pdf(tmp_path / "a.pdf", 0)) is FailureReason.EMPTY_RESULT


async def test_a_pdf_is_blank_where_no_page_shows_anything(inspector, tmp_path):
    assert (await inspector.inspect(write_pdf(tmp_path / "a.pdf", 2), tmp_path / "a.webp")).is_blank
    with pikepdf.open(tmp_path / "a.pdf", allow_overwriting_input=True) as document:
        document.pages[1].Contents = document.make_stream(b"0.5 w 10 10 m 60 10 l S")
        document.save()
    assert not (await inspector.inspect(tmp_path / "a.pdf", tmp_path / "a.webp")).is_blank


async def test_too_many_pages_are_refused(inspector, tmp_path):
    pdf = write_pdf(tmp_path / "a.pdf", 4)
    assert await failure(inspector, pdf, max_pages=3) is FailureReason.TOO_MANY_PAGES


async def test_what_is_no_pdf_is_the_engines_failure(inspector, tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"random bytes" * 100)
    assert await failure(inspector, tmp_path / "a.pdf") is FailureReason.ENGINE_CRASHED


async def test_a_pdf_that_kills_the_inspector_does_not_harm_the_next_one(inspector, tmp_path):
    pdf = write_pdf(tmp_path / "a.pdf", 1)
    workers = list(inspector._pool._idle)
    assert workers
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
    await until(lambda: not any(worker.alive for worker in workers), "the workers are gone")
    assert (await inspector.inspect(pdf, tmp_path / "a.webp")).pages == 1
