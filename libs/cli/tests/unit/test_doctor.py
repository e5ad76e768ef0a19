"""The doctor's verdicts on what it sees."""

import io
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest

from infoscreen.cli.doctor import deck
from infoscreen.cli.doctor.clock import compare_clocks
from infoscreen.cli.doctor.finding import Finding, Hop, Verdict, first_broken
from infoscreen.cli.doctor.server_checks import _converters, _room
from infoscreen.common.glyphs.scripts import SCRIPTS

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def finding(hop: Hop, verdict: Verdict, seen: str = "") -> Finding:
    return Finding(hop, "it", verdict, seen)


def test_the_first_broken_hop_along_the_path_is_reported():
    findings = [
        finding(Hop.GATEWAY, Verdict.BROKEN),
        finding(Hop.EDGE, Verdict.WARNING),
        finding(Hop.NATS, Verdict.BROKEN, "first seen"),
        finding(Hop.NATS, Verdict.BROKEN, "seen later"),
    ]
    assert first_broken(findings) == findings[2]


def test_a_warning_does_not_count_as_broken():
    assert first_broken([finding(Hop.EDGE, Verdict.WARNING), finding(Hop.S3, Verdict.FINE)]) is None


@pytest.mark.parametrize(
    ("theirs", "verdict"),
    [
        (NOON + SECOND, Verdict.FINE),
        (NOON - 4 * SECOND, Verdict.FINE),
        (NOON - 7 * SECOND, Verdict.BROKEN),
        (NOON + 9 * SECOND, Verdict.BROKEN),
    ],
)
def test_a_clock_is_broken_beyond_five_seconds_of_difference(theirs, verdict):
    assert compare_clocks(Hop.S3, theirs, NOON, NOON + 2 * SECOND, resolution_seconds=1).verdict is verdict


def test_fonts_that_the_pdf_lacks_are_reported():
    pdf = b"<</FontName/BAAAAA+Carlito>> <</FontName /CAAAAA+LiberationSans-Bold>>"
    assert deck.missing_fonts(pdf) == ["DejaVu Sans", "Open Sans", "Noto Sans"]


def test_a_script_without_a_font_is_reported_by_its_page():
    """The first page shows the fonts; a composite font draws glyph 0 for a missing character."""
    with pikepdf.new() as pdf:
        for _ in range(3):
            pdf.add_blank_page()
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font,
            Subtype=pikepdf.Name.Type0,
            Encoding=pikepdf.Name("/Identity-H"),
            DescendantFonts=[pdf.make_indirect(pikepdf.Dictionary(Subtype=pikepdf.Name.CIDFontType2))],
            ToUnicode=pdf.make_stream(b"1 beginbfchar <0000> <03A9> endbfchar"),
        )
        pdf.pages[2].obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        pdf.pages[2].obj.Contents = pdf.make_stream(b"BT /F1 12 Tf <00000000>Tj ET")
        content = io.BytesIO()
        pdf.save(content)
    assert deck.uncovered_scripts(content.getvalue()) == {list(SCRIPTS)[1]: "Ω"}


def test_each_deck_has_different_bytes():
    assert deck.make() != deck.make()


@pytest.mark.parametrize(
    ("seen", "verdicts"),
    [
        ({}, [Verdict.BROKEN]),
        ({"converter-1": None, "converter-2": "HTTP 503"}, [Verdict.FINE, Verdict.WARNING]),
    ],
)
def test_converters_are_broken_when_there_are_none(seen, verdicts):
    assert [found.verdict for found in _converters(seen)] == verdicts


@pytest.mark.parametrize(("left", "verdict"), [(0.5, Verdict.FINE), (0.05, Verdict.WARNING), (0.01, Verdict.BROKEN)])
def test_low_space_is_a_warning_before_it_is_broken(left, verdict):
    assert _room(Hop.S3, "disk", left, "", "").verdict is verdict
