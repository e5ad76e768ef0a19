"""The deck report as data: its order, its bounds, its advice, and what older and newer versions read of it."""

import pytest

from infoscreen.common.deck_report import DeckReport, Finding, FindingKind, ReplacedFont, advice_on
from infoscreen.common.events import ConversionSucceeded, new_media_id, to_body
from infoscreen.common.messaging import topology
from infoscreen.common.rendition import MAX_TIMED_PAGES, Rendition

ALL = [Finding(kind=kind, detail="x", replacement="Carlito") for kind in FindingKind]


def test_the_worst_findings_come_first_and_a_kind_by_its_pages():
    findings = [
        *reversed(ALL),
        Finding(kind=FindingKind.MISSING_CHARACTER, page=9, detail="b"),
        Finding(kind=FindingKind.MISSING_CHARACTER, page=2, detail="a"),
    ]
    report = DeckReport.of(findings)
    assert [finding.page for finding in report.findings[:3]] == [None, 2, 9]
    assert list(dict.fromkeys(finding.kind for finding in report.findings)) == list(FindingKind)


@pytest.mark.parametrize("finding", ALL, ids=lambda finding: finding.kind)
def test_every_kind_says_what_to_do(finding):
    assert advice_on(finding).endswith(".")
    assert "{" not in advice_on(finding)


def test_a_replaced_font_is_told_with_the_one_to_use():
    assert "Use Carlito, or embed" in advice_on(Finding(kind=FindingKind.FONT_REPLACED, replacement="Carlito"))


def test_characters_and_slides_are_counted_by_how_many_there_are():
    report = DeckReport.of(
        [
            Finding(kind=FindingKind.MISSING_CHARACTER, page=1, count=3),
            Finding(kind=FindingKind.MISSING_CHARACTER, page=2, count=4),
            Finding(kind=FindingKind.HIDDEN_SLIDE, count=2),
        ]
    )
    assert (report.missing_characters, report.hidden_slides) == (7, 2)
    assert report.counts == {"missing_character": 2, "hidden_slide": 1}


def test_the_longest_report_and_timings_fit_an_event_and_its_counts_are_whole():
    """In the characters and digits that take most bytes."""
    findings = [
        Finding(kind=kind, page=1, pages=range(100_000, 103_000), detail="\U0010fffd" * 5000, replacement="x" * 50)
        for kind in FindingKind
        for _ in range(200)
    ]
    report = DeckReport.of(findings, [ReplacedFont(font="A", by="B", same_widths=True)] * 5000)
    event = ConversionSucceeded.model_validate(
        {
            "media_id": new_media_id(),
            "conversion_id": new_media_id(),
            "generation": 1,
            "target_format": "pdf",
            "file_hash": "0" * 64,
            "attempt": 1,
            "worker": "w",
            "engine": "e",
            "pdf_key": "k",
            "pages": MAX_TIMED_PAGES,
            "page_seconds": [86399.999] * MAX_TIMED_PAGES,
            "pdf_sha256": "0" * 64,
            "pdf_size_bytes": 1,
            "thumbnail_key": "k",
            "duration_seconds": 1,
            "cached": False,
            "report_key": "k",
            "findings": report.worst,
            "finding_counts": report.counts,
        }
    )
    assert len(to_body(event)) < topology.MAX_MESSAGE_BYTES * 0.75
    assert len(report.model_dump_json()) < 2**20
    assert sum(event.finding_counts.values()) == len(findings)


def test_a_finding_of_a_newer_version_is_read_as_text():
    finding = Finding.model_validate({"kind": "of_tomorrow", "detail": "x", "mood": "sunny"})
    assert (finding.kind, advice_on(finding)) == ("of_tomorrow", "")


def test_a_rendition_that_was_registered_before_there_were_reports_is_read():
    before = {"pdf_key": "p", "pdf_sha256": "0", "pdf_size_bytes": 1, "pages": 1, "thumbnail_key": None}
    rendition = Rendition.model_validate(before | {"duration_seconds": 1})
    assert (rendition.report_key, rendition.findings, rendition.object_keys) == (None, (), ("p",))
    assert rendition.page_seconds is None
