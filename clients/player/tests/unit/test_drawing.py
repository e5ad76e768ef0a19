"""The PDF writer and the notices."""

import io

import pikepdf
import pypdfium2
import pytest

from infoscreen.player.decision import Notice, Topic
from infoscreen.player.notices import Audience, render
from infoscreen.player.pdf import encodable, width, wrap


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return " ".join(document[0].get_textpage().get_text_range().split())


@pytest.mark.parametrize("topic", Topic)
def test_each_notice_is_a_valid_pdf_with_the_names_of_screen_and_server(topic):
    pdf = render(Notice(topic, "deck.pptx"), Audience("foyer", "https://infoscreen.example.org"))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.check_pdf_syntax() == []
    assert "foyer" in text_of(pdf)
    assert "infoscreen.example.org" in text_of(pdf)


def test_processing_notice_has_the_eta():
    assert "Ready in about 3 minutes." in text_of(
        render(Notice(Topic.PROCESSING, "deck.pptx", eta_minutes=3), Audience("a"))
    )


def test_processing_notice_says_how_far_a_slow_conversion_is_in_each_language():
    notice = Notice(Topic.PROCESSING, "deck.pptx", eta_minutes=4, pages=(20, 800))
    assert "Page 20 of 800. Ready in about 4 minutes." in text_of(render(notice, Audience("a")))
    assert "Seite 20 von 800." in text_of(render(notice, Audience("a", language="de")))


def test_failed_notice_has_the_servers_reason():
    pdf = render(Notice(Topic.FAILED, "deck.pptx", "The file is protected with a password."), Audience("a"))
    assert "The file is protected with a password." in text_of(pdf)


def test_titles_keep_accents_and_lose_scripts_that_the_fonts_lack():
    assert "Übersicht, Zürich.pptx" in text_of(render(Notice(Topic.LOADING, "Übersicht, Zürich.pptx"), Audience("a")))
    assert "?" not in text_of(render(Notice(Topic.LOADING, "報告書.pptx"), Audience("a")))
    assert encodable("Dvořák\x00\n") == "Dvorák"


def test_text_width_follows_the_metrics_of_the_fonts():
    assert width("Hello", 1000) == 722 + 556 + 222 + 222 + 556
    assert width("Hello", 1000, bold=True) == 722 + 556 + 278 + 278 + 611


def test_wrapped_text_that_is_too_long_ends_with_an_ellipsis():
    lines = wrap("a long sentence that has to be broken somewhere", 20, 150, lines=2)
    assert len(lines) == 2
    assert all(width(line, 20) <= 150 for line in lines)
    assert lines[1].endswith("…")
    assert wrap("x" * 500, 20, 150)[0].endswith("…")
    assert wrap("", 20, 150) == []
