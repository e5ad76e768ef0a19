"""A document's facts against those of its PDF: which fonts were replaced, and on which page something is."""

from collections import Counter
from dataclasses import replace

import pytest

from infoscreen.common.deck_report import FindingKind as Kind
from infoscreen.converter.outline import Outline
from infoscreen.converter.report.facts import SourceFacts
from infoscreen.converter.report.fonts import plain, replaced_fonts
from infoscreen.converter.report.make import make_report, page_seconds
from infoscreen.converter.report.pages import PdfFacts


def told(fonts):
    return {(font.font, font.by, font.same_widths) for font in fonts}


@pytest.mark.parametrize(
    ("family", "in_pdf"),
    [
        ("Arial", "ArialMT"),
        ("Arial", "Arial-BoldItalicMT"),
        ("Times New Roman", "TimesNewRomanPS-BoldMT"),
        ("Open Sans", "OpenSans-Italic"),
        ("Open Sans Condensed", "OpenSans-CondensedBold"),
        ("Noto Sans CJK JP", "NotoSansCJKjp-Regular-VKana"),
        ("Franklin Gothic Book", "FranklinGothic-Book"),
    ],
)
def test_a_family_is_recognised_by_its_name_in_a_pdf(family, in_pdf):
    assert plain(family) == plain(in_pdf)
    assert replaced_fonts([family], [], [in_pdf]) == []


@pytest.mark.parametrize(
    ("written", "embedded", "expected"),
    [
        (["Aptos"], ["Carlito-Bold"], {("Aptos", "Carlito", False)}),
        (["Aptos"], ["LiberationSans"], {("Aptos", "Liberation Sans", False)}),
        (
            ["Calibri", "Calibri Light"],
            ["Carlito"],
            {("Calibri", "Carlito", True), ("Calibri Light", "Carlito", False)},
        ),
        (["Times New Roman"], ["LiberationSerif"], {("Times New Roman", "Liberation Serif", True)}),
        (["House Type"], ["NotoSans-Regular"], {("House Type", "Noto Sans", False)}),
        (["House Type", "Noto Sans"], ["NotoSans-Regular", "DejaVuSans"], {("House Type", "DejaVu Sans", False)}),
    ],
)
def test_a_replaced_font_is_told_with_what_stands_in_for_it(written, embedded, expected):
    assert told(replaced_fonts(written, [], embedded)) == expected


@pytest.mark.parametrize(
    ("written", "declared", "embedded"),
    [
        (["Aptos"], [], ["DejaVuSans"]),  # nothing of what stands in for it is drawn
        (["Carlito"], [], ["Carlito"]),
        ([], ["House Type"], ["NotoSans-Regular"]),  # perhaps nothing is written in it
        (["Wingdings", "StarSymbol"], [], ["OpenSymbol", "NotoSans-Regular"]),
        (["House Type"], [], []),
    ],
)
def test_no_font_is_told_that_nothing_stands_in_for(written, declared, embedded):
    assert replaced_fonts(written, declared, embedded) == []


@pytest.fixture
def deck():
    """Of four slides, the second hidden, with something on the second and the third."""
    facts = SourceFacts(Outline((True, False, True, True)))
    for slide in (2, 3):
        facts.note(Kind.VIDEO, slide)
        facts.write_in("Aptos", slide)
    facts.note(Kind.SOUND, 2)
    facts.note(Kind.MACRO)
    return facts


def found(report):
    return {(one.kind, one.pages, one.detail) for one in report.findings}


def test_findings_are_on_the_pages_of_the_pdf_and_not_on_hidden_slides(deck):
    report = make_report(deck, PdfFacts(pages=3, fonts={"Carlito"}), None, is_deck=True)
    assert found(report) == {
        (Kind.FONT_REPLACED, (2,), "Aptos"),
        (Kind.VIDEO, (2,), ""),
        (Kind.MACRO, (), ""),
        (Kind.HIDDEN_SLIDE, (), "2"),
    }
    assert (report.hidden_slides, told(report.replaced_fonts)) == (1, {("Aptos", "Carlito", False)})


def test_findings_of_a_range_are_on_its_pages(deck):
    report = make_report(deck, PdfFacts(pages=2, fonts=set()), "2-3", is_deck=True)
    assert found(report) == {(Kind.VIDEO, (1,), ""), (Kind.MACRO, (), "")}
    report = make_report(deck, PdfFacts(pages=1, fonts=set()), "3", is_deck=True)
    assert found(report) == {(Kind.MACRO, (), "")}


def test_a_pdf_of_other_pages_than_the_slides_is_told_of_without_pages(deck):
    report = make_report(deck, PdfFacts(pages=7), None, is_deck=True)
    assert {(one.kind, one.page) for one in report.findings} == {
        (Kind.VIDEO, None),
        (Kind.SOUND, None),
        (Kind.MACRO, None),
    }
    assert report.hidden_slides == 0


def test_what_is_wrong_on_pages_is_told_by_page():
    pdf = PdfFacts(
        pages=3,
        missing={2: Counter("ab" * 3)},
        empty=[1, 3],
        off_page={2: ["over", "the edge"]},
        over_box={3: ["too much"]},
    )
    report = make_report(SourceFacts(), pdf, None, is_deck=True)
    assert [(one.kind, one.pages, one.detail, one.count) for one in report.findings] == [
        (Kind.MISSING_CHARACTER, (2,), "a b", 6),
        (Kind.TEXT_OFF_PAGE, (2,), "over the edge", 2),
        (Kind.TEXT_OVER_BOX, (3,), "too much", 1),
        (Kind.EMPTY_PAGE, (1, 3), "", 2),
    ]
    assert report.missing_characters == 6


def test_text_off_the_page_is_told_of_decks_alone():
    pdf = PdfFacts(pages=1, off_page={1: ["cut cell"]})
    assert make_report(SourceFacts(), pdf, None, is_deck=False).findings == ()


@pytest.fixture
def timed():
    """Of four slides, the second hidden, and the third without a time."""
    return SourceFacts(Outline((True, False, True, True)), seconds={1: 5.0, 2: 1.0, 4: 7.5})


@pytest.mark.parametrize(
    ("page_range", "expected"),
    [(None, (5.0, None, 7.5)), ("2-3", (None, 7.5)), ("3", (7.5,)), ("1-2", (5.0, None)), ("2", None)],
)
def test_each_page_has_the_time_of_its_slide(timed, page_range, expected):
    pages = len(timed.outline.selected(page_range))
    assert page_seconds(timed, pages, page_range) == expected


@pytest.mark.parametrize("pages", [0, 2, 4, 100])
def test_a_pdf_of_other_pages_than_the_slides_has_no_timings(timed, pages):
    assert page_seconds(timed, pages, None) is None


def test_timings_that_the_deck_itself_sets_aside_do_not_count(timed):
    assert page_seconds(replace(timed, turned_by_hand=True), 3, None) is None


@pytest.mark.parametrize(("slides", "counts"), [(2000, True), (2001, False)])
def test_more_timings_than_an_event_takes_are_none(slides, counts):
    facts = SourceFacts(Outline((True,) * slides), seconds={1: 5.0})
    assert (page_seconds(facts, slides, None) is not None) == counts
